"""Differentiable augmentations of pictures: what the critic sees of data and fakes alike.

Zhao et al. 2020, Differentiable Augmentation for Data-Efficient GAN Training, arXiv:2006.10738.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space

SHIFT, CUTOUT = 1 / 8, 1 / 2
"""Longest shift and side of the hole, relative to the picture's sides."""


@dataclass(frozen=True)
class Augmentation:
    """Builds the pipe of colour, shift and hole, each met by a picture with probability `chance`.

    With a `target` the chance is not constant but follows the critic: see `Augment`.  Raises `BadInput` for
    data that are no pictures.
    """

    chance: float = 1.0
    target: float = 0.0

    def __call__(self, space: Space) -> nn.Module:
        if not space.pictures:
            raise BadInput("augmentations move and colour pictures, but the data are points; leave them out")
        return Augment(self.chance, self.target)


@final
class Augment(nn.Module):
    """Pictures (n, c, h, w) in [-1, 1] -> the same, altered in training alone; slopes pass through.

    `heed` moves the chance p of each alteration by sign(r - target) n / 500000, with r the mean sign of the
    critic's n logits on data, 1 where it knows all of them by heart: from 0 to 1 in 500,000 pictures.
    Karras et al. 2020, arXiv:2006.06676, section 3.1; there every fourth step with the pictures of four.
    """

    chance: Tensor

    def __init__(self, chance: float, target: float) -> None:
        super().__init__()
        self.target = target
        self.register_buffer("chance", torch.tensor(float(chance)))

    @torch.no_grad()
    def heed(self, logits: Tensor) -> None:
        """Take the critic's logits (n,) on data into account."""
        overfitting = logits.float().sign().mean()
        self.chance += (overfitting - self.target).sign() * len(logits) / 500_000
        self.chance.clamp_(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        for alteration in (coloured, shifted, holed):
            met = torch.rand(len(x), 1, 1, 1, device=x.device) < self.chance
            x = torch.where(met, alteration(x, torch.rand(len(x), 3, device=x.device)), x)
        return x


def coloured(x: Tensor, u: Tensor) -> Tensor:
    """Brightness + [-0.5, 0.5], saturation * [0, 2], contrast * [0.5, 1.5]; `u` (n, 3) in [0, 1)."""
    brightness, saturation, contrast = (u[:, k].view(-1, 1, 1, 1).to(x.dtype) for k in range(3))
    x = x + brightness - 0.5
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2 * saturation
    middle = x.mean((1, 2, 3), keepdim=True)
    return middle + (x - middle) * (contrast + 0.5)


def shifted(x: Tensor, u: Tensor) -> Tensor:
    """Moved by whole pixels, up to an eighth of the sides each way; what comes in is 0."""
    n, _, height, width = x.shape
    rows = _moved(height, u[:, 0])
    columns = _moved(width, u[:, 1])
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[
        :, None, None, :
    ]
    batch = torch.arange(n, device=x.device)[:, None, None]
    picked = x.permute(0, 2, 3, 1)[
        batch, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None]
    ]
    return picked.permute(0, 3, 1, 2) * inside


def holed(x: Tensor, u: Tensor) -> Tensor:
    """A hole of half the sides, its middle anywhere in the picture, filled with 0."""
    height, width = x.shape[2:]
    rows, columns = _in_hole(height, u[:, 0]), _in_hole(width, u[:, 1])
    return x * ~(rows[:, None, :, None] & columns[:, None, None, :])


def _moved(side: int, u: Tensor) -> Tensor:
    """Where each of `side` places is taken from, (n, side), maybe outside."""
    most = int(side * SHIFT + 0.5)
    by = (u * (2 * most + 1)).long() - most
    return torch.arange(side, device=u.device) + by[:, None]


def _in_hole(side: int, u: Tensor) -> Tensor:
    middle = (u * side)[:, None]
    return (torch.arange(side, device=u.device) + 0.5 - middle).abs() <= side * CUTOUT / 2
