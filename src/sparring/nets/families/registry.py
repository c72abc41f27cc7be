"""Families of nets that may stand in for a recipe's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace

from sparring.core.recipe import Builder
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.families import upsampling as nearest

Critic = mlp.Critic | dcgan.Critic | resnet.Critic | nearest.Critic
Generator = mlp.Generator | dcgan.Generator | resnet.Generator | nearest.Generator

FAMILIES: Mapping[str, tuple[Generator, Critic]] = {
    "mlp": (mlp.Generator(), mlp.Critic()),
    "dcgan": (dcgan.Generator(), dcgan.Critic(norm=None)),
    "resnet": (resnet.Generator(), resnet.Critic()),
}
"""By name: the generator and the critic.  No critic ties samples together, so that any loss may use it."""


def exchanged(nets: Mapping[str, Builder], family: str) -> dict[str, Builder]:
    """The nets with every generator and critic, also inside other builders, from another family.

    A critic keeps its number of outputs; nets that are neither stay.
    """
    return {key: _exchanged(builder, *FAMILIES[family]) for key, builder in nets.items()}


def _exchanged(builder: Builder, generator: Generator, critic: Critic) -> Builder:
    if isinstance(builder, Generator):
        return generator
    if isinstance(builder, Critic):
        return replace(critic, outputs=builder.outputs)
    if not is_dataclass(builder) or isinstance(builder, type):
        return builder
    inner = {f.name: getattr(builder, f.name) for f in fields(builder)}
    changed = {name: _exchanged(v, generator, critic) for name, v in inner.items() if is_dataclass(v)}
    return replace(builder, **changed) if changed else builder
