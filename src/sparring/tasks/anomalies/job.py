"""Score the pictures of a set by a run, and write what came of it."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.pixels import scaled, to_uint8
from sparring.data.sources import dataset
from sparring.inverse.anomaly.presets import Search, search
from sparring.inverse.anomaly.rgi import Healing
from sparring.inverse.anomaly.scores import Strange, strange
from sparring.inverse.cache import SEARCH, Store
from sparring.inverse.encoder import encoder
from sparring.inverse.optimise import features
from sparring.plots import style
from sparring.runs.files import claim, write_bytes, write_json, write_picture
from sparring.runs.split import material, trained_on
from sparring.tasks.anomalies.figure import figure
from sparring.tasks.opening.loaded import Loaded, load

LOG = logging.getLogger(__name__)

RESULTS, SCORES, FIGURE, MAPS = "results.json", "scores.csv", "figure.png", "maps"
PARTS = (RESULTS, SCORES, FIGURE, MAPS)

OURS = "default"

LIMIT = 0.95
"""The share of held-out pictures that score below what is told as the limit of the usual."""


@dataclass(frozen=True)
class Anomalies:
    """What to score, how, and where to."""

    data: str
    """Pictures to score, as for `sparring train --data`."""
    out: Path
    """Folder to write."""
    limit: int | None = None
    """At most so many pictures; None: all."""
    preset: Literal["default", "anogan", "rgi"] = "default"
    """Which search: ours; AnoGAN's as published; or robust inversion, which finds what is damaged."""
    steps: int | None = None
    """Steps of a search; None: the preset's."""
    weight: float | None = None
    """Of rgi: what giving a pixel up costs; None: 0.07, as published.  A generator that makes no picture
    exactly needs more, or whole strokes are given up."""
    usual: int = 100
    """So many pictures that the run kept aside are scored too, to tell what is usual; 0: none."""
    seed: int = 0
    """Seed of the starting points."""
    encoder: Literal["auto", "off"] = "auto"
    """Whether the default search and rgi begin where the run's encoder says, if it has one."""
    device: Device = "auto"
    """Where to search; auto: on a GPU where there is one."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """In which the nets compute while searching.  Scores are made in fp32."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


def anomalies(
    run: Path, given: Anomalies, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """How strange each picture is to the run at `run`; what is also written to `results.json` in `given.out`.

    Beside that: `scores.csv`, the strangest first; a map of each picture as PNG in `maps`, white where it is
    off by half of the range or more, or where the mask is 1; and `figure.png`, the highest and the lowest.
    Called again after it was stopped, it goes on.  Raises `BadInput` before anything is written.
    """
    held = load(run)
    held.require_pictures()
    for flag, value, least in (
        ("--limit", given.limit, 1), ("--threads", given.threads, 1), ("--usual", given.usual, 0),
    ):  # fmt: skip
        if value is not None and value < least:
            raise BadInput(f"{flag} {value}: give a whole number of at least {least}")
    how = replace(search(given.preset, given.steps, given.weight), bf16=given.precision == "bf16")
    _require_features(held, given, how)
    machine, E = held.machine(given.threads, given.device), _encoder(held, given)
    found, pictures = _read(held, given)
    claim(given.out, given.overwrite, PARTS, SEARCH)
    aside, kept = _kept_aside(held, given.usual), Store(given.out / SEARCH)
    both = pictures if aside is None else np.concatenate([pictures, aside])
    with machine.in_force(held.trained.nets, E):
        result = strange(
            held.trained.generator(),
            held.trained.critic(),
            held.trained.recipe.latent,
            scaled(torch.from_numpy(both)).contiguous(),
            how,
            seed=given.seed,
            E=E,
            kept=kept,
            progress=progress,
        )
    results = _written(held, given, how, found, pictures, result)
    kept.remove()
    return results


def _require_features(held: Loaded, given: Anomalies, how: Search) -> None:
    """Raise `BadInput` where the search compares features of the critic and the run's says none."""
    if isinstance(how, Healing) or not how.features:
        return
    try:
        features(held.trained.critic(), torch.zeros(1, *held.trained.space.shape))
    except BadInput as error:
        raise BadInput(f"--preset {given.preset}: {error}; use --preset {OURS} or rgi") from error


def _encoder(held: Loaded, given: Anomalies) -> nn.Module | None:
    """The run's encoder, for searches that are free to begin with it."""
    published = given.preset not in (OURS, "rgi")
    return None if published or given.encoder == "off" else encoder(held.folder, held.trained)


def _read(held: Loaded, given: Anomalies) -> tuple[Dataset, np.ndarray]:
    """The data, and those of their pictures that are to be scored."""
    channels, height, width = held.trained.space.shape
    crop = held.record.run.crop
    found = dataset(given.data, size=f"{height}x{width}", crop=crop, channels=channels)
    if not found.pictures:
        raise BadInput(f"{given.data}: holds points; anomalies are sought in pictures")
    return found, found.x[np.arange(len(found))[: given.limit]]


def _kept_aside(held: Loaded, most: int) -> np.ndarray | None:
    """Pictures that the run was not trained on, evenly chosen; None where there are none, or none wanted."""
    if not most:
        return None
    try:
        found = material(held.record.run, held.trained.recipe)
    except BadInput as error:
        LOG.warning("what is usual is not known: %s", error)
        return None
    index = found.held[~np.isin(found.digests[found.held], trained_on(held.folder))]
    if not len(index):
        LOG.warning("what is usual is not known: the run kept no pictures aside (--holdout 0)")
        return None
    places = np.linspace(0, len(index) - 1, min(most, len(index))).astype(int)
    return found.dataset.x[index[places]]


def _written(
    held: Loaded, given: Anomalies, how: Search, found: Dataset, pictures: np.ndarray, result: Strange
) -> dict[str, Any]:
    n = len(pictures)
    names = [f"{i:06d}-{Path(found.names[i]).stem}" if len(found.names) else f"{i:06d}" for i in range(n)]
    seen = np.isin(digests(pictures), trained_on(held.folder))
    if seen.any():
        LOG.warning("%d of %d pictures were trained on; their scores may be low for that", seen.sum(), n)
    scores, usual = result.score[:n].numpy(), result.score[n:].numpy()
    rows: list[dict[str, Any]] = [
        {"name": name, "score": round(float(scores[i]), 4)}
        | ({"above": round(float((usual < scores[i]).mean()), 4)} if len(usual) else {})
        | {part: round(float(values[i]), 4) for part, values in result.parts.items()}
        | {"trained_on": bool(seen[i])}
        for i, name in enumerate(names)
    ]
    for name, place in zip(names, result.place[:n].numpy(), strict=True):
        # Half of the range is as far as most differences go; a mask is 0 or 1 in all but a few pixels.
        levels = place if isinstance(how, Healing) else 2 * place
        write_picture(given.out / MAPS / f"{name}.png", np.rint(255 * levels.clip(0, 1)).astype(np.uint8))
    what = "mask" if isinstance(how, Healing) else "difference"
    drawn = figure(pictures, to_uint8(result.raw[:n]), result.place[:n].numpy(), scores, names, what)
    style.write(drawn, given.out / FIGURE)
    rows.sort(key=lambda row: -row["score"])
    write_bytes(given.out / SCORES, _table(rows).encode())
    results = {
        "run": str(held.folder),
        "recipe": held.record.recipe,
        "step": held.trained.step,
        "task": {**asdict(given), "out": str(given.out)},
        "steps": how.steps,
        "usual": {"pictures": len(usual), "median": _quantile(usual, 0.5), "limit": _quantile(usual, LIMIT)},
        "scores": rows,
    }
    write_json(given.out / RESULTS, results)
    return results


def _quantile(scores: np.ndarray, share: float) -> float | None:
    return round(float(np.quantile(scores, share)), 4) if len(scores) else None


def _table(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
