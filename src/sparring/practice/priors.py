"""Practices on the inputs: the range of pictures, and the prior of z."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.latent import Latent, Normal, Sphere, Uniform
from sparring.core.recipe import Recipe
from sparring.practice.players import with_enter

PRIORS: dict[str, Callable[[int], Latent]] = {"normal": Normal, "sphere": Sphere, "uniform": Uniform}


@dataclass(frozen=True)
class PixelRange:
    """Check before the first step that pictures fill [-1, 1], the range of G's tanh output.

    Chintala et al. 2016, item 1; Radford et al. 2015, arXiv:1511.06434.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        return with_enter(recipe, CheckPixelRange())


@dataclass(frozen=True)
class CheckPixelRange:
    """Raise `BadInput` if `batches` batches of pictures have values outside [-1, 1], or none below 0.

    Data that are not pictures are not checked.
    """

    batches: int = 8

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        pictures = [draw().x for _ in range(self.batches)]
        if pictures[0].dim() != 4:
            return  # vectors have no fixed range
        low, high = (float(x) for x in torch.cat(pictures).aminmax())
        if low < -1 or high > 1 or low >= 0:
            raise BadInput(
                f"pictures lie in [{low:.3g}, {high:.3g}], but fakes in [-1, 1]; scale them to [-1, 1]"
            )


@dataclass(frozen=True)
class Prior:
    """Set the prior of z: N(0, I), uniform on the sphere of radius sqrt(d), or uniform in [-1, 1]^d.

    White 2016, arXiv:1609.04468, who also interpolates along great circles; Chintala et al. 2016, item 3.
    """

    kind: Literal["normal", "sphere", "uniform"] = "normal"

    def __call__(self, recipe: Recipe) -> Recipe:
        if not isinstance(recipe.latent, Normal | Sphere | Uniform):
            raise BadInput(f"{recipe.name}: its latent is not plain noise but {type(recipe.latent).__name__}")
        return replace(recipe, latent=PRIORS[self.kind](recipe.latent.size))
