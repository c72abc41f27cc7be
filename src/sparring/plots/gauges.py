"""Figures of gauges through a run, with the ranges in which they warn and fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sparring.diagnostics.finding import Gauge, Limits
from sparring.plots.style import canvas, hide_spines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, CURVE = "#808892", "#3b82d6"
"""A grey and a blue that are legible on white and on black."""

WARNING, FAILURE = "#d9a21b", "#d64545"

ACROSS, PANEL = 2, 1.9
"""Number of panels per row, and their height in inches."""

WIDE = 1000.0
"""An axis is logarithmic where its ends have at least this ratio."""

Curve = tuple[Sequence[int], Sequence[float]]
"""Steps and the values at these steps, equally many."""


def gauge_figure(
    curves: Mapping[str, Curve], gauges: Mapping[str, Gauge], since: int, steps: int, mark: str = "since"
) -> Figure:
    """Return a figure with one panel per curve: values over steps, with the gauge's limits.

    `curves`, at least one, are by the name of the gauge, which is the panel's title; `gauges` has the gauges
    by these names, and a curve without one gets no limits. Ranges of values in which the gauge warns are
    amber, those in which it fails red. A dashed line marks step `since`, with the title "`mark` step
    `since`". The step axis goes from 0 to `steps`. The background is transparent.
    """
    across = min(ACROSS, len(curves))
    down = -(-len(curves) // across)
    figure = canvas(PANEL * down, 8.0)
    figure.patch.set_alpha(0)
    places = figure.subplots(down, across, sharex=True, squeeze=False).flatten()
    for axes, (name, curve) in zip(places, curves.items(), strict=False):
        _panel(axes, name, curve, gauges.get(name))
        axes.axvline(since, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.set_title(f"{mark} step {since:,}", loc="right", fontsize=8, color=INK)
        axes.set_xlim(0, steps)
    for axes in places[len(curves) :]:
        axes.set_visible(False)
    for axes in places[max(0, len(curves) - across) : len(curves)]:
        axes.set_xlabel("step", color=INK, fontsize=9)
        axes.tick_params(labelbottom=True)  # the panel below may be hidden
    return figure


def _panel(axes: Axes, name: str, curve: Curve, gauge: Gauge | None) -> None:
    steps, values = curve
    limits = [] if gauge is None else [bound for bound in (gauge.warn, gauge.fail) if bound is not None]
    low, high = _axis_range(values, limits)
    if low > 0 and high > WIDE * low:
        axes.set_yscale("log")
    axes.set_ylim(low, high)
    if gauge is not None:
        _bands(axes, gauge.warn, WARNING, low, high)
        _bands(axes, gauge.fail, FAILURE, low, high)
    axes.plot(steps, values, color=CURVE, linewidth=1.5, marker="o", markersize=3)
    axes.set_title(name, loc="left", fontsize=9.5, color=INK)
    axes.patch.set_alpha(0)
    hide_spines(axes)
    axes.tick_params(colors=INK, which="both")
    axes.spines[:].set_color(INK)


def _bands(axes: Axes, limits: Limits | None, colour: str, low: float, high: float) -> None:
    """Shade the range outside the limits."""
    if limits is None:
        return
    if limits.high is not None and limits.high < high:
        axes.axhspan(max(limits.high, low), high, color=colour, alpha=0.16, linewidth=0)
    if limits.low is not None and limits.low > low:
        axes.axhspan(low, min(limits.low, high), color=colour, alpha=0.16, linewidth=0)


def _axis_range(values: Sequence[float], limits: Sequence[Limits]) -> tuple[float, float]:
    """Return the limits of an axis: every value, the gauge's limits, and a margin."""
    ends = [*values, *(end for bound in limits for end in (bound.low, bound.high) if end is not None)]
    low, high = float(np.min(ends)), float(np.max(ends))
    if low > 0 and high > WIDE * low:
        return low / 2, high * 2
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return low - room, high + room
