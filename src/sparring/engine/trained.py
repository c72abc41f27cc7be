"""A trained run's nets, ready to be used: frozen, in evaluation mode, averages for the last weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.labels import Labels
from sparring.core.recipe import Judge, Recipe, Sampler
from sparring.core.space import Space
from sparring.engine import checkpoints
from sparring.engine.machine import device_of
from sparring.nets.heads.heads import Featured
from sparring.runs.files import sha256

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Trained:
    """Nets by name at one step of a run."""

    recipe: Recipe
    space: Space
    nets: Nets
    step: int

    def draw(self, n: int, seed: int, at_once: int = 256, label: int | None = None) -> Tensor:
        """`n` samples from fresh latents, (n, *shape) on the CPU: float32, or int64 where they are tokens.

        With `label` the latents ask for that one, which `BadInput` refuses where they cannot.
        """
        return torch.cat(list(self.stream(n, seed, at_once, label)))

    def stream(self, n: int, seed: int, at_once: int = 256, label: int | None = None) -> Iterator[Tensor]:
        """The same samples in parts of `at_once`, each made when it is asked for."""
        z = self.latents(n, seed, label).to(device_of(self.nets))
        for start in range(0, n, at_once):
            yield samples(self.recipe.sampler, self.nets, Batch.of(z[start : start + at_once]), at_once)

    def latents(self, n: int, seed: int, label: int | None = None) -> Tensor:
        """`n` fresh latents, (n, latent), that ask for `label` where it is given."""
        latent = self.recipe.latent
        z = latent.sample(n, torch.Generator().manual_seed(seed))
        if label is None:
            return z
        if not isinstance(latent, Labels):
            raise BadInput(
                f"{self.recipe.name}: makes samples of no label in particular; leave the label out"
            )
        return latent.asking(z, torch.full((n,), label))

    def generator(self) -> nn.Module:
        """The system as one net from latents to samples."""
        return _Generator(self.nets, self.recipe.sampler)

    def critic(self) -> nn.Module:
        """The system as one net from data to scores (n,); it says its features too, where its D does."""
        return _Critic(self.nets, self.recipe.judge)


@final
class _Generator(nn.Module):
    def __init__(self, nets: Nets, sampler: Sampler) -> None:
        super().__init__()
        self.nets, self.sampler = nets, sampler

    def forward(self, z: Tensor) -> Tensor:
        return self.sampler(self.nets, Batch.of(z))


@final
class _Critic(nn.Module):
    def __init__(self, nets: Nets, judge: Judge) -> None:
        super().__init__()
        self.nets, self.judge = nets, judge

    def forward(self, x: Tensor) -> Tensor:
        return self.judge(self.nets, Batch.shown(x))

    def features(self, x: Tensor) -> Tensor:
        """What the last layer of D reads, (n, m); `BadInput` where D has no such layer."""
        critic = dict(self.nets.items()).get("D")
        if not isinstance(critic, Featured):
            raise BadInput("the run has no critic D that can say its features, so they cannot be compared")
        return critic.features(x)


def trained(folder: Path, recipe: Recipe, space: Space, device: str = "cpu") -> Trained:
    """The newest whole checkpoint of the run at `folder`; raises `BadInput` where there is none."""
    step, last, averages = saved(folder, recipe, space)
    nets = Nets({**last, **averages})
    return Trained(recipe, space, nets.to(device).eval().requires_grad_(False), step)


def saved(folder: Path, recipe: Recipe, space: Space, until: int | None = None) -> tuple[int, Nets, Nets]:
    """The step of the newest whole checkpoint of those up to `until`, its nets as they were, their averages.

    Raises `BadInput` where there is none.
    """
    step, tensors, _ = checkpoints.load(folder / CHECKPOINTS, until)
    nets = Nets({key: builder(space) for key, builder in recipe.nets.items()})
    averages = Nets({key: copy.deepcopy(nets[key]) for key in recipe.averages})
    nets.load_state_dict(checkpoints.under("nets.", tensors))
    averages.load_state_dict(checkpoints.under("averages.", tensors))
    return step, nets, averages


def fingerprint(net: nn.Module) -> str:
    """A digest of a net's weights: what is found for a generator holds for it at one step alone."""
    state = net.state_dict()
    return sha256(b"".join(value.cpu().contiguous().numpy().tobytes() for value in state.values()))


@torch.no_grad()
def samples(sampler: Sampler, nets: Nets, batch: Batch, at_once: int = 256) -> Tensor:
    """What the nets make of a batch, in chunks, on the CPU: float32, or int64 where samples are tokens."""
    parts = [sampler(nets, rows(batch, start, start + at_once)) for start in range(0, len(batch.z), at_once)]
    return torch.cat([(part.float() if part.is_floating_point() else part).cpu() for part in parts])


def rows(batch: Batch, start: int, end: int) -> Batch:
    """A part of a batch."""
    part = {"x": batch.x[start:end], "z": batch.z[start:end], "u": batch.u[start:end]}
    return replace(batch, **part, y=None if batch.y is None else batch.y[start:end])
