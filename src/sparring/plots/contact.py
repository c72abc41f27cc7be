"""The contact sheet: frames of a run's movie side by side, the same latents all through."""

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


def contact(frames: Path, count: int = 12) -> Figure:
    """`count` of the frames in the folder `frames`, from the first to the last, each under its step.

    They are taken at even distances in the file's order; as a run writes its frames ever sparser, each of the
    sheet's steps is about the same multiple of the one before.  `BadInput` where there are no frames.
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
