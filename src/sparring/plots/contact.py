"""Contact sheet of a run's frames: the same latents at several steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.plots.style import WIDTH, canvas, tile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 4


def contact_sheet(frames: Path, count: int = 12) -> Figure:
    """Return a figure of at most `count` frames from the folder `frames`, titled by their steps.

    The frames are files named by their step, such as 000100.png. Those shown are evenly spaced in the sorted
    list of files, with the first and the last; all are shown if there are at most `count`. They stand four in
    a row. A run writes its frames ever more sparsely, so that each step on the sheet is about the same
    multiple of the one before. Raises `BadInput` where there are no frames.

    >>> frames = Path("frames")
    >>> frames.mkdir()
    >>> for step in (1, 10, 100):
    ...     Image.new("L", (8, 8)).save(frames / f"{step:06d}.png")
    >>> len(contact_sheet(frames).axes)
    4
    """
    files = sorted(frames.glob("*.png")) if frames.is_dir() else []
    if not files:
        raise BadInput(f"{frames}: no frames; train with --frames larger than 0")
    chosen = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, count).round().astype(int))]
    rows = -(-len(chosen) // COLUMNS)
    with Image.open(chosen[0]) as first:
        aspect = first.height / first.width
    figure = canvas(rows * (WIDTH / COLUMNS * aspect + 0.25))
    axes = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for place, file in zip(axes, chosen, strict=False):
        with Image.open(file) as frame:
            tile(place, np.asarray(frame.convert("RGB")))
        place.spines[:].set_visible(False)
        place.set_title(f"step {int(file.stem):,}", fontsize=10, pad=3)
    for place in axes[len(chosen) :]:
        place.axis("off")
    return figure
