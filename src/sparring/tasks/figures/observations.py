"""Curves of training progress, measured on a movie of fixed latents.

They show noise turning into strokes, then into variety, until each latent's class no longer changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from sparring.core.errors import BadInput
from sparring.core.pixels import to_uint8
from sparring.core.recipe import Recipe
from sparring.data.dataset import Dataset
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.engine.trainer import FRAME
from sparring.metrics.classifier import pictures, train_on_arrays
from sparring.metrics.distances import energy_distance
from sparring.metrics.rows import Floats
from sparring.plots.style import GENERATOR, OTHERS, canvas, hide_spines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TARGET_SHARE = 0.8
"""A curve counts as reached at this share of its target."""

COLUMNS, PAD = 6, 2
"""Layout of a run's frame: pictures in a row, and white pixels around each."""

CURVES = {
    "confidence": "class\nconfidence",
    "distance": "distance\nto data",
    "strokes": "neighbour corr.\n/ data's",
    "variety": "pair distance\n/ data's",
    "flips": "classes\nflipped",
}
"""Axis labels of the curves, by name."""

COLOURS = dict(zip(CURVES, (OTHERS[1], OTHERS[1], GENERATOR, GENERATOR, OTHERS[0]), strict=True))


def run_frames(folder: Path, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return steps (t,) and pictures, uint8 (t, 36, h, w, c), cut out of the frames in the folder `folder`.

    The frames are the PNG files of a run, named by their steps, with 36 samples each.  `shape` is the run's
    (c, h, w).  Raises `BadInput` where there are no frames, frames have another layout, or pictures have
    transparency, which frames do not store.
    """
    files = sorted(folder.glob("*.png")) if folder.is_dir() else []
    if not files:
        raise BadInput(f"{folder}: no frames; train with --frames larger than 0")
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise BadInput(f"{folder}: frames can be read only of grey and RGB pictures, not of {shape}")
    steps = np.array([int(file.stem) for file in files])
    return steps, np.stack([_cut_frame(file, shape) for file in files])


def training_frames(
    recipe: Recipe, data: Dataset, steps: int, seed: int, *, every: int
) -> tuple[np.ndarray, np.ndarray]:
    """Train `recipe` on `data` in memory; return steps (t,) and pictures, uint8 (t, 36, h, w, c).

    They are samples of the same 36 latents at step 0 and after every `every` of the `steps` steps.
    """
    frames = {0: to_uint8(train_in_memory(recipe, data, 0, seed).samples(FRAME))}

    def watch(training: ShortTraining, step: int) -> None:
        frames[step] = to_uint8(training.samples(FRAME))

    train_in_memory(recipe, data, steps, seed, watch=watch, every=every)
    return np.array(list(frames)), np.stack(list(frames.values()))


def frame_curves(
    frames: np.ndarray, reals: np.ndarray, labels: ArrayLike, seed: int = 0
) -> dict[str, Floats]:
    """Return five curves, (t,) each, of the pictures of the same n latents at t steps, by name.

    `frames` (t, n, ...), n >= 2, and `reals` (m, ...) are pictures, uint8 (h, w, c) or floats (c, h, w) in
    [-1, 1] each; `labels` (m,) are the classes of `reals`.  A classifier is trained on `reals` with
    `seed`; phi are the activations of its last hidden layer.

    - "confidence": mean probability of each picture's likeliest class, in (0, 1].
    - "distance": energy distance of phi from the data's, a squared MMD (Sejdinovic et al. 2013, Annals of
      Statistics 41(5)); its floor is about E|phi - phi'| / n.
    - "strokes": correlation of neighbouring pixels (`neighbour_correlation`), divided by the data's.
    - "variety": mean distance of phi over pairs of latents, divided by that of the data; 1 for full variety.
    - "flips": share of the latents whose likeliest class differs from that in the frame before; NaN at first.

    Raises `BadInput` where shapes do not fit.
    """
    if frames.ndim != reals.ndim + 1 or frames.shape[2:] != reals.shape[1:] or frames.shape[1] < 2:
        raise BadInput(f"frames {frames.shape} must be (t, n, ...) of pictures like the data's {reals.shape}")
    judge = train_on_arrays(reals, labels, seed)
    features = [judge.features(frame) for frame in frames]
    real_features = judge.features(reals)
    odds = [judge.probabilities(frame) for frame in frames]
    classes = np.stack([o.argmax(1) for o in odds])
    strokes, spread = neighbour_correlation(reals), pair_distance(real_features)
    return {
        "confidence": np.array([o.max(1).mean() for o in odds]),
        "distance": np.array([energy_distance(f, real_features) for f in features]),
        "strokes": np.array([neighbour_correlation(frame) for frame in frames]) / strokes,
        "variety": np.array([pair_distance(f) for f in features]) / spread,
        "flips": np.array([np.nan, *(classes[1:] != classes[:-1]).mean(1)]),
    }


def neighbour_correlation(x: np.ndarray) -> float:
    """Return the correlation of a pixel with its right and its lower neighbour, averaged, in [-1, 1].

    `x` are pictures, uint8 (n, h, w, c) or floats (n, c, h, w).  Each of the two correlations is taken over
    all positions, channels and pictures; 0 for pictures of one grey.
    """
    planes = pictures(x)
    pairs = ((planes[..., :-1], planes[..., 1:]), (planes[..., :-1, :], planes[..., 1:, :]))
    return float(np.mean([_correlation(a.ravel(), b.ravel()) for a, b in pairs]))


def pair_distance(x: Floats) -> float:
    """Return the mean Euclidean distance over all pairs of different rows of `x` (n, d), n >= 2."""
    from scipy.spatial.distance import pdist  # here, for it takes long to import

    return float(pdist(x).mean())


def curve_summary(steps: np.ndarray, curves: Mapping[str, Floats]) -> dict[str, float | None]:
    """Return six numbers that summarise the `curves` of `frame_curves` at `steps` (t,), by name.

    "variety_end" is the last value of the curve "variety".  "flips_first" and "flips_last" are means of
    "flips" over the first and the last third of the frames, without the first frame; they tell whether
    latents keep their class, if frames are evenly spaced.  "strokes_step" and "variety_step" are the first
    steps at which these curves reach 0.8, which is 80 % of the data's value, since the curves are relative
    to it; "confidence_step" is the first step at 80 % of the last value of "confidence".  None if never.
    """
    flips = curves["flips"][1:]
    third = max(1, len(flips) // 3)
    return {
        "variety_end": float(curves["variety"][-1]),
        "flips_first": float(flips[:third].mean()),
        "flips_last": float(flips[-third:].mean()),
        "strokes_step": _first_step(steps, curves["strokes"] >= TARGET_SHARE),
        "confidence_step": _first_step(
            steps, curves["confidence"] >= TARGET_SHARE * curves["confidence"][-1]
        ),
        "variety_step": _first_step(steps, curves["variety"] >= TARGET_SHARE),
    }


def observation_figure(steps: Sequence[int] | np.ndarray, curves: Mapping[str, Floats]) -> Figure:
    """Return the figure of the curves of `frame_curves`, by step on a logarithmic axis that starts at 0."""
    figure = canvas(1.15 * len(CURVES) + 0.4)
    axes = figure.subplots(len(CURVES), 1, sharex=True)
    for place, (name, label) in zip(axes, CURVES.items(), strict=True):
        place.plot(steps, curves[name], color=COLOURS[name], linewidth=1.6)
        place.set_ylabel(label, fontsize=9)
        place.set_ylim(bottom=min(0.0, float(np.nanmin(curves[name]))))
        hide_spines(place)
    for name in ("strokes", "variety"):
        axes[list(CURVES).index(name)].axhline(1.0, color="black", linewidth=1.0, linestyle=":")
    axes[-1].set_xscale("symlog", linthresh=1.0)
    axes[-1].set_xlim(left=0)
    axes[-1].set_xlabel("step")
    figure.align_ylabels(axes)
    return figure


def _cut_frame(file: Path, shape: tuple[int, ...]) -> np.ndarray:
    channels, height, width = shape
    with Image.open(file) as frame:
        sheet = np.asarray(frame.convert("RGB"))
    down, across = height + PAD, width + PAD
    if sheet.shape[:2] != (FRAME // COLUMNS * down + PAD, COLUMNS * across + PAD):
        raise BadInput(f"{file}: is not a frame of {FRAME} pictures of {height}x{width}")
    rows = sheet[PAD:, PAD:].reshape(FRAME // COLUMNS, down, COLUMNS, across, 3).swapaxes(1, 2)
    return rows[:, :, :height, :width, :channels].reshape(FRAME, height, width, channels)


def _correlation(a: Floats, b: Floats) -> float:
    first, second = a - a.mean(), b - b.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else 0.0


def _first_step(steps: np.ndarray, reached: np.ndarray) -> float | None:
    """Return the first step at which a condition is true; None if never."""
    return float(steps[reached.argmax()]) if reached.any() else None
