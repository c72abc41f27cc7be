"""The nets of a trained run, ready for use: frozen, in evaluation mode, averages in place of last weights."""

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
from sparring.nets.heads.heads import HasFeatures
from sparring.runs.files import sha256

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class TrainedNets:
    """A run's nets by key at one training step, in evaluation mode; averages replace nets that have one."""

    recipe: Recipe
    space: Space
    nets: Nets
    step: int

    def draw(self, n: int, seed: int, at_once: int = 256, label: int | None = None) -> Tensor:
        """Return `n` samples from latents drawn with `seed`, (n, *shape) on the CPU.

        They are float32, or int64 for tokens, and are computed `at_once` at a time.  `label` is the class of
        all samples; None: drawn from the latent.  Raises `BadInput` for a label if the recipe's latent has
        none.
        """
        return torch.cat(list(self.stream(n, seed, at_once, label)))

    def stream(self, n: int, seed: int, at_once: int = 256, label: int | None = None) -> Iterator[Tensor]:
        """Yield the samples that `draw` returns, in parts of `at_once`, each computed when it is needed."""
        z = self.latents(n, seed, label).to(device_of(self.nets))
        for start in range(0, n, at_once):
            yield samples(self.recipe.sampler, self.nets, Batch.of(z[start : start + at_once]), at_once)

    def latents(self, n: int, seed: int, label: int | None = None) -> Tensor:
        """Return `n` latents drawn with `seed`, float32 (n, latent) on the CPU.

        All have the class `label` if it is not None.  Raises `BadInput` for a label if the recipe's latent
        has none.
        """
        latent = self.recipe.latent
        z = latent.sample(n, torch.Generator().manual_seed(seed))
        if label is None:
            return z
        if not isinstance(latent, Labels):
            raise BadInput(
                f"{self.recipe.name}: cannot generate samples of a chosen label; leave the label out"
            )
        return latent.with_labels(z, torch.full((n,), label))

    def generator(self) -> nn.Module:
        """Return one module that maps latents (n, latent) to samples (n, *shape), by the recipe's sampler."""
        return _Generator(self.nets, self.recipe.sampler)

    def discriminator(self) -> nn.Module:
        """Return one module that maps data (n, *shape) to scores (n,), high for real, by the recipe's judge.

        Its method `features(x)` returns the input (n, m) of the discriminator's last layer; it raises
        `BadInput` if the recipe has several discriminators, or one without features.
        """
        return _Discriminator(self.nets, self.recipe.judge, self.recipe.with_role("discriminator"))


@final
class _Generator(nn.Module):
    def __init__(self, nets: Nets, sampler: Sampler) -> None:
        super().__init__()
        self.nets, self.sampler = nets, sampler

    def forward(self, z: Tensor) -> Tensor:
        return self.sampler(self.nets, Batch.of(z))


@final
class _Discriminator(nn.Module):
    def __init__(self, nets: Nets, judge: Judge, keys: tuple[str, ...]) -> None:
        super().__init__()
        self.nets, self.judge, self.keys = nets, judge, keys

    def forward(self, x: Tensor) -> Tensor:
        return self.judge(self.nets, Batch.shown(x))

    def features(self, x: Tensor) -> Tensor:
        """Return the input of the only discriminator's last layer, (n, m); `BadInput` if none is offered."""
        discriminator = self.nets[self.keys[0]] if len(self.keys) == 1 else None
        if not isinstance(discriminator, HasFeatures):
            raise BadInput(
                "the run has no single discriminator with features, so features cannot be compared"
            )
        return discriminator.features(x)


def load_trained(folder: Path, recipe: Recipe, space: Space, device: str = "cpu") -> TrainedNets:
    """Return the nets of the run at `folder`, from its newest undamaged checkpoint, on `device`.

    They are frozen and in evaluation mode; averages replace the nets that have one.  Raises `BadInput` if
    there is no undamaged checkpoint.
    """
    step, last, averages = load_nets(folder, recipe, space)
    nets = Nets({**last, **averages})
    return TrainedNets(recipe, space, nets.to(device).eval().requires_grad_(False), step)


def load_nets(folder: Path, recipe: Recipe, space: Space, until: int | None = None) -> tuple[int, Nets, Nets]:
    """Load the newest undamaged checkpoint up to step `until`; return its step, its nets and their averages.

    Raises `BadInput` if there is none.
    """
    step, tensors, _ = checkpoints.load(folder / CHECKPOINTS, until)
    nets = Nets({key: builder(space) for key, builder in recipe.nets.items()})
    averages = Nets({key: copy.deepcopy(nets[key]) for key in recipe.averages})
    nets.load_state_dict(checkpoints.strip_prefix("nets.", tensors))
    averages.load_state_dict(checkpoints.strip_prefix("averages.", tensors))
    return step, nets, averages


def fingerprint(net: nn.Module) -> str:
    """Return the hexadecimal SHA-256 of the bytes of a net's parameters and buffers.

    The tensors come in the order of `state_dict`; names, shapes and types are not hashed.  The value tells
    whether stored results belong to this very net.
    """
    state = net.state_dict()
    return sha256(b"".join(value.cpu().contiguous().numpy().tobytes() for value in state.values()))


@torch.no_grad()
def samples(sampler: Sampler, nets: Nets, batch: Batch, at_once: int = 256) -> Tensor:
    """Return the samples that `sampler` generates from a batch, (n, *shape) on the CPU.

    They are float32, or int64 for tokens, and are computed without gradients, `at_once` rows of the batch at
    a time.
    """
    parts = [
        sampler(nets, slice_batch(batch, start, start + at_once)) for start in range(0, len(batch.z), at_once)
    ]
    return torch.cat([(part.float() if part.is_floating_point() else part).cpu() for part in parts])


def slice_batch(batch: Batch, start: int, end: int) -> Batch:
    """Return the rows `start` to `end` - 1 of a batch: of its data, latents, noise, labels and columns."""
    part = {"x": batch.x[start:end], "z": batch.z[start:end], "u": batch.u[start:end]}
    columns = {role: values[start:end] for role, values in batch.columns.items()}
    return replace(batch, **part, y=None if batch.y is None else batch.y[start:end], columns=columns)
