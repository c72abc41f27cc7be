"""Compare our completion with the baselines for one mask: time and, if the truth is known, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

from sparring.core.pixels import array_to_float
from sparring.inverse import baselines
from sparring.inverse.blend.poisson import Blend, pasted, poisson
from sparring.inverse.cache import DEFAULT_BATCHING, Batching
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS, Preset
from sparring.inverse.solution import Completion
from sparring.inverse.solver import complete_pictures
from sparring.metrics import images
from sparring.metrics.features import random_features

Baseline = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From pictures, uint8 (n, H, W, C), and missing, bool (n, H, W), to completed pictures."""

BASELINES: Mapping[str, Baseline] = {
    "mean": baselines.mean,
    "telea": baselines.telea,
    "biharmonic": baselines.biharmonic,
}

OURS = "sparring"
CEILING = 99.0
"""Upper limit of a picture's PSNR in dB, so that one perfect picture does not make the mean infinite."""


@dataclass(frozen=True)
class Comparison:
    """The completions of the same damaged pictures by each method."""

    filled: Mapping[str, np.ndarray]
    """By method, `OURS` first: uint8 (n, H, W, C), known pixels unchanged."""
    seconds: Mapping[str, float]
    """By method: mean wall time per picture."""
    completion: Completion
    """Our result before blending, with residuals and the standard deviation over restarts."""


def compare(
    model: FrozenModel,
    pictures: np.ndarray,
    missing: np.ndarray,
    *,
    seed: int,
    preset: Preset = PRESETS["default"],  # a frozen value
    blend: Blend = poisson,
    keep: int = 0,
    training: np.ndarray | None = None,
    others: Mapping[str, Baseline] = BASELINES,
    batching: Batching = DEFAULT_BATCHING,
) -> Comparison:
    """Return the completions of `pictures`, uint8 (n, H, W, C), by us and by each of `others`, with times.

    `missing`, bool (n, H, W), is True for the pixels to fill.  Ours, under the name `OURS`, is the search
    `preset` with the nets of `model`, blended in by `blend`; `seed`, `keep` and `batching` are as in
    `complete_pictures`.  `others` maps names to functions (pictures, missing) -> completed pictures.  With
    `training`, uint8 (m, H, W, C), the baseline "nearest" (`baselines.nearest`) is one more.  Our time
    includes blending, and the time that an earlier call spent on cached batches.
    """
    began = perf_counter()
    x, hole = array_to_float(pictures), torch.from_numpy(missing)
    completion = complete_pictures(model, x, hole, preset, seed=seed, keep=keep, batching=batching)
    filled = {OURS: blend(pictures, as_levels(completion.raw), missing)}
    seconds = {OURS: (perf_counter() - began + completion.earlier_seconds) / len(pictures)}
    if training is not None:
        others = {**others, "nearest": lambda y, hole: baselines.nearest(y, hole, training)}
    for name, method in others.items():
        began = perf_counter()
        filled[name] = method(pictures, missing)
        seconds[name] = (perf_counter() - began) / len(pictures)
    return Comparison(filled, seconds, completion)


def as_levels(raw: torch.Tensor) -> np.ndarray:
    """Convert pictures (n, C, H, W) in [-1, 1] to (n, H, W, C) in 0 to 255, not rounded, for a `Blend`."""
    return (raw.permute(0, 2, 3, 1).numpy() + 1) * 127.5


def scores(
    result: Comparison, missing: np.ndarray, truth: np.ndarray | None = None
) -> dict[str, dict[str, object]]:
    """Return a dict of scores for each method, by the method's name.

    `missing` is bool (n, H, W), True for missing pixels.  Every method has "seconds_per_image", and with the
    `truth`, uint8 (n, H, W, C), these means over the pictures: "psnr_hole" (missing pixels alone) and "psnr",
    both in dB, with each picture's value at most `CEILING`; "ssim" (left out for pictures with a side under
    3); and "features" (left out for a single picture), the distance from the truth in features of an
    untrained net, divided by the mean distance of the truth's features from their mean.  Our method, `OURS`,
    also has "residual", the root mean square over known pixels of our picture before blending minus the given
    one, in a range of 2, and with the `truth` "psnr_raw", the "psnr_hole" before blending.  Every method also
    has "per_picture", a dict from each of its other names, except "seconds_per_image", to the list of values,
    one for each picture.
    """
    table: dict[str, dict[str, object]] = {}
    for name, filled in result.filled.items():
        each: dict[str, list[float]] = {}
        if truth is not None:
            each["psnr_hole"] = np.minimum(images.psnr_hole(filled, truth, missing), CEILING).tolist()
            each["psnr"] = np.minimum(images.psnr(filled, truth), CEILING).tolist()
            if min(truth.shape[1:3]) >= 3:
                each["ssim"] = images.ssim(filled, truth).tolist()
            if len(truth) > 1:
                each["features"] = _feature_gap(filled, truth).tolist()
        if name == OURS:
            each["residual"] = result.completion.residual.tolist()
            if truth is not None:
                plain = pasted(truth, as_levels(result.completion.raw), missing)
                each["psnr_raw"] = np.minimum(images.psnr_hole(plain, truth, missing), CEILING).tolist()
        means = {key: float(np.mean(values)) for key, values in each.items()}
        table[name] = {**means, "seconds_per_image": result.seconds[name], "per_picture": each}
    return table


def _feature_gap(filled: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the scaled distance of each picture from the truth in features of an untrained net, (n,)."""
    _, height, width, channels = truth.shape
    read = random_features((channels, height, width)).read
    (filled_features, _), (true_features, _) = read(filled), read(truth)
    scale = np.linalg.norm(true_features - true_features.mean(0), axis=1).mean()
    gap: np.ndarray = np.linalg.norm(filled_features - true_features, axis=1) / max(scale, 1e-12)
    return gap
