"""Anomaly scores of pictures, and maps of where the generator cannot make them."""

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
    """Anomaly scores of n pictures; tensors on the CPU."""

    score: Tensor
    """(n,), higher for pictures that the generator cannot make."""
    parts: Mapping[str, Tensor]
    """The terms of the score and further measures by name, (n,) each."""
    raw: Tensor
    """The nearest generated pictures G(z), (n, C, H, W) in [-1, 1]."""
    place: Tensor
    """Anomaly map, (n, H, W) in [0, 1]: the mean of |x - G(z)| / 2 over channels, or a `Healing`'s mask."""


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
    """Score `pictures`, float (n, C, H, W) in [-1, 1]; arguments and errors as in `completed`.

    The score is the final loss of the search (Schlegl et al. 2017, arXiv:1703.05921, section 2.2); for a
    `Healing` it is sum (x - G(z))^2 over all pixels, masked or not.  A picture's score does not depend on the
    other pictures.
    """
    if isinstance(how, Healing):
        return _robust_scores(G, D, latent, pictures, how, seed, E, batch, kept, progress)
    no_mask = torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)
    result = completed(
        G, D, latent, pictures, no_mask, how, seed=seed, E=E, batch=batch, kept=kept, progress=progress
    )
    gap = pictures - result.raw
    parts = {**_differences(gap), "prior": latent.energy(result.z)}
    if how.features:
        parts["features"] = _feature_distance(D, pictures, result.raw)
    return Strange(result.loss, parts, result.raw, (gap.abs().mean(1) / 2).clamp(0, 1))


def _differences(gap: Tensor) -> dict[str, Tensor]:
    return {"absolute": gap.abs().sum((1, 2, 3)), "squared": gap.square().sum((1, 2, 3))}


def _robust_scores(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    settings: Healing,
    seed: int,
    E: nn.Module | None,
    batch: int | None,
    kept: Store | None,
    progress: Callable[[int, int], None] | None,
) -> Strange:
    result = healed(
        G, D, latent, pictures, settings, seed=seed, E=E, batch=batch, kept=kept, progress=progress
    )
    parts = _differences(pictures - result.raw) | {
        "given_up": result.mask.sum((1, 2)),
        "prior": latent.energy(result.z),
    }
    return Strange(parts["squared"], parts, result.raw, result.mask)


@torch.no_grad()
def _feature_distance(D: nn.Module, x: Tensor, fake: Tensor) -> Tensor:
    """Return the sum of |f(x) - f(fake)|, (n,).

    Pictures are evaluated one by one, since the size of a batch changes the last bits.
    """
    device = device_of(D)
    with frozen(D):
        rows = [features(D, torch.stack(pair).to(device)) for pair in zip(x, fake, strict=True)]
    return torch.stack([(a - b).abs().sum() for a, b in rows]).cpu()
