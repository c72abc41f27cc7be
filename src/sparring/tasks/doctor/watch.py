"""The doctor at a run that is being trained."""

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
from sparring.diagnostics.duality import duality_gap, two_players
from sparring.diagnostics.finding import Level, findings
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.history import lately
from sparring.diagnostics.probe import Ground, Moment, ground, probe
from sparring.diagnostics.verdict import LASTING, Complaint, Seen, best, complaints, well
from sparring.engine.game import Game
from sparring.engine.machine import timed
from sparring.engine.trainer import drawn
from sparring.engine.watching import Look
from sparring.runs import events
from sparring.runs.files import read_npz, write_npz
from sparring.runs.split import Material

FOLDER = "doctor"
"""Where a run keeps what its doctor remembers."""

PICTURES, POINTS, DATA = 256, 512, 1024
"""Fixed latents that are looked at, pictures or points, and data, at most, that they are held against."""

PACKS = 8
"""Data come in a multiple of it, so that critics that judge two, four or eight at once can judge them all."""

OLD, FORGOTTEN = 64, 1000
"""Fakes of each look that are remembered, and steps after which D should still know them."""

SHARE = 0.02
"""Of a run's time, that the doctor's looks may take."""

PLAYED_ON = 20_000
"""Steps between two measures of the duality gap, which costs some 55 rounds: looks leave no time for more."""


@dataclass(frozen=True)
class Patient:
    """What a doctor must know of a run beside its nets."""

    recipe: Recipe
    space: Space
    material: Material
    seed: int

    def ground(self, device: str) -> Ground:
        """What all looks are held against, the same whenever it is made."""
        count = PICTURES if self.space.pictures else POINTS
        z = self.recipe.latent.sample(count, torch.Generator().manual_seed(self.seed + 1)).to(device)
        real, y = self._drawn(self.material.training, device)
        aside = self._drawn(self.material.held, device) if len(self.material.held) else (None, None)
        return ground(self.recipe, self.space, z, real, aside[0], y=y, held_y=aside[1])

    def gap(self, game: Game) -> float | None:
        """The game's duality gap; None where it has not the two players that it is between."""
        if not two_players(self.recipe):
            return None
        machine = game.machine
        batch = min(self.recipe.batch, len(self.material.training))
        feed = Feed(
            self.material.dataset, self.material.training, batch,
            seed=self.seed, device=machine.device, domains=self.recipe.domains,
        )  # fmt: skip
        draw = drawn(feed, self.recipe, torch.Generator(machine.device).manual_seed(self.seed), machine)
        try:
            return duality_gap(self.recipe, game.nets, self.space, draw, machine=machine)
        except Diverged:
            return math.inf

    def _drawn(self, index: np.ndarray, device: str) -> tuple[torch.Tensor, np.ndarray | None]:
        count = min(DATA, len(index))
        count = count // PACKS * PACKS or count
        feed = Feed(self.material.dataset, index, count, seed=self.seed, device=device)
        x, y = feed.draw()
        return x, None if y is None else y.cpu().numpy()


@final
class Watch:
    """Looks every so many rounds; with `strict` it has seen enough when something fails."""

    def __init__(self, patient: Patient, run: Run, every: int, *, strict: bool = False) -> None:
        self.patient, self.run, self.every, self.strict = patient, run, every, strict
        self.complaints: list[Complaint] = []
        self._ground: Ground | None = None
        self._moments: list[Moment] = []
        self._seen: list[Seen] = []
        self._pinned: dict[int, bool] = {}
        """Steps looked at, and whether all was well then."""

    @property
    def well(self) -> int:
        """The last step at which all was well, or 0."""
        return max((step for step, was_well in self._pinned.items() if was_well), default=0)

    def remember(self, step: int) -> None:
        """Take up the looks of an earlier call, and drop those after `step`, whose future did not come."""
        folder = self.run.out / FOLDER
        for path in sorted(folder.glob("*.npz")) if folder.is_dir() else []:
            if int(path.stem) > step:
                path.unlink()
            else:
                self._judged(unpacked(read_npz(path)))

    def look(self, game: Game) -> Look:
        """Measure, remember, judge."""
        if self._ground is None:
            self._ground = self.patient.ground(game.machine.device)
        averages = game.averages if len(game.averages) else None
        moment = probe(game.nets, self._ground, step=game.step, averages=averages, old=self._old(game.step))
        last = self._moments[-1].step if self._moments else 0
        if game.step // PLAYED_ON > last // PLAYED_ON:
            gap = self.patient.gap(game)
            moment = moment if gap is None else replace(moment, values={**moment.values, "duality_gap": gap})
        write_npz(self._place(game.step), packed(moment))
        return self._judged(moment)

    def _judged(self, moment: Moment) -> Look:
        self._moments.append(moment)
        values = lately(self._moments, events.read(self.run.out), self.run.steps)
        self._seen.append(Seen(moment.step, values))
        self.complaints = complaints(self._seen, self.run.steps)
        failing = [one for one in self.complaints if one.level is Level.FAIL]
        self._pinned[moment.step] = well(self._seen[-1])
        alarms = {f.gauge.name: f.level.name for f in findings(values, GAUGES) if f.level > Level.OK}
        said = {one.kind.value: one.level.name for one in self.complaints}
        known = {key: value for key, value in values.items() if math.isfinite(value)}
        return Look(
            {"gauges": known, "alarms": alarms, "complaints": said},
            self._kept(),
            self.strict and bool(failing) and len(self._seen) >= LASTING,
        )

    def _kept(self) -> frozenset[int]:
        """The last step at which all was well, and the best one."""
        top = best(self._seen)
        return frozenset([self.well, *([] if top is None else [top.step])])

    def _old(self, step: int) -> torch.Tensor | None:
        """Fakes of the last look that is long enough ago."""
        past = [moment for moment in self._moments if moment.step <= step - FORGOTTEN]
        return past[-1].samples[:OLD] if past else None

    def _place(self, step: int) -> Path:
        return self.run.out / FOLDER / f"{step:08d}.npz"


def packed(moment: Moment) -> dict[str, np.ndarray]:
    """A moment as named arrays, of its samples the first 64."""
    return {
        "cells": moment.cells,
        "histogram": moment.histogram,
        "samples": moment.samples[:OLD].numpy(),
        "values": np.frombuffer(json.dumps(moment.values).encode(), np.uint8),
        "step": np.array(moment.step),
        **{f"path.{turn}": sums for turn, sums in moment.path.items()},
    }


def unpacked(arrays: Mapping[str, np.ndarray]) -> Moment:
    """The moment that `packed` named."""
    sums = {name.removeprefix("path."): array for name, array in arrays.items() if name.startswith("path.")}
    values = json.loads(arrays["values"].tobytes())
    samples = torch.from_numpy(arrays["samples"])
    return Moment(int(arrays["step"]), values, arrays["cells"], arrays["histogram"], sums, samples)


def interval(patient: Patient, game: Game, once: Callable[[], None]) -> int:
    """Rounds between two looks that cost a fiftieth of the time, measured; `once` plays a round."""
    once()
    held = patient.ground(game.machine.device)
    look = min(timed(game.machine, lambda: probe(game.nets, held)) for _ in range(3))
    return rounded(look / (SHARE * min(timed(game.machine, once) for _ in range(10))))


def rounded(least: float) -> int:
    """The next of 10, 20, 50, 100, 200, 500 and so on."""
    steps = [factor * 10**power for power in range(1, 10) for factor in (1, 2, 5)]
    found: int = next((step for step in steps if step >= least), steps[-1])
    return found
