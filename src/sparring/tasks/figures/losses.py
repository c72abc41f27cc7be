"""A run's losses with their equilibrium values, and its gradient norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe, Role
from sparring.engine.game import GRADIENT
from sparring.plots.equilibrium import equilibrium_losses
from sparring.plots.style import DISCRIMINATOR, GENERATOR, OTHERS, canvas, hide_spines, legend_beside
from sparring.practice.players import PLAYERS
from sparring.runs.events import FILE, read
from sparring.runs.record import read_record, run_folder
from sparring.tasks.opening.resolve import resolve_record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curve = tuple[np.ndarray, np.ndarray]
"""Steps and values."""

WINDOWS = 25
"""The running median covers 1/WINDOWS of a run."""

BAND = (10, 90)
"""Percentiles that bound the band about the median."""

REACH = (1, 99)
"""Percentiles of the values that an axis covers at least; spikes may exceed it."""

NAMES = {"log 2": log(2), "log 4": log(4), "-log 2": -log(2)}


def run_loss_figure(run: Path) -> Figure:
    """Return the `loss_figure` of the run at `run`; `BadInput` for no run, or one without logged losses."""
    run_record, run = read_record(run), run_folder(run)
    rows = read(run)
    if not _terms(rows):
        raise BadInput(f"{run / FILE}: holds no losses yet; train for at least --log-every steps")
    return loss_figure(rows, resolve_record(run_record))


def loss_figure(rows: Sequence[Mapping[str, Any]], recipe: Recipe) -> Figure:
    """Return the figure of `curves_figure` for the event log of a run of `recipe`.

    `rows` are {"step", "turn.term": value, ...}. Losses at equilibrium are drawn where they are known.
    """
    return curves_figure(rows, list(recipe.turns), turn_roles(recipe), equilibrium_losses(recipe))


def turn_roles(recipe: Recipe) -> dict[str, Role]:
    """Return the role, "generator" or "discriminator", of the nets that a turn trains, by turn.

    Turns that train neither are left out.
    """
    return {turn: role for role in PLAYERS for turn in recipe.turns_of_role(role)}


def curves_figure(
    rows: Sequence[Mapping[str, Any]],
    turns: Sequence[str],
    roles: Mapping[str, Role],
    equilibrium: Mapping[str, float],
) -> Figure:
    """Return a figure with up to three panels by step, from top: losses, other terms, gradient norms.

    `rows` are those of `events.jsonl`: {"step", "turn.term": value, ...}, each value a mean over the steps
    since the row before. The losses are the terms named "adv", or all terms if there are none. A curve is the
    running median over a 25th of the run, in a band from the 10th to the 90th percentile (`running_band`).
    `turns` set the order of the colours; `roles` are those of the nets that a turn trains. `equilibrium` are
    the losses at equilibrium, by "turn.term", drawn dashed.
    """
    terms = _terms(rows)
    main = [name for name in terms if name.endswith(".adv")] or terms
    rest = [name for name in terms if name not in main]
    gradients = [name for name in _names(rows) if name.endswith(f".{GRADIENT}")]
    panels = [
        panel for panel in ((main, "loss"), (rest, "other terms"), (gradients, "gradient norm")) if panel[0]
    ]
    heights = [1.7 if kind == "loss" else 1.0 for _, kind in panels]
    figure = canvas(1.6 * sum(heights) + 0.4)
    axes = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    colours = _colours(turns, roles)
    for place, (names, kind) in zip(axes, panels, strict=True):
        _panel(place, rows, names, colours, equilibrium if kind == "loss" else {})
        place.set_ylabel(kind)
    axes[-1].set_xlabel("step")
    if gradients:
        axes[-1].set_yscale("log")
    return figure


def running_band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lower edge, median and upper edge of the running band of a curve (n,), each (n,).

    They are the 10th, 50th and 90th percentile in a centred window of n / 25 values, at least 3, made odd;
    the end values are repeated beyond the ends. A running mean over the same window then smooths all three. A
    spike shorter than half a window does not show in the median.
    """
    from scipy.ndimage import percentile_filter, uniform_filter1d  # here, for it takes long to import

    window = max(3, len(values) // WINDOWS) | 1
    ranked = (percentile_filter(values, q, window, mode="nearest") for q in (BAND[0], 50, BAND[1]))
    low, median, high = (uniform_filter1d(curve, window, mode="nearest") for curve in ranked)
    return low, median, high


def _panel(
    axes: Axes,
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    colours: Mapping[str, str],
    lines: Mapping[str, float],
) -> None:
    same_term = len(names) > 1 and len({name.rpartition(".")[2] for name in names}) == 1
    for name in names:
        steps, values = _curve(rows, name)
        low, median, high = running_band(values)
        colour = colours[name.partition(".")[0]]
        axes.fill_between(steps, low, high, color=colour, alpha=0.22, linewidth=0)
        label = name.rpartition(".")[0] if same_term else name
        axes.plot(steps, median, color=colour, linewidth=1.6, label=label)
    for value, owners in _turns_by_value(lines, names).items():
        colour = colours[owners[0]] if len(owners) == 1 else "black"
        label = f"{', '.join(owners)} at equilibrium:\n{_number(value)}"
        axes.axhline(value, color=colour, linewidth=1.1, linestyle=(0, (5, 3)), label=label)
    axes.set_ylim(*_limits(rows, names, list(lines.values())))
    hide_spines(axes)
    legend_beside(axes)


def _turns_by_value(lines: Mapping[str, float], names: Sequence[str]) -> dict[float, list[str]]:
    """Return the turns that share each equilibrium value."""
    shared: dict[float, list[str]] = {}
    for name in names:
        if name in lines:
            shared.setdefault(lines[name], []).append(name.rpartition(".")[0])
    return shared


def _number(value: float) -> str:
    known = [name for name, exact in NAMES.items() if abs(exact - value) < 1e-5]
    return f"{known[0]} = {value:.4f}" if known else f"{value:.4g}"


def _limits(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], lines: list[float]
) -> tuple[float, float]:
    """Return the limits of an axis: most of every curve, every line, and a margin."""
    ends = [np.percentile(_curve(rows, name)[1], REACH) for name in names]
    low, high = min([e[0] for e in ends] + lines), max([e[1] for e in ends] + lines)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - (room if low < 0 or low > room else low / 2), high + room


def _curve(rows: Sequence[Mapping[str, Any]], name: str) -> Curve:
    points = [(row["step"], row[name]) for row in rows if name in row]
    return np.array([step for step, _ in points]), np.array([value for _, value in points], np.float64)


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the logged names "turn.term", in the order of the file."""
    return [name for name in dict.fromkeys(key for row in rows for key in row) if "." in name]


def _terms(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [name for name in _names(rows) if not name.endswith(f".{GRADIENT}")]


def _colours(turns: Sequence[str], roles: Mapping[str, Role]) -> dict[str, str]:
    """Return a colour per turn: first discriminator blue, first generator green, others distinct."""
    own: Mapping[Role, str] = {"discriminator": DISCRIMINATOR, "generator": GENERATOR}
    colours: dict[str, str] = {}
    others = iter(OTHERS * len(turns))
    for key in turns:
        wanted = own[roles[key]] if key in roles else None
        colours[key] = wanted if wanted and wanted not in colours.values() else next(others)
    return colours
