"""Families of nets that can replace a recipe's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace

from sparring.core.builders import DiscriminatorBuilder, PlainDiscriminator, PlainGenerator
from sparring.core.recipe import Builder
from sparring.nets.families import dcgan, mlp, resnet

FAMILIES: Mapping[str, tuple[Builder, DiscriminatorBuilder]] = {
    "mlp": (mlp.Generator(), mlp.Discriminator()),
    "dcgan": (dcgan.Generator(), dcgan.Discriminator(norm=None)),
    "resnet": (resnet.Generator(), resnet.Discriminator()),
}
"""Generator and discriminator by family name.

The discriminators treat the samples of a batch independently, so that any loss can use them.
"""


def replace_family(nets: Mapping[str, Builder], family: str) -> dict[str, Builder]:
    """Return the nets with every generator and discriminator replaced by those of another family.

    `family` is a key of `FAMILIES`: "mlp", "dcgan" or "resnet".  Generators and discriminators inside other
    builders are replaced too.  A discriminator keeps its number of outputs; other nets are unchanged.
    """
    return {key: _replace_family(builder, *FAMILIES[family]) for key, builder in nets.items()}


def _replace_family(builder: Builder, generator: Builder, discriminator: DiscriminatorBuilder) -> Builder:
    if isinstance(builder, PlainGenerator):
        return generator
    if isinstance(builder, PlainDiscriminator):
        return replace(discriminator, outputs=builder.outputs)
    if not is_dataclass(builder) or isinstance(builder, type):
        return builder
    inner = {f.name: getattr(builder, f.name) for f in fields(builder)}
    changed = {
        name: _replace_family(v, generator, discriminator) for name, v in inner.items() if is_dataclass(v)
    }
    return replace(builder, **changed) if changed else builder
