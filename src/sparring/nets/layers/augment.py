"""Differentiable augmentations of the discriminator's inputs, data and fakes.

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
"""Largest shift and side of the cut-out, as fractions of the picture's sides."""


@dataclass(frozen=True)
class Augmentation:
    """Build augmentations of colour, shift and cut-out, each applied to a picture with probability `chance`.

    With a `target` the probability adapts to the discriminator, see `Augment`.  Raises `BadInput` for data
    that are not pictures.
    """

    chance: float = 1.0
    target: float = 0.0

    def __call__(self, space: Space) -> nn.Module:
        if not space.pictures:
            raise BadInput("augmentations need pictures, but the data are points; leave them out")
        return Augment(self.chance, self.target)


@final
class Augment(nn.Module):
    """Pictures (n, c, h, w) in [-1, 1] -> augmented pictures; unchanged in evaluation.  Differentiable.

    `adapt` changes the probability p of each augmentation by sign(r - target) n / 500000, where r is the mean
    sign of the discriminator's n logits on data, 1 if it has memorised all of them: p can go from 0 to 1 in
    500,000 pictures.  Karras et al. 2020, arXiv:2006.06676, section 3.1; there p changes every fourth step,
    with the pictures of four steps.
    """

    chance: Tensor

    def __init__(self, chance: float, target: float) -> None:
        super().__init__()
        self.target = target
        self.register_buffer("chance", torch.tensor(float(chance)))

    @torch.no_grad()
    def adapt(self, logits: Tensor) -> None:
        """Add sign(r - target) n / 500000 to the probability, and clamp it to [0, 1].

        r is the mean sign of the discriminator's `logits` (n,) on data.
        """
        overfitting = logits.float().sign().mean()
        self.chance += (overfitting - self.target).sign() * len(logits) / 500_000
        self.chance.clamp_(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        for augmentation in (jitter_colour, shift, cut_out):
            applied = torch.rand(len(x), 1, 1, 1, device=x.device) < self.chance
            x = torch.where(applied, augmentation(x, torch.rand(len(x), 3, device=x.device)), x)
        return x


def jitter_colour(x: Tensor, u: Tensor) -> Tensor:
    """Return pictures (n, c, h, w) with brightness, saturation and contrast changed at random.

    `u` (n, 3), uniform in [0, 1), has three random numbers per picture: u[:, 0] - 0.5 is added; the
    difference of each channel from the pixel's mean over channels is multiplied by 2 u[:, 1]; the difference
    of each number from the picture's mean is multiplied by u[:, 2] + 0.5.  Values may leave [-1, 1].
    """
    brightness, saturation, contrast = (u[:, k].view(-1, 1, 1, 1).to(x.dtype) for k in range(3))
    x = x + brightness - 0.5
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2 * saturation
    middle = x.mean((1, 2, 3), keepdim=True)
    return middle + (x - middle) * (contrast + 0.5)


def shift(x: Tensor, u: Tensor) -> Tensor:
    """Return pictures (n, c, h, w) moved by whole pixels, up to an eighth of the sides each way.

    `u` (n, 3), uniform in [0, 1), decides: u[:, 0] moves along the height, u[:, 1] along the width.  Pixels
    from outside the picture are 0.
    """
    n, _, height, width = x.shape
    rows = _source_positions(height, u[:, 0])
    columns = _source_positions(width, u[:, 1])
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[
        :, None, None, :
    ]
    batch = torch.arange(n, device=x.device)[:, None, None]
    moved = x.permute(0, 2, 3, 1)[
        batch, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None]
    ]
    return moved.permute(0, 3, 1, 2) * inside


def cut_out(x: Tensor, u: Tensor) -> Tensor:
    """Return pictures (n, c, h, w) with a rectangle of half the sides set to 0.

    `u` (n, 3), uniform in [0, 1), decides: the centre is at u[:, 0] times the height and u[:, 1] times the
    width.  The part of the rectangle outside the picture is lost.
    """
    height, width = x.shape[2:]
    rows, columns = _in_cutout(height, u[:, 0]), _in_cutout(width, u[:, 1])
    return x * ~(rows[:, None, :, None] & columns[:, None, None, :])


def _source_positions(side: int, u: Tensor) -> Tensor:
    """The index from which each of `side` positions is taken, (n, side), possibly outside the picture."""
    most = int(side * SHIFT + 0.5)
    shift = (u * (2 * most + 1)).long() - most
    return torch.arange(side, device=u.device) + shift[:, None]


def _in_cutout(side: int, u: Tensor) -> Tensor:
    centre = (u * side)[:, None]
    return (torch.arange(side, device=u.device) + 0.5 - centre).abs() <= side * CUTOUT / 2
