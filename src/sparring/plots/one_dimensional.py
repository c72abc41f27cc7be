"""Figure of a GAN on a line: data, G(z), D(x) and arrows from z to x, at four stages or as a movie.

After Goodfellow et al. 2014, Generative Adversarial Networks, arXiv:1406.2661, figure 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sparring.core.errors import BadInput
from sparring.plots.line import STAGES, LineGame, LineState
from sparring.plots.style import DATA, DISCRIMINATOR, FAINT, GENERATOR, canvas, hide_spines, image
from sparring.runs.pictures import write_gif

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

ARROWS = 15
"""Number of arrows from z to x, at quantiles of the prior: their heads are as dense as q."""

REACH = 3.0
"""The axis of z spans this many standard deviations on either side, over the width of the panel."""

HEIGHTS = (4.0, 1.0)
"""Height ratios of the curves and of the arrows below them."""


class SharedAxes(NamedTuple):
    """Axis limits that all panels of a figure share."""

    top: float
    """Upper limit of the density axis."""
    ends: tuple[float, float]
    """Limits of the x axis."""


def line_figure(game: LineGame) -> Figure:
    """Return four panels: near the start, D at its optimum, after steps of G, at equilibrium.

    The data's density is dotted black and G's solid green, on the left axis; D(x) is dashed blue, from 0 to 1
    on the right axis, with a thin line at 1/2. Below, arrows from z at 15 quantiles to G(z).

    >>> from sparring.plots import LineMixture, StageLengths, train_on_line
    >>> game = train_on_line(LineMixture(), StageLengths(5, 20, 5, 10))
    >>> line_figure(game).savefig("line.png")
    """
    figure = canvas(6.2)
    shared = _shared_axes(game.stages)
    parts = figure.subfigures(2, 2, hspace=0.03, wspace=0.02, squeeze=False).flat
    for index, (part, state) in enumerate(zip(parts, game.stages, strict=True)):
        name = f"({'abcd'[index]}) {STAGES[index]}"
        _panel(part, state, shared, name, ("density", "D(x)")[index % 2], legend=index == 0)
    return figure


def write_line_movie(game: LineGame, out: Path, *, seconds: float = 8.0) -> int:
    """Write a looping GIF with a frame for each of `game.states` at `out`; return the number of frames.

    Each frame is one panel as in `line_figure`. The frames share `seconds` evenly, at least 20 ms each, but
    the last one stays for 2 seconds. Raises `BadInput` where `game` has no states for it, or `out` does not
    end in .gif.

    >>> from sparring.plots import LineMixture, StageLengths, train_on_line
    >>> game = train_on_line(LineMixture(), StageLengths(5, 20, 5, 10), every=10)
    >>> write_line_movie(game, Path("line.gif"))
    4
    """
    if not game.states:
        raise BadInput("the game recorded no states for a movie; train it with every larger than 0")
    if out.suffix.lower() != ".gif":
        raise BadInput(f"{out}: give a name that ends in .gif")
    shared = _shared_axes(game.states)
    pictures = []
    for state in game.states:
        figure = canvas(3.6, 5.2)
        _panel(figure, state, shared, f"step {state.step:,}", "density D(x)", legend=True)
        pictures.append(image(figure).quantize(64))
    times = [max(20, round(1000 * seconds / len(pictures)))] * len(pictures)
    times[-1] = 2000
    write_gif(out, pictures[0], pictures[1:], times)
    return len(pictures)


def _shared_axes(states: tuple[LineState, ...]) -> SharedAxes:
    """Return axes that cover the data, and of q at least what is up to twice as high as the data."""
    p = states[0].p
    highest = max(float(m.q.max()) for m in states)
    visible = np.flatnonzero(np.max([np.maximum(m.q, p) for m in states], axis=0) > 0.004 * p.max())
    x = states[0].x
    return SharedAxes(1.12 * min(max(highest, p.max()), 2 * p.max()), (x[visible[0]], x[visible[-1]]))


def _panel(
    figure: Figure | SubFigure, state: LineState, shared: SharedAxes, name: str, labels: str, *, legend: bool
) -> None:
    upper, lower = figure.subplots(2, 1, height_ratios=HEIGHTS, gridspec_kw={"hspace": 0.0})
    (p,) = upper.plot(state.x, state.p, color=DATA, linestyle=":", linewidth=2.0, zorder=3)
    (q,) = upper.plot(state.x, state.q, color=GENERATOR, linewidth=2.0)
    upper.set(xlim=shared.ends, ylim=(0, shared.top))
    upper.set_title(name, fontsize=10, loc="left")
    right = upper.twinx()
    right.axhline(0.5, color=DISCRIMINATOR, linewidth=0.6, alpha=0.6)
    (d,) = right.plot(state.x, state.d, color=DISCRIMINATOR, linestyle="--", linewidth=1.8)
    right.set_ylim(0, 1.12)
    right.set_yticks([0, 0.5, 1], ["0", "½", "1"], color=DISCRIMINATOR)
    hide_spines(upper)
    right.spines[["top", "left", "bottom"]].set_visible(False)
    right.spines["right"].set_color(DISCRIMINATOR)
    right.tick_params(labelsize=9, color=DISCRIMINATOR)
    if "density" in labels:
        upper.set_ylabel("density")
    if "D(x)" in labels:
        right.set_ylabel("D(x)", color=DISCRIMINATOR)
    if legend:
        upper.legend([p, q, d], ["data", "G(z)", "D(x)"], frameon=False, fontsize=9, loc="upper left")
    _arrows(lower, state, shared)


def _arrows(axes: Axes, state: LineState, shared: SharedAxes) -> None:
    """Draw z on its own scale at the bottom and x above it, on the scale of the curves."""
    low, high = shared.ends
    index = ((np.arange(ARROWS) + 0.5) / ARROWS * len(state.z)).astype(int)

    def across(z: np.ndarray) -> np.ndarray:
        return np.asarray(low + (z + REACH) / (2 * REACH) * (high - low))

    for start, end in zip(across(state.z[index]), state.made[index], strict=True):
        style = {"arrowstyle": "->", "color": GENERATOR, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (end, 1.0), (start, 0.0), arrowprops=style, annotation_clip=True)
    axes.hlines([0.0, 1.0], low, high, color=FAINT, linewidth=0.8)
    axes.set(xlim=shared.ends, ylim=(-0.05, 1.05))
    values = np.arange(-2.0, 3.0)
    axes.set_xticks(across(values), [f"{value:.0f}".replace("-", "\N{MINUS SIGN}") for value in values])
    axes.set_yticks([0, 1], ["z", "x"])
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize=9)
    axes.spines[:].set_visible(False)
