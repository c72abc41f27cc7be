"""Running means of weights."""

from __future__ import annotations

import torch
from torch import nn

from sparring.core.recipe import Average


@torch.no_grad()
def follow(mean: nn.Module, net: nn.Module, average: Average, step: int) -> None:
    """Move `mean` towards `net` by one round.

    Batch statistics are averaged as the weights are: the mean of the weights has no statistics of its own,
    and those of the latest weights jump about.  Counters are copied.
    """
    decay = min(average.decay, (1 + step) / (10 + step))
    pairs = list(zip(_tensors(mean), _tensors(net), strict=True))
    moving = [(m, n) for m, n in pairs if m.is_floating_point()]
    if moving:
        torch._foreach_lerp_([m for m, _ in moving], [n for _, n in moving], 1 - decay)
    for m, n in pairs:
        if not m.is_floating_point():
            m.copy_(n)


def _tensors(net: nn.Module) -> list[torch.Tensor]:
    return [*net.parameters(), *net.buffers()]
