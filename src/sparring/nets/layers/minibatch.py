"""Minibatch discrimination: a discriminator with features of how similar the samples of a batch are."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn


@final
class BatchSimilarity(nn.Module):
    """Features (n, m) -> (n, m + kernels): append o_b(x_i) = sum_{j != i} exp(-|M_ib - M_jb|_1).

    M = f T has a row of `dimensions` numbers for each sample and kernel b; o_b is in [0, n - 1] and is
    largest if all samples are equal.  T is initialised so that unit features start at distances of order one,
    where the exponential has a gradient.
    Salimans et al. 2016, arXiv:1606.03498, section 3.2.
    """

    def __init__(self, features: int, kernels: int, dimensions: int) -> None:
        super().__init__()
        normal = torch.randn(features, kernels, dimensions)
        self.tensor = nn.Parameter(normal / (dimensions * features**0.5))

    def forward(self, features: Tensor) -> Tensor:
        rows = torch.einsum("nf,fbc->nbc", features, self.tensor).float()
        distance = (rows[:, None] - rows[None]).abs().sum(3)
        similarity = (-distance).exp().sum(1) - 1  # without the similarity of a sample to itself
        return torch.cat([features, similarity.to(features.dtype)], 1)


@final
class BatchStdDev(nn.Module):
    """Features (n, m) -> (n, m + 1): append their mean standard deviation within the sample's group.

    Groups have `group` samples; if n is not a multiple of that, the batch is one group.
    Karras et al. 2017, Progressive Growing of GANs, arXiv:1710.10196, section 3.
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = group

    def forward(self, features: Tensor) -> Tensor:
        n = len(features)
        size = n if n % self.group else self.group
        grouped = features.float().view(-1, size, features.shape[1])
        std = (grouped.var(1, correction=0) + 1e-8).sqrt().mean(1)  # the gradient of sqrt is infinite at 0
        return torch.cat([features, std.repeat_interleave(size)[:, None].to(features.dtype)], 1)
