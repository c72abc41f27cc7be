"""A memory of fakes: the critic is shown older ones too, so that it does not forget what it has seen.

Shrivastava et al. 2017, arXiv:1612.07828, section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space


@dataclass(frozen=True)
class Pool:
    """Remembers `size` fakes, or as many whole batches as fit into that."""

    size: int = 50

    def __call__(self, space: Space) -> nn.Module:
        return History(self.size, space.shape)


@final
class History(nn.Module):
    """Fakes (n, *shape) and u uniform in [0, 1), n numbers -> fakes (n, *shape), some from earlier batches.

    Until it is full, fakes are kept and also given back.  Then each is given back (u < 1/2) or takes a random
    place whose fake is given in its stead.  The i-th of a batch only takes a place that an i-th has had, so
    that no two take the same.  There are no parameters, and what comes out has no graph.
    Raises `BadInput` for a batch larger than the memory.
    """

    store: Tensor
    held: Tensor

    def __init__(self, size: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("store", torch.zeros(size, *shape))
        self.register_buffer("held", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def forward(self, fakes: Tensor, u: Tensor) -> Tensor:
        n, size = len(fakes), len(self.store)
        if n > size:
            raise BadInput(f"a batch of {n} does not fit a memory of {size} pictures: give a smaller batch")
        row, batches = torch.arange(n, device=fakes.device), size // n
        filling = self.held < n * batches
        swapped = u.flatten() >= 0.5
        picked = ((2 * u.flatten() - 1) * batches).long().clamp(0, batches - 1)
        place = row + torch.where(filling, self.held, n * picked)
        old, new = self.store[place], fakes.to(self.store.dtype)
        kept = (filling | swapped).view(-1, *[1] * (new.dim() - 1))
        self.store.index_copy_(0, place, torch.where(kept, new, old))
        self.held.add_(n * filling)
        return torch.where(kept & ~filling, old, new)
