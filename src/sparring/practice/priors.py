"""Practices on what goes in: the range of pictures, the prior of z."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.latent import Latent, Normal, Sphere, Uniform
from sparring.core.recipe import Recipe
from sparring.practice.players import entering

PRIORS: dict[str, Callable[[int], Latent]] = {"normal": Normal, "sphere": Sphere, "uniform": Uniform}


@dataclass(frozen=True)
class PixelRange:
    """Data are looked at before the first step: pictures must fill [-1, 1], where tanh puts the fakes.

    Chintala et al. 2016, item 1; Radford et al. 2015, arXiv:1511.06434.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        return entering(recipe, Ranged())


@dataclass(frozen=True)
class Ranged:
    """Raises `BadInput` where 8 batches of pictures leave [-1, 1] or have nothing below 0."""

    batches: int = 8

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        seen = [draw().x for _ in range(self.batches)]
        if seen[0].dim() != 4:
            return  # points have no range
        low, high = (float(x) for x in torch.cat(seen).aminmax())
        if low < -1 or high > 1 or low >= 0:
            raise BadInput(
                f"pictures lie in [{low:.3g}, {high:.3g}], but fakes in [-1, 1]: scale them to that"
            )


@dataclass(frozen=True)
class Prior:
    """z from N(0, I), from the sphere that it lies near, or from the cube [-1, 1]^d.

    White 2016, arXiv:1609.04468, who also interpolates along great circles; Chintala et al. 2016, item 3.
    """

    kind: Literal["normal", "sphere", "uniform"] = "normal"

    def __call__(self, recipe: Recipe) -> Recipe:
        if not isinstance(recipe.latent, Normal | Sphere | Uniform):
            raise BadInput(f"{recipe.name}: its z is not plain noise but {type(recipe.latent).__name__}")
        return replace(recipe, latent=PRIORS[self.kind](recipe.latent.size))
