"""Score the pictures of a data set as anomalies of a run, and write the results."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from sparring.core.errors import BadInput, require_at_least
from sparring.core.pixels import array_to_float, to_uint8
from sparring.core.run import Device
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.inverse.anomaly.presets import AnomalySearch, search
from sparring.inverse.anomaly.rgi import RobustInversion
from sparring.inverse.anomaly.scores import AnomalyScores, score_anomalies
from sparring.inverse.encoder import load_encoder
from sparring.inverse.optimise import FrozenModel, features
from sparring.plots import style
from sparring.runs.files import write_bytes, write_json, write_picture
from sparring.runs.split import training_digests
from sparring.tasks.anomalies.figure import figure
from sparring.tasks.opening.loaded import LoadedRun, load_for_search
from sparring.tasks.opening.pictures import read_pictures, run_data_or_warn
from sparring.tasks.opening.results import results_header, resumable_search

LOG = logging.getLogger(__name__)

RESULTS, SCORES, FIGURE, MAPS = "results.json", "scores.csv", "figure.png", "maps"
PARTS = (RESULTS, SCORES, FIGURE, MAPS)

OURS = "default"

LIMIT = 0.95
"""Share of held-out pictures that score below the reported limit."""


@dataclass(frozen=True)
class Anomalies:
    """Options of anomaly detection: the pictures, the search and the output folder."""

    data: str
    """Pictures to score, as for `sparring train --data`."""
    out: Path
    """Folder to write."""
    limit: int | None = None
    """Maximum number of pictures; None: all."""
    preset: Literal["default", "anogan", "rgi"] = "default"
    """The search: ours; AnoGAN's as published; or rgi, robust inversion, which also masks the damage."""
    steps: int | None = None
    """Steps of a search; None: those of the preset."""
    weight: float | None = None
    """Cost of masking a pixel in rgi; None: 0.07, as published.  A generator that makes no picture exactly
    needs more, or whole strokes are masked."""
    usual: int = 100
    """Number of held-out pictures to score as well, as a reference; 0: none."""
    seed: int = 0
    """Seed of the starting points."""
    encoder: Literal["auto", "off"] = "auto"
    """auto: start the default search and rgi from the run's encoder, if it has one; off: do not."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """Precision of the nets during the search.  Scores are computed in fp32."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


def anomalies(
    run: Path, options: Anomalies, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Score pictures as anomalies of the run at `run`; return the content of `results.json`.

    The entries are "run", "recipe", "step", "task" (the options), "steps" (of a search), "usual" and
    "scores".  "usual" is about the scores of held-out pictures: "pictures" (their number), "median", and
    "limit", the score that 95 % of them stay below; both None without such pictures.  "scores" is a list,
    highest score first, with "name", "score", "above" (share of the held-out pictures with a lower score;
    absent without them), the terms of the score, and "trained_on" (whether the run was trained on this
    picture).

    Also writes `scores.csv`, the same list; a map of each picture as PNG in `maps`, white where it differs
    from G(z) by half of the range or more, or for rgi where the mask is 1; and `figure.png`, the highest and
    the lowest scores.  An interrupted call resumes when it is repeated.  Raises `BadInput` before anything is
    written.
    """
    loaded = load_for_search(run)
    require_at_least("--limit", options.limit)
    require_at_least("--threads", options.threads)
    require_at_least("--usual", options.usual, 0)
    preset = replace(search(options.preset, options.steps, options.weight), bf16=options.precision == "bf16")
    _require_features(loaded, options, preset)
    machine, model = loaded.machine(options.threads, options.device), _model(loaded, options)
    data = read_pictures(loaded, options.data, "anomaly detection")
    pictures = data.x[np.arange(len(data))[: options.limit]]
    with resumable_search(options.out, options.overwrite, PARTS, progress) as batching:
        reference = _held_out(loaded, options.usual)
        both = pictures if reference is None else np.concatenate([pictures, reference])
        with machine.activate(loaded.trained.nets, model.E):
            x = array_to_float(both)
            result = score_anomalies(model, x, preset, seed=options.seed, batching=batching)
        return _write_results(loaded, options, preset, data, pictures, result)


def _require_features(loaded: LoadedRun, options: Anomalies, preset: AnomalySearch) -> None:
    """Raise `BadInput` if the search compares features of the discriminator and the run's exposes none."""
    if isinstance(preset, RobustInversion) or not preset.features:
        return
    try:
        features(loaded.trained.discriminator(), torch.zeros(1, *loaded.trained.space.shape))
    except BadInput as error:
        raise BadInput(f"--preset {options.preset}: {error}; use --preset {OURS} or rgi") from error


def _model(loaded: LoadedRun, options: Anomalies) -> FrozenModel:
    """Return the run's nets, with its encoder for searches that may start from it."""
    published = options.preset not in (OURS, "rgi")
    without = published or options.encoder == "off"
    return FrozenModel.of(loaded.trained, None if without else load_encoder(loaded.folder, loaded.trained))


def _held_out(loaded: LoadedRun, most: int) -> np.ndarray | None:
    """Return at most `most` pictures that were not trained on, evenly spaced; None if there are none."""
    if not most:
        return None
    data = run_data_or_warn(loaded, "no reference scores")
    if data is None:
        return None
    index = data.held[~np.isin(data.digests[data.held], training_digests(loaded.folder))]
    if not len(index):
        LOG.warning("no reference scores: the run has no held-out pictures (--holdout 0)")
        return None
    places = np.linspace(0, len(index) - 1, min(most, len(index))).astype(int)
    return data.dataset.x[index[places]]


def _write_results(
    loaded: LoadedRun,
    options: Anomalies,
    preset: AnomalySearch,
    data: Dataset,
    pictures: np.ndarray,
    result: AnomalyScores,
) -> dict[str, Any]:
    n = len(pictures)
    names = [f"{i:06d}-{Path(data.names[i]).stem}" if len(data.names) else f"{i:06d}" for i in range(n)]
    seen = np.isin(digests(pictures), training_digests(loaded.folder))
    if seen.any():
        LOG.warning("%d of %d pictures were trained on; their scores may be too low", seen.sum(), n)
    scores, usual = result.score[:n].numpy(), result.score[n:].numpy()
    rows: list[dict[str, Any]] = [
        {"name": name, "score": round(float(scores[i]), 4)}
        | ({"above": round(float((usual < scores[i]).mean()), 4)} if len(usual) else {})
        | {part: round(float(values[i]), 4) for part, values in result.parts.items()}
        | {"trained_on": bool(seen[i])}
        for i, name in enumerate(names)
    ]
    _write_maps(options.out / MAPS, names, result.place[:n].numpy(), preset)
    title = "mask" if isinstance(preset, RobustInversion) else "difference"
    sheet = figure(pictures, to_uint8(result.raw[:n]), result.place[:n].numpy(), scores, names, title)
    style.write(sheet, options.out / FIGURE)
    rows.sort(key=lambda row: -row["score"])
    write_bytes(options.out / SCORES, _table(rows).encode())
    results = results_header(loaded, options) | {
        "steps": preset.steps,
        "usual": {"pictures": len(usual), "median": _quantile(usual, 0.5), "limit": _quantile(usual, LIMIT)},
        "scores": rows,
    }
    write_json(options.out / RESULTS, results)
    return results


def _write_maps(folder: Path, names: list[str], places: np.ndarray, preset: AnomalySearch) -> None:
    """Write the map of each picture, (n, H, W) in [0, 1], as PNG."""
    for name, place in zip(names, places, strict=True):
        # Half of the range is as far as most differences go; a mask is 0 or 1 in all but a few pixels.
        levels = place if isinstance(preset, RobustInversion) else 2 * place
        write_picture(folder / f"{name}.png", np.rint(255 * levels.clip(0, 1)).astype(np.uint8))


def _quantile(scores: np.ndarray, share: float) -> float | None:
    return round(float(np.quantile(scores, share)), 4) if len(scores) else None


def _table(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
