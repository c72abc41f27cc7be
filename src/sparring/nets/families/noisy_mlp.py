"""Dense discriminators with noise on inputs and hidden units, for semi-supervised learning (Improved GAN)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from sparring.core.knobs import FIXED
from sparring.core.space import Space
from sparring.nets.heads.heads import Score, sample_size


@dataclass(frozen=True)
class Discriminator:
    """Build D: `depth` hidden layers of `width` ReLUs, noise in training, weight norm on every layer.

    Gaussian noise is added to the data (standard deviation `outer`) and to the hidden units (`inner`), except
    to the last hidden layer, the features.  Salimans et al. 2016, arXiv:1606.03498, section 6, and the
    authors' code (widths 1000, 500 and three times 250 on MNIST); Salimans and Kingma 2016,
    arXiv:1602.07868.
    """

    width: int = 250
    depth: int = 2
    outputs: int = field(default=1, metadata=FIXED)
    outer: float = 0.3
    inner: float = 0.5

    def __call__(self, space: Space) -> nn.Module:
        sizes = [sample_size(space), *[self.width] * self.depth]
        stds = [self.outer, *[self.inner] * (self.depth - 1)]
        layers: list[nn.Module] = [nn.Flatten()]
        for (a, b), std in zip(pairwise(sizes), stds, strict=True):
            layers += [TrainingNoise(std), weight_norm(nn.Linear(a, b)), nn.ReLU()]
        return Score(nn.Sequential(*layers), weight_norm(nn.Linear(sizes[-1], self.outputs)))


@final
class TrainingNoise(nn.Module):
    """x + N(0, std^2) in training, x in evaluation."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x
