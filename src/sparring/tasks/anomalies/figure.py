"""Figure of the pictures with the highest and the lowest anomaly scores, each with its G(z)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparring.plots.style import FAINT, canvas, tile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 8
"""Pictures in each half of the figure."""

_CELL = 0.92  # inches


def figure(
    pictures: np.ndarray,
    generated: np.ndarray,
    maps: np.ndarray,
    scores: np.ndarray,
    names: Sequence[str],
    map_name: str,
) -> Figure:
    """Draw the highest scores on the left, the lowest on the right, 8 each; below a picture its G(z) and map.

    `pictures` and `generated` (their G(z)) uint8 (n, h, w, c); `maps` (n, h, w) in [0, 1], scaled to the
    largest value drawn, titled `map_name`; `scores` and `names` (n,).  Fewer than 16 are halved.
    """
    order = np.argsort(-scores, kind="stable")
    high = order[: min(MOST, -(-len(order) // 2))]
    low = order[len(high) :][-MOST:]
    drawn = np.concatenate([high, low])
    figure = canvas(3 * _CELL + 1.1, max(4.0, _CELL * (len(drawn) + 1) + 0.6))
    # An empty column separates the two halves.
    axes = figure.subplots(3, len(drawn) + (1 if len(low) else 0), squeeze=False)
    columns = [c for c in range(axes.shape[1]) if not len(low) or c != len(high)]
    largest = max(float(maps[drawn].max()), 1e-6)
    for column, i in zip(columns, drawn, strict=True):
        cells = axes[:, column]
        tile(cells[0], pictures[i])
        tile(cells[1], generated[i])
        cells[2].imshow(maps[i], cmap="magma", vmin=0, vmax=largest, interpolation="nearest")
        cells[2].set(xticks=[], yticks=[])
        cells[2].spines[:].set_color(FAINT)
        cells[0].set_title(f"{scores[i]:.3g}", fontsize=9)
        cells[2].set_xlabel(_short(names[i]), fontsize=7)
    if len(low):
        for cells in axes[:, len(high)]:
            cells.set_axis_off()
    for cells, text in zip(axes[:, 0], ("picture", "G(z)", map_name), strict=True):
        cells.set_ylabel(text, fontsize=9)
    figure.suptitle(
        f"highest scores{'' if not len(low) else ', and the lowest'} of {len(scores)}", fontsize=10
    )
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"...{name[-9:]}"
