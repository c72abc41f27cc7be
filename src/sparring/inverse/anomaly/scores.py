"""Anomaly scores of pictures, and maps of where the generator cannot make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparring.core.latent import Latent
from sparring.engine.machine import device_of
from sparring.inverse.anomaly.presets import AnomalySearch
from sparring.inverse.anomaly.rgi import RobustInversion, invert_robustly
from sparring.inverse.cache import BatchCache
from sparring.inverse.optimise import features
from sparring.inverse.solver import complete_pictures, frozen


@dataclass(frozen=True)
class AnomalyScores:
    """Anomaly scores of n pictures; tensors on the CPU."""

    score: Tensor
    """(n,), higher for pictures that the generator cannot make."""
    parts: Mapping[str, Tensor]
    """The terms of the score and further measures by name, (n,) each."""
    raw: Tensor
    """The nearest generated pictures G(z), (n, C, H, W) in [-1, 1]."""
    place: Tensor
    """Anomaly map, (n, H, W) in [0, 1]: mean |x - G(z)| / 2 over channels, or a `RobustInversion`'s mask."""


def score_anomalies(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    settings: AnomalySearch,
    *,
    seed: int,
    E: nn.Module | None = None,
    batch: int | None = None,
    batch_cache: BatchCache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AnomalyScores:
    """Score `pictures`, float (n, C, H, W) in [-1, 1]; arguments and errors as in `complete_pictures`.

    The score is the final loss of the search (Schlegl et al. 2017, arXiv:1703.05921, section 2.2); for a
    `RobustInversion` it is sum (x - G(z))^2 over all pixels, masked or not.  A picture's score does not
    depend on the other pictures.
    """
    if isinstance(settings, RobustInversion):
        return _robust_scores(G, D, latent, pictures, settings, seed, E, batch, batch_cache, progress)
    no_mask = torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)
    result = complete_pictures(
        G,
        D,
        latent,
        pictures,
        no_mask,
        settings,
        seed=seed,
        E=E,
        batch=batch,
        batch_cache=batch_cache,
        progress=progress,
    )
    gap = pictures - result.raw
    parts = {**_differences(gap), "prior": latent.energy(result.z)}
    if settings.features:
        parts["features"] = _feature_distance(D, pictures, result.raw)
    return AnomalyScores(result.loss, parts, result.raw, (gap.abs().mean(1) / 2).clamp(0, 1))


def _differences(gap: Tensor) -> dict[str, Tensor]:
    return {"absolute": gap.abs().sum((1, 2, 3)), "squared": gap.square().sum((1, 2, 3))}


def _robust_scores(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    settings: RobustInversion,
    seed: int,
    E: nn.Module | None,
    batch: int | None,
    kept: BatchCache | None,
    progress: Callable[[int, int], None] | None,
) -> AnomalyScores:
    result = invert_robustly(
        G, D, latent, pictures, settings, seed=seed, E=E, batch=batch, batch_cache=kept, progress=progress
    )
    parts = _differences(pictures - result.raw) | {
        "given_up": result.mask.sum((1, 2)),
        "prior": latent.energy(result.z),
    }
    return AnomalyScores(parts["squared"], parts, result.raw, result.mask)


@torch.no_grad()
def _feature_distance(D: nn.Module, x: Tensor, fake: Tensor) -> Tensor:
    """Return the sum of |f(x) - f(fake)|, (n,).

    Pictures are evaluated one by one, since the size of a batch changes the last bits.
    """
    device = device_of(D)
    with frozen(D):
        rows = [features(D, torch.stack(pair).to(device)) for pair in zip(x, fake, strict=True)]
    return torch.stack([(a - b).abs().sum() for a, b in rows]).cpu()
