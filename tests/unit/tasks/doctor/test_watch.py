"""A doctor who looks on: what is seen, that nothing is disturbed, that nothing is forgotten by a stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import NARROW, quick
from tests.unit.engine.test_resume import final
from tests.unit.engine.test_watching import interrupt_after

from sparring.cli import main
from sparring.diagnostics.finding import Level
from sparring.diagnostics.gauges import GAUGES
from sparring.engine import checkpoints
from sparring.runs import events
from sparring.runs.files import read_npz
from sparring.runs.record import read_record
from sparring.runs.split import load_run_data
from sparring.tasks.doctor import watch
from sparring.tasks.doctor.watch import (
    OLD,
    DiagnosedRun,
    DoctorMonitor,
    check_interval,
    from_arrays,
    next_interval,
    to_arrays,
)
from sparring.tasks.opening.loaded import load
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.setup import RunSetup
from sparring.tasks.train import resume, train

WATCHED = {"data": "ring8", "steps": 10, "doctor": "watch", "doctor_every": 4, "frames": 0}


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A run that was looked at after 4, 8 and 10 steps."""
    out = tmp_path_factory.mktemp("watched") / "run"
    train("gan", quick(out, **WATCHED), knobs=NARROW, quiet=True)
    return out


def patient(folder):
    kept = read_record(folder)
    course = RunSetup(kept, recipe_named(kept.recipe), load_run_data(kept.run, recipe_named(kept.recipe)))
    return course, DiagnosedRun(course.recipe, kept.space, course.found, kept.run.seed)


def test_watching_changes_no_bit_of_the_training(watched, tmp_path):
    train("gan", quick(tmp_path / "run", **{**WATCHED, "doctor": "off"}), knobs=NARROW, quiet=True)
    alone, seen = (checkpoints.load(folder / "checkpoints")[1] for folder in (tmp_path / "run", watched))
    assert alone.keys() == seen.keys()
    assert all(torch.equal(alone[key], seen[key]) for key in alone)


def test_what_is_noted_is_what_was_measured(watched):
    notes = events.notes(watched, "doctor")
    assert [step for step, _ in notes] == [4, 8, 10]
    for step, note in notes:
        moment = from_arrays(read_npz(watched / "doctor" / f"{step:08d}.npz"))
        assert moment.step == step
        gauges = {key: value for key, value in note["gauges"].items() if key in moment.values}
        differing = [key for key in gauges if gauges[key] != moment.values[key]]
        assert set(differing) <= {
            "accuracy_high",
            "accuracy_low",
            "accuracy",
            "weak_discriminator",
        }  # read over looks
        assert set(note["alarms"]) <= {gauge.name for gauge in GAUGES}
        assert {*note["alarms"].values(), *note["complaints"].values()} <= {"WARN", "FAIL"}
    assert notes[0][1]["gauges"]["missing_modes"] > 0  # after 4 steps nobody covers the ring
    assert "mode collapse" in notes[-1][1]["complaints"]


def test_a_watched_run_only_watches(watched):
    assert read_record(watched).repairs == ()
    assert load(watched).trained.step == 10


def test_the_duality_gap_is_measured_every_so_often_and_its_rises_are_counted(watched, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "GAP_INTERVAL", 3)
    train("gan", quick(tmp_path / "run", **WATCHED), knobs=NARROW, quiet=True)
    gauges = [note["gauges"] for _, note in events.notes(tmp_path / "run", "doctor")]
    gaps = [found["duality_gap"] for found in gauges]
    assert len(set(gaps)) == 3
    assert min(gaps) > 0
    assert "duality_rises" not in gauges[0]
    assert gauges[1]["duality_rises"] == (gaps[1] > gaps[0])
    alone, seen = (checkpoints.load(folder / "checkpoints")[1] for folder in (tmp_path / "run", watched))
    assert all(torch.equal(alone[key], seen[key]) for key in alone)


def test_stopped_and_resumed_it_is_watched_as_if_nothing_had_been(watched, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 5)
        assert train("gan", quick(tmp_path / "run", **WATCHED), knobs=NARROW, quiet=True).stopped
    assert [step for step, _ in events.notes(tmp_path / "run", "doctor")] == [4]
    assert resume(tmp_path / "run", quiet=True).step == 10
    assert events.notes(tmp_path / "run", "doctor") == events.notes(watched, "doctor")
    assert final(tmp_path / "run") == final(watched)
    mine, theirs = ((folder / "doctor").iterdir() for folder in (tmp_path / "run", watched))
    assert sorted(path.name for path in mine) == sorted(path.name for path in theirs)


def test_looks_of_a_future_that_did_not_come_are_dropped(watched, tmp_path):
    course, ill = patient(watched)
    run = replace(course.record.run, out=tmp_path)
    (tmp_path / "doctor").mkdir()
    for path in (watched / "doctor").iterdir():
        (tmp_path / "doctor" / path.name).write_bytes(path.read_bytes())
    DoctorMonitor(ill, run, 4).remember(8)
    assert sorted(path.stem for path in (tmp_path / "doctor").iterdir()) == ["00000004", "00000008"]


def test_the_ground_is_the_same_whenever_it_is_made(watched):
    _, ill = patient(watched)
    early = ill.ground("cpu")
    torch.rand(5)
    np.random.rand(5)
    late = ill.ground("cpu")
    for name in ("z", "real", "held"):
        assert torch.equal(getattr(early, name), getattr(late, name))
    assert np.array_equal(early.cells.shares, late.cells.shares)
    assert (early.scale, early.floor, early.logits) == (late.scale, late.floor, late.logits)


def test_a_moment_outlasts_the_disk(watched, tmp_path):
    moment = from_arrays(read_npz(watched / "doctor" / "00000008.npz"))
    again = from_arrays(to_arrays(replace(moment, values={**moment.values, "signal": np.nan})))
    assert np.isnan(again.values.pop("signal"))
    assert again.values == {key: value for key, value in moment.values.items() if key != "signal"}
    assert (again.step, again.path.keys()) == (8, {"D", "G"})
    assert np.array_equal(again.cells, moment.cells)
    assert np.array_equal(again.histogram, moment.histogram)
    assert again.samples.shape == (OLD, 2)
    assert torch.equal(again.samples, moment.samples)


def test_complaints_are_remembered_from_an_earlier_sitting(watched):
    course, ill = patient(watched)
    found = DoctorMonitor(ill, course.record.run, 4)
    assert (found.complaints, found.last_healthy) == ([], 0)
    found.remember(10)
    said = {one.kind.value: one.level.name for one in found.complaints}
    assert said == events.notes(watched, "doctor")[-1][1]["complaints"]
    assert any(one.level is Level.FAIL for one in found.complaints)


@pytest.mark.parametrize(
    ("least", "steps"), [(0, 10), (10, 10), (10.5, 20), (21, 50), (101, 200), (1e30, 5 * 10**9)]
)
def test_intervals_are_round_and_no_shorter_than_they_must_be(least, steps):
    assert next_interval(least) == steps


@pytest.mark.parametrize(("look", "played", "every"), [(1.0, 100.0, 10), (0.1, 0.01, 500)])
def test_an_interval_grows_with_what_a_look_costs_beside_a_round(monkeypatch, watched, look, played, every):
    course, ill = patient(watched)
    taken = iter([look] * 3 + [played] * 10)
    monkeypatch.setattr(watch, "seconds_of", lambda machine, what: next(taken))
    assert check_interval(ill, course.trainer().game, lambda: None) == every


BAD = {
    "a doctor for translators": ("train cyclegan --data {two}:x:y --doctor watch", "leave --doctor out"),
    "too few data": ("train gan --data {npz}:x --doctor repair", "give 64 or more"),
    "looks that never come": ("train gan --data ring8 --doctor watch --doctor-every 0", "--doctor-every 0"),
    "repairs below zero": ("train gan --data ring8 --doctor repair --repairs=-1", "--repairs -1"),
    "a doctor unknown": ("train gan --data ring8 --doctor cure", "--doctor"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case, tmp_path, capfd):
    words, told = BAD[case]
    np.savez(tmp_path / "few.npz", x=np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8))
    rows = np.random.default_rng(0).integers(0, 256, (100, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "two.npz", x=rows, y=np.arange(100) % 2)
    out = tmp_path / "run"
    words = words.format(npz=tmp_path / "few.npz", two=tmp_path / "two.npz").split()
    assert main([*words, "--steps", "2", "--out", str(out)]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("sparring: ")
    assert told in line
    assert not out.exists()
