"""Exponential moving averages of weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from sparring.core.recipe import Average


def average_updater(mean: nn.Module, net: nn.Module, average: Average) -> Callable[[int], None]:
    """Return a function of the step t, from 0, that moves the running average `mean` towards `net`, in place.

    mean <- d mean + (1 - d) net, with d = min(average.decay, (1 + t) / (10 + t)), so that the start is
    forgotten.
    Batch statistics are averaged like the weights: the averaged weights have no statistics of their own, and
    those of the latest weights fluctuate.  Integer buffers are copied.
    """
    pairs = list(zip(_tensors(mean), _tensors(net), strict=True))
    means, latest = ([pair[k] for pair in pairs if pair[0].is_floating_point()] for k in (0, 1))
    counters = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def follow(step: int) -> None:
        decay = min(average.decay, (1 + step) / (10 + step))
        if means:
            torch._foreach_lerp_(means, latest, 1 - decay)
        for m, n in counters:
            m.copy_(n)

    return follow


def _tensors(net: nn.Module) -> list[torch.Tensor]:
    return [*net.parameters(), *net.buffers()]
