"""Sheets of samples and the frames of the training movie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.pixels import to_uint8
from sparring.data.grid import cells, grid
from sparring.runs.files import write_picture, write_saved

FRAME_SIDE, COLOURS = 200, 32
"""Frames of the movie: least width in pixels, reached by an integer factor, and size of the palette."""

EXTENT, INSIDE = 5.0, 0.9
"""Half the side of the square in which points are plotted; doubled until it holds this share of them."""

SIDE = 240
"""The square's side in pixels."""


def save_samples(path: Path, x: Tensor) -> None:
    """Write a sheet of samples, as `sheet` makes it, enlarged to a width of about 600 pixels."""
    write_picture(path, sheet(x))


def save_frame(path: Path, x: Tensor) -> None:
    """Write one frame of the movie, not enlarged, to keep a run directory small."""
    write_picture(path, sheet(x, scale=1))


def sheet(x: Tensor, *, columns: int | None = None, scale: int | None = None) -> np.ndarray:
    """Return samples on one sheet, uint8 (height, width, 3).

    Pictures, floats (n, c, h, w) in [-1, 1], are tiled in `columns` columns (None: about sqrt(n)), each
    enlarged `scale` times (None: until the sheet is about 600 pixels wide).  Sequences, integers (n, length),
    are rows of coloured cells of `scale` pixels.  Points are plotted in a square of 240 pixels, (n, 1) as a
    histogram, more dimensions as the density of the first two; `columns` and `scale` do not apply to them.
    """
    if not x.is_floating_point():
        return cells(x.numpy(), columns=columns, scale=scale)
    if x.dim() != 4:
        return _histogram(x.numpy()[:, 0]) if x.shape[1] == 1 else _density(x.numpy()[:, :2])
    return grid(to_uint8(x), columns or round(len(x) ** 0.5), scale=scale)


def as_arrays(x: Tensor) -> np.ndarray:
    """Return samples as a NumPy array: pictures (n, c, h, w) as uint8 (n, h, w, c), others unchanged."""
    return to_uint8(x) if x.dim() == 4 else x.numpy()


def movie(frames: Path, out: Path, *, seconds: float = 12.0) -> int:
    """Join the PNG files in `frames`, sorted by name, to an animated GIF at `out`; return their number.

    The frames are enlarged to a width of at least 200 pixels.  Together they are shown for about `seconds`
    seconds, each for at least 20 ms, and the last one for 2 seconds.  Raises `BadInput` if there are no
    frames.
    """
    files = sorted(frames.glob("*.png")) if frames.is_dir() else []
    if not files:
        raise BadInput(f"{frames}: no frames; train with --frames larger than 0")
    pictures = [_enlarged(file) for file in files]
    times = [max(20, round(1000 * seconds / len(pictures) / 10) * 10)] * len(pictures)
    times[-1] = 2000
    first, *rest = pictures
    write_gif(out, first, rest, times)
    return len(pictures)


def write_gif(out: Path, first: Image.Image, rest: list[Image.Image], times: list[int]) -> None:
    """Write a looping GIF atomically; `times` has the milliseconds of each frame, `first` and then `rest`."""
    write_saved(
        out,
        lambda file: first.save(
            file, "GIF", save_all=True, append_images=rest, duration=times, loop=0, optimize=True
        ),
    )


def _enlarged(file: Path) -> Image.Image:
    with Image.open(file) as image:
        factor = max(1, -(-FRAME_SIDE // image.width))
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        return few.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _extent(points: np.ndarray) -> float:
    """Return half the side of the square about the origin in which the points are plotted."""
    far = np.abs(points).reshape(len(points), -1).max(1)
    extent = EXTENT
    while (far <= extent).mean() < INSIDE and extent < far.max():
        extent *= 2
    return extent


def _density(points: np.ndarray) -> np.ndarray:
    """Plot the density of points (n, 2): darker means more points."""
    extent = _extent(points)
    ends = [[-extent, extent], [-extent, extent]]
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], SIDE, ends)
    ink = np.clip(counts[::-1] / max(1.0, counts.max()), 0, 1) ** 0.5
    return _grey(255 * (1 - ink))


def _histogram(points: np.ndarray) -> np.ndarray:
    """Plot a histogram of points (n,): 120 bins, each two pixels wide; the highest bar fills the square."""
    extent = _extent(points)
    counts, _ = np.histogram(points, SIDE // 2, (-extent, extent))
    height = np.rint(counts / max(1, counts.max()) * (SIDE - 8)).repeat(2)
    up = np.arange(SIDE)[::-1, None]
    return _grey(np.where(up < height, 60, np.where(up == 0, 160, 255)))


def _grey(levels: np.ndarray) -> np.ndarray:
    return np.repeat(levels.astype(np.uint8)[..., None], 3, axis=2)
