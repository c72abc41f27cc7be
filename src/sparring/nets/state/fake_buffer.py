"""A buffer of earlier fakes, so that the discriminator does not forget them.

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
class FakeBuffer:
    """Build a buffer of `size` fakes, or of as many whole batches as fit into that."""

    size: int = 50

    def __call__(self, space: Space) -> nn.Module:
        return FakeBufferState(self.size, space.shape)


@final
class FakeBufferState(nn.Module):
    """Fakes (n, *shape) and u uniform in [0, 1), n numbers -> fakes (n, *shape), some from earlier batches.

    Until the buffer is full, fakes are stored and returned.  Then each fake is returned itself (u < 1/2) or
    swapped with a random one of the buffer, which is returned instead.  The i-th fake of a batch is only
    swapped with the i-th of an earlier batch, so that no two use the same place.  There are no parameters and
    the output has no graph.  Raises `BadInput` for a batch larger than the buffer.
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
            raise BadInput(f"a batch of {n} does not fit a memory of {size} fakes; give a smaller batch")
        row, batches = torch.arange(n, device=fakes.device), size // n
        filling = self.held < n * batches
        swapped = u.flatten() >= 0.5
        batch = ((2 * u.flatten() - 1) * batches).long().clamp(0, batches - 1)
        place = row + torch.where(filling, self.held, n * batch)
        old, new = self.store[place], fakes.to(self.store.dtype)
        stored = (filling | swapped).view(-1, *[1] * (new.dim() - 1))
        self.store.index_copy_(0, place, torch.where(stored, new, old))
        self.held.add_(n * filling)
        return torch.where(stored & ~filling, old, new)
