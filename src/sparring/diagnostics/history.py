"""Gauges that need a run's history: moments and rows of the event log, read over windows of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sparring.diagnostics import balance, motion
from sparring.diagnostics.probe import Measurement
from sparring.practice.players import PlayerTurns

SETTLED_SHARE = 2 / 3
"""Share of a run after which latents should no longer change their class."""

SNAPSHOTS, FEWEST_SNAPSHOTS = 41, 11
"""Largest and smallest number of moments of a path."""

IMPROVEMENT = 0.9
"""Samples improve where the MMD of a path's last third is below this factor times its first third's."""

EARLY, LASTING, WINDOW = 500, 500, 1000
"""In steps: a run's start, how long a discriminator must win, and the window for counts."""

ROWS = 100
"""Fewest rows of the event log for detecting a cycle."""

CYCLE = 20
"""Shortest cycle in steps."""

WEAK_CHECKS = 3
"""Checks whose median decides that D is weak: near equilibrium it loses at times and recovers."""

DECAY = 0.99
"""Decay of a running mean per step."""

Row = Mapping[str, float]
"""A row of the event log: values by "step" and "turn.term"."""


def latest_gauges(
    moments: Sequence[Measurement], events: Sequence[Row], steps: int, players: PlayerTurns | None
) -> dict[str, float]:
    """Return all gauges at the latest moment of a run of `steps` steps: name to value.

    They are the latest moment's own `values` and the gauges of the history: "divergence", "mode_hopping",
    "duality_rises", "path_efficiency", "lasting_divergence", "gradient_ratio", "step_balance", "loss_cycle",
    and "flip_rate" in the last third of the run. "accuracy" is replaced by its running mean, which
    "accuracy_high" and "accuracy_low" also have, and "weak_discriminator" by its median over three moments.
    Moments and rows of the event log are in the order of their steps; rows after the latest moment are
    ignored. `players` are the turns of the two players, None for any other game. Gauges that need players, or
    a longer history, are left out. `ValueError` without a moment.
    """
    if not moments:
        raise ValueError("a history needs at least one moment")
    now = moments[-1]
    before = [row for row in events if row["step"] <= now.step]
    values = {**now.values, **_motion_gauges(moments, steps, players), **_balance_gauges(moments)}
    values["divergence"] = float(count_divergences(moments, before, now.step))
    cycle = discriminator_cycle(before, players)
    if cycle is not None:
        values["loss_cycle"] = cycle
    return values


def count_divergences(moments: Sequence[Measurement], events: Sequence[Row], step: int) -> int:
    """Return how many rows and moments show divergence in the 1000 steps up to `step`, both together.

    A row of the event log counts if a value is not finite or a gradient norm is above 100; a moment counts if
    its "logit", the largest size of a logit, is above 50 or NaN.
    """
    rows = sum(motion.is_divergent(row) for row in events if step - WINDOW < row["step"] <= step)
    logits = [moment.values.get("logit", 0.0) for moment in moments if step - WINDOW < moment.step <= step]
    return rows + sum(not value <= motion.LARGE_LOGIT for value in logits)


def discriminator_cycle(events: Sequence[Row], players: PlayerTurns | None) -> float | None:
    """Return the largest correlation of D's adversarial loss with itself 20 steps or more later, in [-1, 1].

    The loss is the term "adv" of the discriminator's turn, see `loss_cycle_of`. None without `players`, and
    for fewer than 100 rows with this term.
    """
    return None if players is None else loss_cycle_of(events, f"{players.discriminator}.adv")


def loss_cycle_of(events: Sequence[Row], term: str) -> float | None:
    """Return the largest correlation of a term with itself 20 steps or more later, in [-1, 1].

    It is `motion.loss_cycle` of the term's values. `term` is a key of the rows, "turn.term". Used are the
    rows with this key in the last 1000 steps or, if they are fewer than 100, the last 100 rows with it. 20
    steps are converted to rows by the mean number of steps between two rows, and rounded up. None for fewer
    than 100 rows with this key.
    """
    rows = [row for row in events if term in row]
    if len(rows) < ROWS:
        return None
    recent = [row for row in rows if row["step"] > rows[-1]["step"] - WINDOW]
    window = recent if len(recent) >= ROWS else rows[-ROWS:]
    apart = (window[-1]["step"] - window[0]["step"]) / (len(window) - 1)
    return motion.loss_cycle([row[term] for row in window], max(1, int(np.ceil(CYCLE / max(apart, 1)))))


def path_efficiency(moments: Sequence[Measurement]) -> float | None:
    """Return the distance over the length of the path of all turns' weights, in [0, 1].

    It is `motion.path_efficiency` of the projected weights. The path goes through the last 41 moments that
    have the same turns as the latest one. None for fewer than 11 such moments, and while samples improve:
    while the median "mmd" of the last third of the path is below 0.9 times that of the first third.
    """
    turns = moments[-1].path.keys()  # a remedy may have added turns
    recent = [moment for moment in moments[-SNAPSHOTS:] if moment.path.keys() == turns]
    if len(recent) < FEWEST_SNAPSHOTS:
        return None
    distances = [moment.values.get("mmd", np.nan) for moment in recent]
    third = len(recent) // 3
    if np.median(distances[-third:]) < IMPROVEMENT * np.median(distances[:third]):
        return None
    return motion.path_efficiency([np.concatenate(list(moment.path.values())) for moment in recent])


def running_mean(values: Sequence[float], steps: Sequence[int]) -> float:
    """Return the exponential mean m of `values` v_0, v_1, ... at `steps` s_0, s_1, ... after the last value.

    m starts as v_0, and value i changes it to d m + (1 - d) v_i with d = 0.99^(s_i - s_(i - 1)).
    """
    mean = values[0]
    for value, since in zip(values[1:], np.diff(steps), strict=True):
        decay = DECAY ** float(since)
        mean = decay * mean + (1 - decay) * value
    return mean


def _motion_gauges(
    moments: Sequence[Measurement], steps: int, players: PlayerTurns | None
) -> dict[str, float]:
    if len(moments) < 2:
        return {}
    before, now = moments[-2:]
    values = {"mode_hopping": motion.mode_hopping([moment.histogram for moment in moments])}
    if now.step > SETTLED_SHARE * steps:
        values["flip_rate"] = motion.flip_rate(now.cells, before.cells)
    if players is not None:
        ratio = balance.step_balance(*((before.path[turn], now.path[turn]) for turn in players))
        if np.isfinite(ratio):  # a player that has not moved yet gives no ratio
            values["step_balance"] = ratio
    gaps = [moment.values["duality_gap"] for moment in moments if "duality_gap" in moment.values]
    if len(gaps) > 1:
        values["duality_rises"] = float(motion.count_rises(gaps))
    efficiency = path_efficiency(moments)
    return values if efficiency is None else {**values, "path_efficiency": efficiency}


def _balance_gauges(moments: Sequence[Measurement]) -> dict[str, float]:
    """Return the gauges of the discriminator's logits and the generator's gradient over time."""
    now = moments[-1]
    values: dict[str, float] = {}
    scored = [moment for moment in moments if "accuracy" in moment.values]
    if scored and scored[-1] is now:
        accuracies = [moment.values["accuracy"] for moment in scored]
        mean = running_mean(accuracies, [moment.step for moment in scored])
        values |= {"accuracy": mean, "accuracy_high": mean, "accuracy_low": mean}
        recent = [m.values["divergence_level"] for m in scored if m.step >= now.step - LASTING]
        if scored[0].step <= now.step - LASTING:
            values["lasting_divergence"] = min(recent)
    if "weak_discriminator" in now.values:
        weak = [moment.values.get("weak_discriminator", 0.0) for moment in scored[-WEAK_CHECKS:]]
        values["weak_discriminator"] = float(np.median(weak))
    with_gradient = [moment for moment in moments if "gradient" in moment.values]
    early = [m.values["gradient"] for m in with_gradient if m.step <= with_gradient[0].step + EARLY]
    if with_gradient and with_gradient[-1] is now and np.median(early) > 0:
        values["gradient_ratio"] = float(now.values["gradient"] / np.median(early))
    return values
