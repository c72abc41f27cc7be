"""Figure of the Dirac-GAN's orbits: which losses converge, cycle or diverge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparring.plots.dirac import LOSSES, orbit
from sparring.plots.style import FAINT, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

SIDE = 2.2
"""Half the side of each panel; diverging orbits leave it."""

TICKS = (-2, 0, 2)


def orbit_figure(rounds: int = 500) -> Figure:
    """Return a figure with a panel for each of `LOSSES`, simultaneous steps above and alternating ones below.

    Each shows the path of (theta, psi) from (1, 1) over `rounds` training steps, from dark to bright, and in
    its corner the distance from the equilibrium (0, 0), a cross, at the end. Mescheder et al. 2018,
    arXiv:1801.04406, figure 2.

    >>> orbit_figure(rounds=100).savefig("orbits.png")
    """
    figure = canvas(3.55)
    axes = figure.subplots(2, len(LOSSES), sharex=True, sharey=True)
    for row, together in zip(axes, (True, False), strict=True):
        for place, rule in zip(row, LOSSES, strict=True):
            _panel(place, orbit(rule, simultaneous=together, rounds=rounds))
        row[0].set_ylabel(f"{'simultaneous' if together else 'alternating'}\nψ", fontsize=10)
    for place, rule in zip(axes[0], LOSSES, strict=True):
        place.set_title(rule.name.replace(", ", " + "), fontsize=9)
    for place in axes[1]:
        place.set_xlabel("θ", fontsize=10)
    figure.colorbar(_scale(rounds), ax=axes, label="round", aspect=30, pad=0.02)
    return figure


def _panel(axes: Axes, path: np.ndarray) -> None:
    from matplotlib.collections import LineCollection

    lines = LineCollection(list(np.stack([path[:-1], path[1:]], 1)), cmap="viridis", linewidths=1.1)
    lines.set_array(np.arange(len(path) - 1))
    axes.add_collection(lines)
    axes.plot(0, 0, "+", color="black", markersize=8, zorder=3)
    axes.plot(*path[0], "o", color="black", markersize=3.5, zorder=3)
    axes.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE), xticks=TICKS, yticks=TICKS, aspect="equal")
    axes.tick_params(labelsize=9)
    axes.spines[:].set_color(FAINT)
    last = float(np.linalg.norm(path[-1]))
    text = f"{last:.2f}" if last >= 1e-3 else "< 0.001"
    axes.text(0.96, 0.04, text, transform=axes.transAxes, ha="right", fontsize=8, bbox=_text_box())


def _text_box() -> dict[str, object]:
    return {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8}


def _scale(rounds: int) -> ScalarMappable:
    from matplotlib import cm
    from matplotlib.colors import Normalize

    return cm.ScalarMappable(Normalize(0, rounds), "viridis")
