"""The doctor's checks of a run while it is trained."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch

from sparring.core.errors import Diverged
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.feed import Feed
from sparring.diagnostics.duality import duality_gap, has_two_players
from sparring.diagnostics.finding import Level, findings
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.history import latest_gauges
from sparring.diagnostics.probe import Measurement, ProbeReference, probe, probe_reference
from sparring.diagnostics.verdict import LASTING, Complaint, GaugeValues, best_check, complaints, is_healthy
from sparring.engine.game import Game
from sparring.engine.machine import seconds_of
from sparring.engine.trainer import make_draw
from sparring.engine.watching import Check
from sparring.practice.players import find_player_turns
from sparring.runs import events, migration
from sparring.runs.files import read_npz, write_npz
from sparring.runs.split import RunData

FOLDER = "doctor"
"""Folder of the doctor's measurements in a run directory."""

PICTURES, POINTS, DATA = 256, 512, 1024
"""Fixed latents checked, for pictures and for points; largest number of data they are compared with."""

PACKS = 8
"""Data come in a multiple of this, so that discriminators of packs of 2, 4 or 8 can score them all."""

OLD, FORGETTING_STEPS = 64, 1000
"""Fakes stored at each check; steps after which D should still recognise them."""

SHARE = 0.02
"""Largest share of a run's time that checks may take."""

GAP_INTERVAL = 20_000
"""Steps between two measurements of the duality gap, which costs about 55 rounds."""


@dataclass(frozen=True)
class DiagnosedRun:
    """The facts about a run that a doctor needs besides its nets."""

    recipe: Recipe
    space: Space
    material: RunData
    seed: int

    def ground(self, device: str) -> ProbeReference:
        """Return the reference of all checks, on `device` ("cpu" or "cuda"); each call gives the same one.

        It has fixed latents, 256 for pictures and 512 for points, and at most 1024 training and held-out
        data.
        """
        count = PICTURES if self.space.pictures else POINTS
        z = self.recipe.latent.sample(count, torch.Generator().manual_seed(self.seed + 1)).to(device)
        real, y = self._draw(self.material.training, device)
        held_out = self._draw(self.material.held, device) if len(self.material.held) else (None, None)
        return probe_reference(self.recipe, self.space, z, real, held_out[0], y=y, held_out_y=held_out[1])

    def gap(self, game: Game) -> float | None:
        """Return the game's duality gap on training data, as by `duality_gap`; infinite if it diverges.

        None unless the recipe has two players with a turn each.
        """
        if not has_two_players(self.recipe):
            return None
        machine = game.machine
        batch = min(self.recipe.batch, len(self.material.training))
        feed = Feed(
            self.material.dataset, self.material.training, batch,
            seed=self.seed, device=machine.device, needs=self.recipe.needs,
        )  # fmt: skip
        draw = make_draw(feed, self.recipe, torch.Generator(machine.device).manual_seed(self.seed), machine)
        try:
            return duality_gap(self.recipe, game.nets, self.space, draw, machine=machine)
        except Diverged:
            return math.inf

    def _draw(self, index: np.ndarray, device: str) -> tuple[torch.Tensor, np.ndarray | None]:
        count = min(DATA, len(index))
        count = count // PACKS * PACKS or count
        feed = Feed(self.material.dataset, index, count, seed=self.seed, device=device)
        x, y, _ = feed.draw()
        return x, None if y is None else y.cpu().numpy()


@final
class DoctorMonitor:
    """Checks a run every `every` rounds; with `strict` it stops the run when something fails."""

    def __init__(self, run_setup: DiagnosedRun, run: Run, every: int, *, strict: bool = False) -> None:
        self.run_setup, self.run, self.every, self.strict = run_setup, run, every, strict
        self.complaints: list[Complaint] = []
        self._ground: ProbeReference | None = None
        self._moments: list[Measurement] = []
        self._checks: list[GaugeValues] = []
        self._healthy: dict[int, bool] = {}
        """By step of each check: whether the run was healthy."""

    @property
    def last_healthy(self) -> int:
        """The step of the last check at which the run was healthy, or 0."""
        return max((step for step, was_well in self._healthy.items() if was_well), default=0)

    def remember(self, step: int) -> None:
        """Read the measurements that an earlier call stored, up to `step`, and delete those after `step`."""
        folder = self.run.out / FOLDER
        for path in sorted(folder.glob("*.npz")) if folder.is_dir() else []:
            if int(path.stem) > step:
                path.unlink()
            else:
                self._judge(from_arrays(read_npz(path)))

    def check(self, game: Game) -> Check:
        """Measure the game, store the measurements in the run directory, and return the check.

        Its note has "gauges" (finite values), "alarms" (level by gauge) and "complaints" (level by kind).
        Pinned are the last healthy step and the step of the lowest MMD.  It is `enough` if `strict` is set, a
        complaint fails, and there have been at least two checks.
        """
        if self._ground is None:
            self._ground = self.run_setup.ground(game.machine.device)
        averages = game.averages if len(game.averages) else None
        moment = probe(game.nets, self._ground, step=game.step, averages=averages, old=self._old(game.step))
        last = self._moments[-1].step if self._moments else 0
        if game.step // GAP_INTERVAL > last // GAP_INTERVAL:
            gap = self.run_setup.gap(game)
            moment = moment if gap is None else replace(moment, values={**moment.values, "duality_gap": gap})
        write_npz(self._path(game.step), to_arrays(moment))
        return self._judge(moment)

    def _judge(self, moment: Measurement) -> Check:
        self._moments.append(moment)
        rows, players = events.read(self.run.out), find_player_turns(self.run_setup.recipe)
        values = latest_gauges(self._moments, rows, self.run.steps, players)
        self._checks.append(GaugeValues(moment.step, values))
        self.complaints = complaints(self._checks, self.run.steps)
        failing = [complaint for complaint in self.complaints if complaint.level is Level.FAIL]
        self._healthy[moment.step] = is_healthy(self._checks[-1])
        alarms = {f.gauge.name: f.level.name for f in findings(values, GAUGES) if f.level > Level.OK}
        complained = {complaint.kind.value: complaint.level.name for complaint in self.complaints}
        finite = {key: value for key, value in values.items() if math.isfinite(value)}
        return Check(
            {"gauges": finite, "alarms": alarms, "complaints": complained},
            self._pinned_steps(),
            self.strict and bool(failing) and len(self._checks) >= LASTING,
        )

    def _pinned_steps(self) -> frozenset[int]:
        """Return the last healthy step and the best step."""
        top = best_check(self._checks)
        return frozenset([self.last_healthy, *([] if top is None else [top.step])])

    def _old(self, step: int) -> torch.Tensor | None:
        """Return fakes of the last check that is at least 1000 steps ago."""
        past = [moment for moment in self._moments if moment.step <= step - FORGETTING_STEPS]
        return past[-1].samples[:OLD] if past else None

    def _path(self, step: int) -> Path:
        return self.run.out / FOLDER / f"{step:08d}.npz"


def to_arrays(moment: Measurement) -> dict[str, np.ndarray]:
    """Return a measurement as named arrays, with its first 64 samples and its values as JSON bytes."""
    return {
        "cells": moment.cells,
        "histogram": moment.histogram,
        "samples": moment.samples[:OLD].numpy(),
        "values": np.frombuffer(json.dumps(moment.values).encode(), np.uint8),
        "step": np.array(moment.step),
        **{f"path.{turn}": sums for turn, sums in moment.path.items()},
    }


def from_arrays(arrays: Mapping[str, np.ndarray]) -> Measurement:
    """Return the measurement whose arrays `to_arrays` made."""
    sums = {name.removeprefix("path."): array for name, array in arrays.items() if name.startswith("path.")}
    values = migration.gauges(json.loads(arrays["values"].tobytes()))
    samples = torch.from_numpy(arrays["samples"])
    return Measurement(int(arrays["step"]), values, arrays["cells"], arrays["histogram"], sums, samples)


def check_interval(run_setup: DiagnosedRun, game: Game, train_round: Callable[[], None]) -> int:
    """Return the number of training rounds between two checks such that checks take 2 % of the time.

    It is measured: `next_interval` of (seconds of a check) / (0.02 * seconds of a round), each the least of a
    few timings.  `train_round` trains one round and is called 11 times.
    """
    train_round()
    ground = run_setup.ground(game.machine.device)
    seconds = min(seconds_of(game.machine, lambda: probe(game.nets, ground)) for _ in range(3))
    return next_interval(seconds / (SHARE * min(seconds_of(game.machine, train_round) for _ in range(10))))


def next_interval(least: float) -> int:
    """Return the smallest of 10, 20, 50, 100, 200, 500, ... that is at least `least`, at most 5e9."""
    steps = [factor * 10**power for power in range(1, 10) for factor in (1, 2, 5)]
    chosen: int = next((step for step in steps if step >= least), steps[-1])
    return chosen
