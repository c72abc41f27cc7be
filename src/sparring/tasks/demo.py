"""The demonstration: train on scanned digits, calibrate, complete held-out digits, write a report."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sparring.core.errors import require_at_least
from sparring.core.run import Run
from sparring.runs import pictures
from sparring.runs.events import read
from sparring.runs.files import prepare_folder, write_bytes, write_json, write_picture
from sparring.tasks.calibrate.job import CalibrationTask, calibrate
from sparring.tasks.complete.job import complete
from sparring.tasks.complete.options import CompletionTask
from sparring.tasks.opening.loaded import LoadedRun, load
from sparring.tasks.report import report
from sparring.tasks.train import train

MARK = "demo.json"
FIGURES = ("completions.png", "ranked.png", "samples.png", "training.gif")
COMPLETIONS = 3
"""Completions of each picture."""
PARTS = (MARK, "metrics.json", "report.html", *FIGURES, "run", "completion")
RECIPE = "r1_gan"
SIZE = "16"
FRAMES = 64
FAMILY: Literal["mlp"] = "mlp"
KNOBS: dict[str, object] = {
    "latent.size": 32,
    "nets.G.depth": 4,
    "nets.D.depth": 3,
    "turns.D.optim.lr": 1e-3,
    "turns.D.optim.betas": (0.5, 0.99),
    "turns.G.optim.lr": 1e-3,
    "turns.G.optim.betas": (0.5, 0.99),
    "turns.R1.loss.gamma": 0.1,
}
"""Settings that differ from the recipe's: small nets that learn fast, and a weak penalty."""


@dataclass(frozen=True)
class Demo:
    """Options of the demonstration."""

    out: Path = Path("runs/demo")
    """Folder to write."""
    steps: int = 8000
    """Training steps."""
    pictures: int = 100
    """Held-out digits to complete."""
    seed: int = 0
    """Seed of training, calibration and completion."""
    threads: int | None = None
    """CPU threads; None: the fastest number, measured at the start."""
    overwrite: bool = False
    """Replace the files of an earlier demonstration."""


def demo(
    options: Demo, *, quiet: bool = False, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Run the demonstration in the folder `options.out`; return the content of its `metrics.json`.

    The entries are "train_seconds"; "iterations", the training steps done; "threads"; "peak_rss_mib", the
    peak memory of the process in MiB; and "completion", by method a dict of means over the completed
    pictures: "psnr_hole" and "psnr" in dB, "ssim" and "seconds_per_image".  Also writes `report.html`,
    `completions.png`, `ranked.png`, `samples.png`, `training.gif`, the run in `run/` and its completions in
    `completion/`.  `progress` is called with the steps done and the total of the completion.  Raises
    `BadInput` for `steps` or `pictures` under 1, and `KeyboardInterrupt` if the training was stopped.
    """
    for flag, value in (("--steps", options.steps), ("--pictures", options.pictures)):
        require_at_least(flag, value)
    prepare_folder(options.out, options.overwrite, PARTS)
    write_json(options.out / MARK, {"recipe": RECIPE, "steps": options.steps, "seed": options.seed})
    run, task = _plan(options)
    started = time.perf_counter()
    outcome = train(RECIPE, run, knobs=KNOBS, quiet=quiet)
    seconds = time.perf_counter() - started
    if outcome.stopped:
        raise KeyboardInterrupt
    calibrate(run.out, CalibrationTask(seed=options.seed))
    results = complete(run.out, task, progress=progress)
    loaded = load(run.out)
    _figures(options, loaded)
    metrics = {
        "train_seconds": round(seconds, 2),
        "iterations": outcome.step,
        "threads": loaded.record.run.threads,
        "peak_rss_mib": round(_peak_rss_mib(), 1),
        "completion": {name: _means(row) for name, row in results["methods"].items()},
    }
    write_json(options.out / "metrics.json", metrics)
    page = report(options.out, metrics, read(run.out), loaded.record)
    write_bytes(options.out / "report.html", page.encode())
    return metrics


def _plan(options: Demo) -> tuple[Run, CompletionTask]:
    """Return the run to train, and the completion task for it."""
    out, seed = options.out, options.seed
    run = Run(
        "digits",
        out / "run",
        size=SIZE,
        family=FAMILY,
        steps=options.steps,
        frames=FRAMES,
        seed=seed,
        threads=options.threads,
    )
    return run, CompletionTask(
        "digits", "centre", out / "completion", limit=options.pictures, seed=seed, keep=COMPLETIONS
    )


def _figures(options: Demo, loaded: LoadedRun) -> None:
    shutil.copyfile(options.out / "completion" / "figure.png", options.out / "completions.png")
    shutil.copyfile(options.out / "completion" / "ranked.png", options.out / "ranked.png")
    # Not the run's seed: the movie already shows its first latents.
    sheet = pictures.sheet(loaded.drawn(36, options.seed + 1), columns=6)
    write_picture(options.out / "samples.png", sheet)
    pictures.movie(options.out / "run" / "frames", options.out / "training.gif")


def _means(row: dict[str, Any]) -> dict[str, float]:
    return {name: round(row[name], 4) for name in ("psnr_hole", "psnr", "ssim", "seconds_per_image")}


def _peak_rss_mib() -> float:
    """Return the peak resident memory of this process; getrusage gives kibibytes on Linux, bytes on macOS."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
