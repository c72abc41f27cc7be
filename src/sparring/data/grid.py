"""Sheets of pictures, or of sequences as coloured cells."""

from __future__ import annotations

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.colour import distinct

SHEET = 600
"""Width in pixels that a sheet is enlarged to by default."""

PAPER = 255
LIGHT, DARK, CELL = 255, 216, 8
"""Checkerboard behind transparent pictures: its two greys and the side of its squares in pixels."""


def grid(x: np.ndarray, columns: int, *, pad: int = 2, scale: int | None = None) -> np.ndarray:
    """Tile pictures, uint8 (n, h, w, 1 to 4), row by row on a white sheet, uint8 (height, width, 3).

    Each is enlarged `scale` times without smoothing (None: until the sheet is about 600 pixels wide) and
    padded by `pad` pixels.  Two channels are grey and alpha, four RGBA; both are composited over a light
    checkerboard.  Raises `BadInput` if `x` is no such array or a number is out of range.
    """
    if x.dtype != np.uint8 or x.ndim != 4 or not 1 <= x.shape[3] <= 4 or x.size == 0:
        raise BadInput(f"a grid needs pictures, uint8 (n, h, w, 1 to 4), not {x.dtype} {x.shape}")
    if columns < 1 or pad < 0 or (scale is not None and scale < 1):
        raise BadInput(f"a grid needs columns >= 1, pad >= 0, scale >= 1, not {columns}, {pad}, {scale}")
    columns = min(columns, len(x))
    rows = -(-len(x) // columns)
    if scale is None:
        scale = max(1, round((SHEET - pad * (columns + 1)) / (columns * x.shape[2])))
    tiles = _opaque(x.repeat(scale, 1).repeat(scale, 2))
    height, width = tiles.shape[1] + pad, tiles.shape[2] + pad
    sheet = np.full((rows * height + pad, columns * width + pad, 3), PAPER, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = pad + index // columns * height, pad + index % columns * width
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet


def cells(x: np.ndarray, *, columns: int | None = None, scale: int | None = None) -> np.ndarray:
    """Draw sequences of tokens, integers (n, length), as rows of cells, uint8 (height, width, 3).

    A token is a square of `scale` pixels in its own colour (None: until the sheet is about 600 pixels wide).
    The sequences fill `columns` columns from top to bottom, with a blank cell between columns and no gap
    between rows (None: so that the sheet is about square).  Raises `BadInput` for other or empty arrays,
    negative tokens, and `columns` or `scale` below 1.
    """
    if x.dtype.kind not in "iu" or x.ndim != 2 or x.size == 0 or x.min() < 0:
        raise BadInput(f"cells need tokens, whole numbers (n, length) of at least 0, not {x.dtype} {x.shape}")
    if (columns is not None and columns < 1) or (scale is not None and scale < 1):
        raise BadInput(f"cells need columns >= 1 and scale >= 1, not {columns}, {scale}")
    n, length = x.shape
    columns = min(n, columns or max(1, round((n / length) ** 0.5)))
    rows = -(-n // columns)
    sheet = np.full((rows, columns * (length + 1) - 1, 3), PAPER, np.uint8)
    for index, colours in enumerate(distinct(x)):
        left = index // rows * (length + 1)
        sheet[index % rows, left : left + length] = colours
    scale = scale or max(1, round(SHEET / sheet.shape[1]))
    return sheet.repeat(scale, 0).repeat(scale, 1)


def _opaque(x: np.ndarray) -> np.ndarray:
    """Composite pictures with alpha over a checkerboard; return RGB or grey."""
    if x.shape[3] in (1, 3):
        return x
    down, across = np.indices(x.shape[1:3]) // CELL
    board = np.where((down + across) % 2, DARK, LIGHT)[..., None].astype(np.float32)
    alpha = x[..., -1:].astype(np.float32) / 255
    return np.asarray(np.rint(alpha * x[..., :-1] + (1 - alpha) * board), np.uint8)
