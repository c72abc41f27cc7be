"""Minibatch discrimination: a critic that sees how alike the samples of a batch are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.ends import Score


@dataclass(frozen=True)
class Compared:
    """The critic with `kernels` numbers of likeness beside the features that its head reads.

    Its scores depend on the batch: real and fake samples pass it separately, and a penalty that asks for the
    slope of one sample alone does not suit it.  Raises `BadInput` for a critic without features and head.
    """

    critic: Builder
    kernels: int = 32  # B in the paper
    dimensions: int = 5  # C in the paper

    def __call__(self, space: Space) -> nn.Module:
        inner = self.critic(space)
        if not isinstance(inner, Score):
            raise BadInput(
                f"minibatch discrimination needs a critic with features and a head, not {self.critic}"
            )
        features = inner.head.in_features
        head = nn.Linear(features + self.kernels, inner.head.out_features)
        likeness = Likeness(features, self.kernels, self.dimensions)
        return Score(nn.Sequential(inner.trunk, likeness), head)


@final
class Likeness(nn.Module):
    """Features (n, m) -> (n, m + kernels): themselves and o_b(x_i) = sum_{j != i} exp(-|M_ib - M_jb|_1).

    M = f T has a row of `dimensions` numbers for each sample and kernel b; o_b lies in [0, n - 1] and is
    largest where all samples are one.  T is drawn so that unit features start at distances of order one,
    where the exponential has a slope.
    Salimans et al. 2016, arXiv:1606.03498, section 3.2.
    """

    def __init__(self, features: int, kernels: int, dimensions: int) -> None:
        super().__init__()
        drawn = torch.randn(features, kernels, dimensions)
        self.tensor = nn.Parameter(drawn / (dimensions * features**0.5))

    def forward(self, features: Tensor) -> Tensor:
        rows = torch.einsum("nf,fbc->nbc", features, self.tensor).float()
        distance = (rows[:, None] - rows[None]).abs().sum(3)
        likeness = (-distance).exp().sum(1) - 1  # a sample's likeness to itself
        return torch.cat([features, likeness.to(features.dtype)], 1)
