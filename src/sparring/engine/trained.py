"""A trained run's nets, ready to be used: frozen, in evaluation mode, the average in place of the last G."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from sparring.core.batch import Nets
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine import checkpoints

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Trained:
    """Nets by name at one step of a run."""

    recipe: Recipe
    space: Space
    nets: Nets
    step: int

    def draw(self, n: int, seed: int, batch: int = 256) -> Tensor:
        """`n` samples from fresh latents, float32 (n, *shape) on the CPU."""
        generator = torch.Generator().manual_seed(seed)
        return samples(self.nets["G"], self.recipe.latent.sample(n, generator), batch)


def trained(folder: Path, recipe: Recipe, space: Space, device: str = "cpu") -> Trained:
    """The newest whole checkpoint of the run at `folder`; raises `BadInput` where there is none."""
    step, tensors, _ = checkpoints.load(folder / CHECKPOINTS)
    nets = nn.ModuleDict({key: builder(space) for key, builder in recipe.nets.items()})
    nets.load_state_dict(checkpoints.under("nets.", tensors))
    for key in recipe.averages:
        nets[key].load_state_dict(checkpoints.under(f"averages.{key}.", tensors))
    return Trained(recipe, space, nets.to(device).eval().requires_grad_(False), step)


@torch.no_grad()
def samples(generator: Callable[[Tensor], Tensor], z: Tensor, batch: int = 256) -> Tensor:
    """G(z) in chunks, float32 on the CPU."""
    return torch.cat([generator(chunk).float().cpu() for chunk in torch.split(z, batch)])
