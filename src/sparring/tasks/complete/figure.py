"""Figure of completions: damaged, ours, true and baselines, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sparring.inverse.comparison import CEILING, OURS, Comparison
from sparring.metrics.images import psnr_hole

_CELL = 104  # fewest pixels of the longer side of a drawn picture
_GAP = 8
_HEAD = 44
_HATCH = ((236, 64, 122), (255, 171, 200))
_PAPER = (255, 255, 255)
_INK = (20, 20, 20)


def figure(
    result: Comparison,
    pictures: np.ndarray,
    missing: np.ndarray,
    truth: np.ndarray | None = None,
    rows: int = 8,
) -> Image.Image:
    """Draw one row per picture, at most `rows`: damaged (hole hatched), ours, the truth, each baseline.

    `pictures` and `truth` are uint8 (n, H, W, C), `missing` is bool (n, H, W).  Small pictures are enlarged
    by an integer factor, without interpolation.  Where the truth is known, each heading gives the method's
    PSNR in dB over the hole, averaged over all pictures, drawn or not, each cut at 99 dB.
    """
    rest = {name: filled for name, filled in result.filled.items() if name != OURS}
    columns = {"damaged": pictures, OURS: result.filled[OURS]}
    columns |= ({} if truth is None else {"true": truth}) | rest
    notes = {}
    if truth is not None:
        means = {
            n: np.minimum(psnr_hole(v, truth, missing), CEILING).mean() for n, v in result.filled.items()
        }
        notes = {name: f"{mean:.2f} dB" for name, mean in means.items()}
    return rows_of_pictures(columns, notes, hatched={"damaged": missing}, rows=rows)


def rows_of_pictures(
    columns: Mapping[str, np.ndarray],
    notes: Mapping[str, str] | None = None,
    *,
    hatched: Mapping[str, np.ndarray] | None = None,
    rows: int = 8,
) -> Image.Image:
    """Draw one row per picture, at most `rows`, and one named column for each array, uint8 (n, H, W, C).

    `notes` are printed under the names.  `hatched` maps a column to the pixels to hatch, bool (n, H, W).
    """
    first = next(iter(columns.values()))
    count = min(rows, len(first))
    factor = max(1, -(-_CELL // max(first.shape[1:3])))
    height, width = (side * factor for side in first.shape[1:3])
    pitch = max(width, _CELL) + _GAP
    size = (_GAP + pitch * len(columns), _HEAD + (height + _GAP) * count)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, (name, values) in enumerate(columns.items()):
        left = _GAP + column * pitch
        draw.text((left, 4), name, _INK, ImageFont.load_default(15))
        draw.text((left, 23), (notes or {}).get(name, ""), _INK, ImageFont.load_default(13))
        for row in range(count):
            cell = _enlarged(_opaque(values[row]), factor)
            if name in (hatched or {}):
                cell = _hatched(cell, _enlarged((hatched or {})[name][row], factor))
            sheet.paste(Image.fromarray(cell), (left, _HEAD + row * (height + _GAP)))
    return sheet


def _enlarged(picture: np.ndarray, factor: int) -> np.ndarray:
    return picture.repeat(factor, 0).repeat(factor, 1)


def _opaque(picture: np.ndarray) -> np.ndarray:
    """Convert 1 to 4 channels to RGB, uint8 (H, W, 3); of 2 or 4 the last is alpha, laid on white."""
    channels = picture.shape[-1]
    colours = picture[..., : channels - 1] if channels % 2 == 0 else picture
    rgb = np.broadcast_to(colours, (*picture.shape[:2], 3))
    if channels % 2:
        return np.ascontiguousarray(rgb)
    alpha = picture[..., -1:] / 255.0
    return np.rint(rgb * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _hatched(cell: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Fill the hole with diagonal stripes, which no grey or natural picture resembles."""
    diagonal = np.add.outer(np.arange(hole.shape[0]), np.arange(hole.shape[1]))
    stripes = np.array(_HATCH, np.uint8)[diagonal // 6 % 2]
    return np.where(hole[..., None], stripes, cell)
