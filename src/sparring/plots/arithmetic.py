"""Latent arithmetic: pictures of the mean of some latents, minus that of others, plus that of a third kind.

Radford, Metz and Chintala 2015, arXiv:1511.06434, section 6.3.2 and figure 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.pixels import to_uint8
from sparring.inverse.latents import rescaled
from sparring.plots.style import WIDTH, canvas, tile, tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NEAR = 0.25
"""Neighbours of the result differ from it by U(-0.25, 0.25) in each component."""

NEIGHBOURS = 8
CENTRE = 4
"""Index of the result itself on the three by three sheet."""


class ArithmeticPictures(NamedTuple):
    """The pictures of A - B + C, all uint8 (n, h, w, c)."""

    examples: tuple[np.ndarray, np.ndarray, np.ndarray]
    """Pictures of the latents chosen for A, B and C."""
    means: np.ndarray
    """G of each kind's mean latent, (3, ...)."""
    rescaled_means: np.ndarray
    """The same with each mean rescaled to the norm of the prior's draws."""
    sheet: np.ndarray
    """G(y) in the middle of eight neighbours, (9, ...)."""
    rescaled_sheet: np.ndarray
    """The same for y rescaled to the norm of the prior's draws."""
    pixels: np.ndarray
    """The same sum of the pictures themselves, clipped, (1, ...), as a control."""


@torch.no_grad()
def arithmetic(
    generator: Callable[[Tensor], Tensor], latent: Latent, a: Tensor, b: Tensor, c: Tensor, *, seed: int = 0
) -> ArithmeticPictures:
    """Return the pictures of y = mean(a) - mean(b) + mean(c), of its parts and of its neighbours.

    `a`, `b` and `c` are latents (k, d) of three kinds, usually three of each; k may differ. `generator` maps
    them to pictures (k, c, h, w) in [-1, 1], and `latent` is their prior, for rescaling (`rescaled`). The
    mean of three draws of N(0, I_d) has about 0.58 of the norm of a draw, and y about all of it: the means
    are off the sphere and y is not. `seed` draws the neighbours. Raises `BadInput` for other shapes.
    """
    picked = (a, b, c)
    if any(z.dim() != 2 or len(z) == 0 or z.shape[1] != latent.size for z in picked):
        shapes = ", ".join(str(tuple(z.shape)) for z in picked)
        raise BadInput(f"arithmetic needs latents (k, {latent.size}) of three kinds, not {shapes}")
    means = torch.stack([z.mean(0) for z in picked])
    y = means[:1] - means[1:2] + means[2:]
    # Batches of equal size, so that equal latents give equal pictures to the bit.
    made = [generator(z) for z in picked]
    if made[0].dim() != 4:
        raise BadInput(f"arithmetic needs pictures (n, c, h, w), not {tuple(made[0].shape)}")
    averages = [x.mean(0, keepdim=True) for x in made]
    return ArithmeticPictures(
        (to_uint8(made[0]), to_uint8(made[1]), to_uint8(made[2])),
        to_uint8(generator(means)),
        to_uint8(generator(rescaled(latent, means))),
        to_uint8(generator(_sheet(y, seed))),
        to_uint8(generator(_sheet(rescaled(latent, y), seed))),
        to_uint8(averages[0] - averages[1] + averages[2]),
    )


def arithmetic_figure(
    pictures: ArithmeticPictures,
    names: tuple[str, str, str] = ("A", "B", "C"),
    numbers: Sequence[Sequence[int]] = ((), (), ()),
) -> Figure:
    """Return a figure: left, columns of examples over their means; right, the results and the pixel control.

    `names` are the titles of the kinds A, B and C. `numbers` has for each kind the numbers to print beneath
    its examples, at most as many as it has examples; an empty sequence prints none.
    """
    aspect = pictures.means.shape[1] / pictures.means.shape[2]
    count = max(len(x) for x in pictures.examples)
    unit = WIDTH * 0.36 / 3
    tall = max((count + 2) * (unit * aspect + 0.1) + 0.4, 3.0)
    figure = canvas(tall)
    left, right = figure.subfigures(1, 2, width_ratios=[0.4, 0.6], wspace=0.02, squeeze=False).flat
    axes = _columns(left, pictures, names, count)
    for column, kind in enumerate(numbers):
        for row, number in enumerate(kind):
            axes[row, column].set_xlabel(str(number), fontsize=8, labelpad=2)
    _results(right, pictures, names)
    return figure


def _columns(
    figure: SubFigure, result: ArithmeticPictures, names: tuple[str, str, str], count: int
) -> np.ndarray:
    """Draw examples and means; return their axes."""
    axes: np.ndarray = figure.subplots(count + 2, 3, squeeze=False)
    for column, (name, sign) in enumerate(zip(names, ("", "− ", "+ "), strict=True)):
        axes[0, column].set_title(f"{sign}{name}", fontsize=11)
        pictures = result.examples[column]
        tiles(list(axes[: len(pictures), column]), pictures)
        for place in axes[len(pictures) : count, column]:
            place.axis("off")
        tile(axes[count, column], result.means[column])
        tile(axes[count + 1, column], result.rescaled_means[column])
    for row, label in ((count, "G(mean)"), (count + 1, "G(mean),\nrescaled")):
        axes[row, 0].set_ylabel(label, fontsize=9)
    return axes


def _results(figure: SubFigure, result: ArithmeticPictures, names: tuple[str, str, str]) -> None:
    sheets = ((result.sheet, "G(y) and neighbours"), (result.rescaled_sheet, "y rescaled"))
    upper, lower = figure.subfigures(2, 1, hspace=0.03, squeeze=False).flat
    figure.suptitle(f"y = {names[0]} − {names[1]} + {names[2]}", fontsize=11)
    for part, (pictures, label) in zip(
        upper.subfigures(1, 2, wspace=0.04, squeeze=False).flat, sheets, strict=True
    ):
        axes = part.subplots(3, 3, gridspec_kw={"wspace": 0.0, "hspace": 0.0})
        tiles(list(axes.flat), pictures)
        axes.flat[CENTRE].spines[:].set(color="#c2571a", linewidth=2.0)
        part.supxlabel(label, fontsize=10)
    parts = lower.subfigures(1, 2, wspace=0.04, squeeze=False).flat
    for part, picture, label in (
        (parts[0], result.sheet[CENTRE], "G(y)"),
        (parts[1], result.pixels[0], "the same sum of pixels"),
    ):
        tile(part.subplots(), picture)
        part.supxlabel(label, fontsize=10)


def _sheet(y: Tensor, seed: int) -> Tensor:
    """Return nine latents: y (1, d) in the fifth place, its neighbours around it."""
    chance = torch.Generator().manual_seed(seed)
    near = y + (torch.rand(NEIGHBOURS, y.shape[1], generator=chance) * 2 - 1) * NEAR
    return torch.cat([near[:CENTRE], y, near[CENTRE:]])
