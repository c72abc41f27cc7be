"""What it costs to watch a run: rounds against the doctor's looks and duality gaps, interleaved."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from benchmarks.cases import Case, cases
from benchmarks.steps import machine_for
from sparring.data.holdout import digests, holdout_mask
from sparring.diagnostics.probe import probe
from sparring.runs.split import RunData
from sparring.tasks.doctor.watch import GAP_INTERVAL, DiagnosedRun, check_interval

TIMES, HELD = 3, 0.1
CASES = ("dcgan 16x16", "gan, ring8")


def measured() -> list[dict[str, object]]:
    """One row a case: steps between two looks, seconds of a round, a look and a gap, share of the time."""
    return [_row(case) for case in cases() if case.name in CASES]


def _row(case: Case) -> dict[str, object]:
    machine = machine_for(case)
    with machine.activate():
        game, once = case.engine(machine)
        patient = DiagnosedRun(case.recipe, case.space, _material(case), 0)
        every = check_interval(patient, game, once)
        held = patient.ground(machine.device)
        rounds, looks, gaps = [], [], []
        for _ in range(TIMES):
            started = time.perf_counter()
            for _ in range(every):
                once()
            rounds.append(time.perf_counter() - started)
            started = time.perf_counter()
            probe(game.nets, held)
            looks.append(time.perf_counter() - started)
            started = time.perf_counter()
            patient.gap(game)
            gaps.append((time.perf_counter() - started) * every / GAP_INTERVAL)
    taken = [look + gap for look, gap in zip(looks, gaps, strict=True)]
    shares = sorted(doctor / (doctor + played) for doctor, played in zip(taken, rounds, strict=True))
    return {
        "case": case.name,
        "every": every,
        "round_seconds": round(median(rounds) / every, 6),
        "look_seconds": round(median(looks), 4),
        "gap_seconds": round(median(gaps) * GAP_INTERVAL / every, 3),
        "gap_every": GAP_INTERVAL,
        "share": round(median(shares), 4),
        "shares": [round(share, 4) for share in shares],
    }


def _material(case: Case) -> RunData:
    marks = digests(case.data.x)
    aside = holdout_mask(marks, HELD)
    return RunData(case.data, marks, np.flatnonzero(~aside), np.flatnonzero(aside), case.space)
