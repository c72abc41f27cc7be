"""The arguments of a loss: the nets and one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import torch
from torch import Tensor, nn


@final
class Nets(nn.ModuleDict):
    """Nets keyed by the capital letters of their paper; a loss accesses them as attributes, `n.G(b.z)`."""

    if TYPE_CHECKING:  # each recipe knows what its nets take and return; `nn.Module` would say "or a tensor"

        def __getattr__(self, key: str) -> Any: ...
        def __getitem__(self, key: str) -> Any: ...


Terms = dict[str, Tensor]
"""Named scalars; the engine sums them to the loss."""


@dataclass(frozen=True)
class Batch:
    """One batch.  It includes all noise that a loss may use, so that a loss is pure in (nets, batch)."""

    x: Tensor
    """Data, (n, *shape); pictures in [-1, 1], channels first."""
    z: Tensor
    """Latents, (n, latent)."""
    u: Tensor
    """Uniform noise in [0, 1), one number per sample, shaped to broadcast against `x`."""
    y: Tensor | None = None
    """Labels, int64 (n,), -1 for unknown; None if the data have none."""
    columns: Mapping[str, Tensor] = field(default_factory=dict)
    """The further fields that the recipe needs, by role, each (n, *its shape)."""

    def __getitem__(self, role: str) -> Tensor:
        """Return the field `role`, (n, *its shape); raises `KeyError` if the recipe does not need it."""
        return self.columns[role]

    @staticmethod
    def of(z: Tensor) -> Batch:
        """Return a batch of latents `z` (n, latent) to generate samples from: `x` is empty, `u` is 0."""
        return Batch(x=z.new_empty(0), z=z, u=torch.zeros(len(z), 1, 1, 1, device=z.device))

    @staticmethod
    def shown(x: Tensor, y: Tensor | None = None) -> Batch:
        """Return a batch of data `x` (n, *shape), with labels if known, to be scored by the discriminator.

        `z` is (n, 0) and `u` is empty.
        """
        return Batch(x=x, z=x.new_empty(len(x), 0), u=x.new_empty(0), y=y)


@final
class View:
    """Nets by key or attribute; those in `overrides` replace the originals."""

    def __init__(self, nets: Nets, overrides: Mapping[str, Any]) -> None:
        self._nets, self._seen = nets, overrides

    def __getitem__(self, key: str) -> Any:
        return self._seen[key] if key in self._seen else self._nets[key]

    def __getattr__(self, key: str) -> Any:
        return self[key]
