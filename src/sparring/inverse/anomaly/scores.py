"""Anomaly scores of pictures, and maps of where the generator cannot make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparring.engine.machine import device_of
from sparring.inverse.anomaly.presets import AnomalySearch
from sparring.inverse.anomaly.rgi import RobustInversion, invert_robustly
from sparring.inverse.cache import DEFAULT_BATCHING, Batching
from sparring.inverse.optimise import FrozenModel, features
from sparring.inverse.problem import nothing_missing
from sparring.inverse.solver import complete_pictures, frozen


@dataclass(frozen=True)
class AnomalyScores:
    """Anomaly scores of n pictures; tensors on the CPU."""

    score: Tensor
    """(n,), higher for pictures that the generator cannot make."""
    parts: Mapping[str, Tensor]
    """Measures by name, (n,) each: "absolute", the sum of |x - G(z)|, "squared", the sum of (x - G(z))^2, and
    "prior", the prior's energy of z, all unweighted; "features", the sum of |f(x) - f(G(z))| with f the
    inputs of D's last layer, if the search compares them; "given_up", the sum of the mask, for a
    `RobustInversion` only."""
    raw: Tensor
    """The nearest generated pictures G(z), (n, C, H, W) in [-1, 1]."""
    place: Tensor
    """Anomaly map, (n, H, W) in [0, 1]: mean |x - G(z)| / 2 over channels, or a `RobustInversion`'s mask."""


def score_anomalies(
    model: FrozenModel,
    pictures: Tensor,
    settings: AnomalySearch,
    *,
    seed: int,
    batching: Batching = DEFAULT_BATCHING,
) -> AnomalyScores:
    """Return anomaly scores of `pictures`, float (n, C, H, W) in [-1, 1] on the CPU, with maps and parts.

    `settings` is the search for the nearest G(z), drawn by `seed`.  The score is the final loss of the search
    (Schlegl et al. 2017, arXiv:1703.05921, section 2.2); for a `RobustInversion` it is the sum of squares of
    x - G(z) over all pixels and channels, masked or not.  The nets of `model` are frozen and in evaluation
    mode during the call.  `batching` says how the pictures are split, cached and reported.  A picture's score
    does not depend on the other pictures.  Raises `BadInput` for shapes that do not fit and for numbers out
    of range.
    """
    if isinstance(settings, RobustInversion):
        return _robust_scores(model, pictures, settings, seed, batching)
    whole = nothing_missing(pictures)
    result = complete_pictures(model, pictures, whole, settings, seed=seed, batching=batching)
    gap = pictures - result.raw
    parts = {**_differences(gap), "prior": model.latent.energy(result.z)}
    if settings.features:
        parts["features"] = _feature_distance(model.D, pictures, result.raw)
    return AnomalyScores(result.loss, parts, result.raw, (gap.abs().mean(1) / 2).clamp(0, 1))


def _differences(gap: Tensor) -> dict[str, Tensor]:
    return {"absolute": gap.abs().sum((1, 2, 3)), "squared": gap.square().sum((1, 2, 3))}


def _robust_scores(
    model: FrozenModel, pictures: Tensor, settings: RobustInversion, seed: int, batching: Batching
) -> AnomalyScores:
    result = invert_robustly(model, pictures, settings, seed=seed, batching=batching)
    parts = _differences(pictures - result.raw) | {
        "given_up": result.mask.sum((1, 2)),
        "prior": model.latent.energy(result.z),
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
