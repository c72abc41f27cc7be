"""Draw the pictures of `docs/pictures.md`, from a run on digits and from games on toys.

sparring train r1_gan --data digits --out runs/digits --steps 4000
python -m benchmarks.figures runs/digits [NAME ...]
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from sparring.core.pixels import to_uint8
from sparring.metrics.classifier import Classifier
from sparring.plots.arithmetic import CENTRE, arithmetic, arithmetic_figure
from sparring.plots.contact import contact_sheet
from sparring.plots.line import LineMixture, StageLengths, train_on_line
from sparring.plots.one_dimensional import line_figure
from sparring.plots.orbit import orbit_figure
from sparring.plots.strip import strips
from sparring.plots.style import image
from sparring.runs.files import write_bytes
from sparring.runs.split import load_run_data
from sparring.tasks.evaluate.classifier import run_classifier
from sparring.tasks.figures.losses import run_loss_figure
from sparring.tasks.opening.loaded import LoadedRun, load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).parents[1] / "docs" / "images"

COLOURS = 96
"""Of a file: enough for curves and grey digits, and small."""

INKED, OTHER = 0, 7
"""Much ink less little ink of one digit, plus little ink of the other."""

CANDIDATES, EACH, SURE = 4000, 3, 0.9
"""Latents that examples are chosen from, examples of each kind, and how sure the classifier is of them."""

PAIRS = 2


def line() -> Figure:
    """The game on a line whose data are one Gaussian."""
    return line_figure(train_on_line(LineMixture()))


def lines() -> Figure:
    """The same with two Gaussians."""
    two = LineMixture((0.5, 0.5), (-1.5, 1.5), (0.5, 0.5))
    return line_figure(train_on_line(two, StageLengths(10, 400, 10, 2500)))


def ways(run: LoadedRun) -> Figure:
    """Strips between latents."""
    latent = run.trained.recipe.latent
    a, b = latent.sample(2 * PAIRS, torch.Generator().manual_seed(1)).chunk(2)
    return strips(run.trained.generator(), latent, a, b)


def sums(run: LoadedRun) -> Figure:
    """Sums of latents; examples are chosen by the run's classifier and by their ink, which are printed."""
    generator, latent, judge = run.trained.generator(), run.trained.recipe.latent, _judge(run)
    z = latent.sample(CANDIDATES, torch.Generator().manual_seed(0))
    with torch.no_grad():
        made = to_uint8(generator(z))
    odds = judge.probabilities(made)
    kinds = [
        _inked(made, odds[:, digit], most=m) for digit, m in ((INKED, True), (INKED, False), (OTHER, False))
    ]
    found = arithmetic(generator, latent, *(z[kind] for kind in kinds))
    named = {
        "A": found.examples[0],
        "B": found.examples[1],
        "C": found.examples[2],
        "G(y)": found.sheet[CENTRE : CENTRE + 1],
        "neighbours": np.delete(found.sheet, CENTRE, 0),
        "rescaled": found.rescaled_sheet[CENTRE : CENTRE + 1],
        "pixels": found.pixels,
    }
    for name, pictures in named.items():
        print(f"{name}: {judge.predict(pictures).tolist()}, ink {pictures.mean() / 255:.2f}")
    return arithmetic_figure(found, (f"bold {INKED}", f"thin {INKED}", f"thin {OTHER}"))


def _judge(run: LoadedRun) -> Classifier:
    home = load_run_data(run.record.run, run.trained.recipe)
    return run_classifier(run.folder, home.dataset, home.training, home.digests)


def _inked(made: np.ndarray, odds: np.ndarray, *, most: bool) -> np.ndarray:
    """The pictures that are surely of a kind, those with the most ink, or the least."""
    sure = np.flatnonzero(odds > SURE)
    ink = made[sure].mean((1, 2, 3))
    return np.asarray(sure[np.argsort(-ink if most else ink, kind="stable")[:EACH]])


def written(figure: Figure, name: str) -> Path:
    """The figure as a PNG of few colours among the docs' images; its path."""
    buffer = io.BytesIO()
    image(figure).quantize(COLOURS).save(buffer, format="PNG", optimize=True)
    write_bytes(IMAGES / f"{name}.png", buffer.getvalue())
    return IMAGES / f"{name}.png"


def main() -> None:
    """Draw the figures named, or every one."""
    folder = Path(sys.argv[1])
    run, chosen = load(folder), sys.argv[2:]
    figures: Mapping[str, Callable[[], Figure]] = {
        "losses": lambda: run_loss_figure(folder),
        "contact": lambda: contact_sheet(folder / "frames"),
        "line": line,
        "lines": lines,
        "orbits": orbit_figure,
        "strips": lambda: ways(run),
        "arithmetic": lambda: sums(run),
    }
    for name in chosen or figures:
        path = written(figures[name](), name)
        print(f"{path.name}: {path.stat().st_size // 1024} KiB", flush=True)


if __name__ == "__main__":
    main()
