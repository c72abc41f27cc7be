"""The strangest pictures of a set and the least strange, each with what the generator makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparring.plots.style import FAINT, canvas, tile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 8
"""Pictures a half."""

_CELL = 0.92  # inches


def figure(
    pictures: np.ndarray,
    made: np.ndarray,
    places: np.ndarray,
    scores: np.ndarray,
    names: Sequence[str],
    what: str,
) -> Figure:
    """Highest scores to the left, lowest to the right; below each picture G(z) and the map.

    Pictures uint8 (n, h, w, c) twice, maps (n, h, w) in [0, 1], drawn up to the largest that is shown and
    called `what`, and scores (n,).  Where there are few pictures, none is shown twice.
    """
    order = np.argsort(-scores, kind="stable")
    high = order[: min(MOST, -(-len(order) // 2))]
    low = order[len(high) :][-MOST:]
    shown = np.concatenate([high, low])
    figure = canvas(3 * _CELL + 1.1, max(4.0, _CELL * (len(shown) + 1) + 0.6))
    # An empty column parts the two halves.
    axes = figure.subplots(3, len(shown) + (1 if len(low) else 0), squeeze=False)
    columns = [c for c in range(axes.shape[1]) if not len(low) or c != len(high)]
    top = max(float(places[shown].max()), 1e-6)
    for column, i in zip(columns, shown, strict=True):
        place = axes[:, column]
        tile(place[0], pictures[i])
        tile(place[1], made[i])
        place[2].imshow(places[i], cmap="magma", vmin=0, vmax=top, interpolation="nearest")
        place[2].set(xticks=[], yticks=[])
        place[2].spines[:].set_color(FAINT)
        place[0].set_title(f"{scores[i]:.3g}", fontsize=9)
        place[2].set_xlabel(_short(names[i]), fontsize=7)
    if len(low):
        for place in axes[:, len(high)]:
            place.set_axis_off()
    for place, text in zip(axes[:, 0], ("picture", "G(z)", what), strict=True):
        place.set_ylabel(text, fontsize=9)
    figure.suptitle(
        f"highest scores{'' if not len(low) else ', and the lowest'} of {len(scores)}", fontsize=10
    )
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"...{name[-9:]}"
