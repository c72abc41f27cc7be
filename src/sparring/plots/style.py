"""Parts that all figures share: colours, axes, picture tiles, and writing a figure to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.runs.files import write_saved

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DATA, GENERATOR, DISCRIMINATOR = "black", "#23803b", "#2563b8"
"""Data black, generator green, discriminator blue, in every figure."""

OTHERS = ("#c2571a", "#7b4fa3", "#b8336a", "#8a6d1f", "#2b8c8c")
"""Colours of all other curves, in order."""

FAINT = "#9aa2ab"

WIDTH = 8.0
"""Width in inches: 800 pixels at 100 dots per inch."""

SCREEN, PRINT = 100, 200
"""Dots per inch of a movie's frame and of a file."""

SUFFIXES = (".png", ".svg", ".pdf")


def canvas(height: float, width: float = WIDTH) -> Figure:
    """Return an empty white matplotlib figure of `width` x `height` inches, with constrained layout."""
    from matplotlib.figure import Figure  # here, for it takes long to import

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def hide_spines(axes: Axes) -> None:
    """Hide the top and right spines of the axes, and set the tick labels to 9 points."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def legend_beside(axes: Axes) -> None:
    """Place the legend to the right of the axes, where it covers no curve."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), frameon=False, fontsize=9)


def tile(axes: Axes, picture: np.ndarray) -> None:
    """Draw a picture, uint8 (h, w, channels), into the axes, without interpolation or ticks.

    With one or two channels the first is drawn as grey, 0 black and 255 white; three are RGB, four RGBA.
    """
    pixels = picture[..., 0] if picture.shape[2] < 3 else picture
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(FAINT)


def tiles(axes: Sequence[Axes], pictures: np.ndarray) -> None:
    """Draw n pictures, uint8 (n, h, w, channels), one in each of n axes, by `tile`."""
    for place, picture in zip(axes, pictures, strict=True):
        tile(place, picture)


def image(figure: Figure, dpi: int = SCREEN) -> Image.Image:
    """Return the figure as an RGB image at `dpi` dots per inch; the figure keeps that resolution."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    agg = FigureCanvasAgg(figure)
    agg.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3].copy())  # type: ignore[no-untyped-call]


def write(figure: Figure, path: Path) -> None:
    """Write a figure atomically, by the suffix of `path`: .png, .svg or .pdf; `BadInput` for others."""
    require_suffix(path)
    kind = path.suffix.lower().lstrip(".")
    write_saved(path, lambda file: figure.savefig(file, format=kind, dpi=PRINT))


def require_suffix(path: Path, flag: str = "--out") -> None:
    """Raise `BadInput`, naming the option `flag`, unless `path` ends in .png, .svg or .pdf."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{flag} {path}: give a name that ends in {' or '.join(SUFFIXES)}")
