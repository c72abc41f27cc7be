"""Constraints of an edit: colours, edges, moved patches, and nearness to a latent.

Each maps pictures (n, c, h, w) in [-1, 1] and their latents (n, d) to one loss per picture, (n,), so that the
starts of a search are independent.  Zhu et al. 2016, arXiv:1609.03552, section 4.1; colours and sketches are
weighted as in the authors' program.  Masks are (h, w), at least 0, and hold the weight of each pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from sparring.core.errors import BadInput

BINS = 8
"""Number of orientations, over half a turn: light to dark counts as dark to light."""

FAINT = 0.1
"""Gradients (half the difference of the two neighbours) below this hardly count as edges."""

Point = tuple[int, int]
"""A pixel as (row, column)."""


class Constraint(Protocol):
    """The loss of a constraint: pictures (n, c, h, w) in [-1, 1] and their latents (n, d) to (n,)."""

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Colour:
    """`weight` times the mean squared difference from target colours, over the pixels of a mask.

    The mean over channels at each pixel is averaged over the pixels with the mask's weights.
    """

    mask: Tensor
    """Weight of each pixel, (h, w)."""
    colours: Tensor
    """In [-1, 1]: (c, h, w), or one colour (c,) for the whole mask."""
    weight: float = 1.0

    def __post_init__(self) -> None:
        _require_mask(self.mask, "a colour's mask")

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor:
        _require_sides(self.mask, pictures, "a colour's mask")
        colours = self.colours.view(-1, 1, 1) if self.colours.dim() == 1 else self.colours
        if colours.shape[0] != pictures.shape[1] or colours.shape[1:] not in ((1, 1), pictures.shape[2:]):
            raise BadInput(
                f"colours are {_shape(self.colours)}; give ({pictures.shape[1]},) or {_shape(pictures[0])}"
            )
        gap = (pictures - colours.to(pictures)).square().mean(1)
        mask = self.mask.to(pictures)
        return self.weight * (gap * mask).sum((1, 2)) / mask.sum()


@dataclass(frozen=True, eq=False)
class Sketch:
    """The squared difference of histograms of oriented gradients, averaged over the cells of a mask.

    The squared differences of the bins are summed; a cell counts with the mean of the mask in it.  A
    differentiable variant of Dalal and Triggs 2005, Histograms of oriented gradients: see `histograms`.  It
    is 0 if the edges have the orientations of the drawing, whatever their strength, and at most 2 (times
    `weight`).
    """

    mask: Tensor
    """Weight of each pixel, (h, w)."""
    drawing: Tensor
    """A picture with the target edges, (h, w) or (c, h, w), in [-1, 1]."""
    weight: float = 0.2
    cell: int = 4
    """Side of the cells in pixels, at least 2; cells overlap by half."""

    def __post_init__(self) -> None:
        _require_mask(self.mask, "a sketch's mask")
        if self.drawing.shape[-2:] != self.mask.shape or self.drawing.dim() not in (2, 3):
            raise BadInput(
                f"a sketch's drawing is {_shape(self.drawing)}; give (h, w) of {_shape(self.mask)}"
            )
        if not 2 <= self.cell <= min(self.mask.shape):
            raise BadInput(f"a sketch's cell is {self.cell}; give 2 to {min(self.mask.shape)}")

    @cached_property
    def wanted(self) -> tuple[Tensor, Tensor]:
        """The drawing's histograms, (1, bins, i, j), and the weight of each cell, (i, j), of sum 1."""
        drawing = self.drawing if self.drawing.dim() == 3 else self.drawing[None]
        share = avg_pool2d(self.mask[None].float(), self.cell, max(1, self.cell // 2))[0]
        return histograms(drawing[None].float(), self.cell), share / share.sum().clamp_min(1e-12)

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor:
        _require_sides(self.mask, pictures, "a sketch's mask")
        wanted, share = (part.to(pictures) for part in self.wanted)
        gap = (histograms(pictures, self.cell) - wanted).square().sum(1)
        return self.weight * (gap * share).sum((1, 2))


@dataclass(frozen=True, eq=False)
class Warp:
    """Move round patches of a picture: the `Colour` constraint that each destination has its source's pixels.

    The pixels at the sources are not constrained.
    """

    picture: Tensor
    """The picture before the edit, (c, h, w) in [-1, 1]."""
    source: Sequence[Point]
    """Centres of the patches."""
    destination: Sequence[Point]
    """New centres of the patches."""
    radius: float = 3.0
    """Radius of the patches, in pixels."""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.source or len(self.source) != len(self.destination):
            raise BadInput(
                f"{len(self.source)} sources for {len(self.destination)} destinations; give as many of each"
            )
        height, width = self.picture.shape[1:]
        for row, column in (*self.source, *self.destination):
            if not (0 <= row < height and 0 <= column < width):
                raise BadInput(f"({row}, {column}) is outside the picture of {height}x{width} pixels")

    @cached_property
    def colour(self) -> Colour:
        """The equivalent colour constraint; pixels from outside the picture are left out."""
        height, width = self.picture.shape[1:]
        mask, colours = torch.zeros(height, width), torch.zeros_like(self.picture)
        for (row, column), (to_row, to_column) in zip(self.source, self.destination, strict=True):
            rows, columns = disc((height, width), (to_row, to_column), self.radius).nonzero().T
            old_rows, old_columns = rows - to_row + row, columns - to_column + column
            inside = (old_rows >= 0) & (old_rows < height) & (old_columns >= 0) & (old_columns < width)
            mask[rows[inside], columns[inside]] = 1.0
            patch = self.picture[:, old_rows[inside], old_columns[inside]]
            colours[:, rows[inside], columns[inside]] = patch
        return Colour(mask, colours, self.weight)

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor:
        return self.colour(pictures, z)


@dataclass(frozen=True, eq=False)
class StayNear:
    """`weight` times the mean over the d numbers of z of (z - anchor)^2.

    The anchor is usually the latent at the start of an edit.
    """

    anchor: Tensor
    """(d,); zeros pull towards the mean of a normal prior."""
    weight: float = 1.0
    """Chosen by eye on digits.  The authors' program has 10, under U[-1, 1]; here that was too strong."""

    def __call__(self, pictures: Tensor, z: Tensor) -> Tensor:
        if self.anchor.shape != z.shape[1:]:
            raise BadInput(f"the anchor is {_shape(self.anchor)}; give one latent, {_shape(z[0])}")
        return self.weight * (z - self.anchor.to(z)).square().mean(1)


def disc(sides: tuple[int, int], centre: Point, radius: float) -> Tensor:
    """Return a mask, float32 of shape `sides` (h, w): 1 where the distance from `centre` is at most `radius`.

    It is 0 elsewhere.  `centre` is (row, column), `radius` in pixels.
    """
    rows, columns = torch.meshgrid(*(torch.arange(side) for side in sides), indexing="ij")
    return ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2).float()


def histograms(pictures: Tensor, cell: int = 4) -> Tensor:
    """Return histograms of edge orientations per cell, (n, 8, i, j), each of norm 0 to 1.

    `pictures` are (n, c, h, w); grey is the mean of the first three channels, or the first of one or two.  A
    gradient of length r at angle a adds r * max(0, cos(2 (a - pi k / 8)))^2 to bin k = 0, ..., 7.  These are
    averaged over cells of `cell` x `cell` pixels, cell // 2 apart (at least 1), to the histogram h, and h /
    sqrt(|h|^2 + `FAINT`^2) is returned: a faint edge counts as much as a strong one, but edges fainter than
    `FAINT` count little.  Differentiable in the pixels.
    """
    grey = pictures[:, : 3 if pictures.shape[1] > 2 else 1].mean(1, keepdim=True)
    padded = pad(grey, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    down = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    square = across.square() + down.square() + 1e-8
    angles = torch.arange(BINS, device=grey.device, dtype=grey.dtype).view(-1, 1, 1) * (2 * torch.pi / BINS)
    # cos and sin of twice an edge's angle do not depend on its sign.
    twice = (across.square() - down.square()) / square, 2 * across * down / square
    shares = (twice[0] * angles.cos() + twice[1] * angles.sin()).relu().square()
    histogram = avg_pool2d(square.sqrt() * shares, cell, max(1, cell // 2))
    return histogram / (histogram.square().sum(1, keepdim=True) + FAINT**2).sqrt()


def _require_mask(mask: Tensor, name: str) -> None:
    if mask.dim() != 2 or not bool((mask >= 0).all()) or not bool((mask > 0).any()):
        raise BadInput(f"{name} is {_shape(mask)}; give (h, w), nowhere below 0 and somewhere above")


def _require_sides(mask: Tensor, pictures: Tensor, name: str) -> None:
    if mask.shape != pictures.shape[2:]:
        raise BadInput(
            f"{name} is {_shape(mask)}, the pictures are {_shape(pictures[0, 0])}; give it their size"
        )


def _shape(x: Tensor) -> tuple[int, ...]:
    return tuple(x.shape)
