"""How far pictures are from all that a generator makes: a number a picture, and a map of where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparring.core.latent import Latent
from sparring.engine.machine import device_of
from sparring.inverse.anomaly.presets import Search
from sparring.inverse.anomaly.rgi import Healing, healed
from sparring.inverse.cache import Store
from sparring.inverse.optimise import features
from sparring.inverse.solver import completed, frozen


@dataclass(frozen=True)
class Strange:
    """What a search says of n pictures; tensors on the CPU."""

    score: Tensor
    """(n,), high for pictures that the generator cannot make."""
    parts: Mapping[str, Tensor]
    """What the score is made of, and what is known besides, (n,) each."""
    raw: Tensor
    """G(z), the nearest that was found, (n, C, H, W) in [-1, 1]."""
    place: Tensor
    """Where a picture is strange, (n, H, W) in [0, 1]: the mean of |x - G(z)| over channels, or the mask."""


def strange(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    how: Search,
    *,
    seed: int,
    E: nn.Module | None = None,
    batch: int | None = None,
    kept: Store | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Strange:
    """How strange `pictures` are, float (n, C, H, W) in [-1, 1]; arguments and errors as of `completed`.

    The score is the loss of the search at its end (Schlegl et al. 2017, arXiv:1703.05921, section 2.2); that
    of a `Healing` is sum (x - G(z))^2, whatever its mask gave up.  A picture's score does not depend on the
    pictures beside it.
    """
    if isinstance(how, Healing):
        return _healed(G, D, latent, pictures, how, seed, E, batch, kept, progress)
    nowhere = torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)
    found = completed(
        G, D, latent, pictures, nowhere, how, seed=seed, E=E, batch=batch, kept=kept, progress=progress
    )
    gap = pictures - found.raw
    parts = {**_gaps(gap), "prior": latent.energy(found.z)}
    if how.features:
        parts["features"] = _apart(D, pictures, found.raw)
    return Strange(found.loss, parts, found.raw, (gap.abs().mean(1) / 2).clamp(0, 1))


def _gaps(gap: Tensor) -> dict[str, Tensor]:
    return {"absolute": gap.abs().sum((1, 2, 3)), "squared": gap.square().sum((1, 2, 3))}


def _healed(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    how: Healing,
    seed: int,
    E: nn.Module | None,
    batch: int | None,
    kept: Store | None,
    progress: Callable[[int, int], None] | None,
) -> Strange:
    found = healed(G, D, latent, pictures, how, seed=seed, E=E, batch=batch, kept=kept, progress=progress)
    parts = _gaps(pictures - found.raw) | {
        "given_up": found.mask.sum((1, 2)),
        "prior": latent.energy(found.z),
    }
    return Strange(parts["squared"], parts, found.raw, found.mask)


@torch.no_grad()
def _apart(D: nn.Module, x: Tensor, fake: Tensor) -> Tensor:
    """Sum of |f(x) - f(fake)|, (n,); one by one, for a batch's size tells in the last bits."""
    device = device_of(D)
    with frozen(D):
        rows = [features(D, torch.stack(pair).to(device)) for pair in zip(x, fake, strict=True)]
    return torch.stack([(a - b).abs().sum() for a, b in rows]).cpu()
