"""Training that is repaired: what is tried, from where it goes on, and what is written down."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import NARROW, quick
from tests.unit.engine.test_resume import final
from tests.unit.engine.test_watching import interrupt_after

from sparring.core.errors import Diverged
from sparring.data.toys import mixture, ring8_modes
from sparring.diagnostics.probe import Measurement
from sparring.engine import checkpoints
from sparring.runs import events
from sparring.runs.record import Repair, read_record
from sparring.tasks.doctor import commands as cures
from sparring.tasks.doctor import repair, watch
from sparring.tasks.opening.loaded import load
from sparring.tasks.opening.resolve import resolve_record
from sparring.tasks.train import resume, train

ILL = {"total_variation": 0.8, "missing_modes": 0.7, "reverse_kl": 2.0}
FAULT = {"practice": ("discriminator_steps=0.25",)}
REPAIRED = {
    "data": "ring8", "steps": 20, "doctor": "repair", "doctor_every": 4, "checkpoint_every": 4, "frames": 0,
}  # fmt: skip


class Killed(BaseException):
    """Stands in for the end of the process."""


def trained(out, **changes):
    knobs = {**NARROW, **changes.pop("knobs", {})}
    return train("gan", quick(out, **{**REPAIRED, **changes}), knobs=knobs, quiet=True)


def notes(out):
    return [step for step, _ in events.notes(out, "doctor")]


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A few points on a ring."""
    path = tmp_path_factory.mktemp("few") / "ring.npz"
    np.savez(path, x=mixture(ring8_modes(), 0.02, 300, seed=1).x)
    return f"{path}:x"


@pytest.fixture
def planted(monkeypatch, few):
    """Looks that cost nothing and see what a function of the recipe and the step says; few data."""
    monkeypatch.setitem(REPAIRED, "data", few)

    def plant(says):
        def probe(nets, recipe, *, step=0, averages=None, old=None):
            path = {turn: np.ones(64) for turn in recipe.turns}
            return Measurement(
                step, dict(says(recipe, step)), np.zeros(8), np.ones(8) / 8, path, torch.zeros(8, 2)
            )

        monkeypatch.setattr(watch.DiagnosedRun, "ground", lambda self, device: self.recipe)
        monkeypatch.setattr(watch, "probe", probe)

    return plant


def uneven(recipe, step):
    """Ill from step 12 on where G takes many steps to one of D."""
    return ILL if recipe.turns["G"].repeat > 2 and step >= 12 else {}


def test_a_planted_failure_is_found_and_undone(tmp_path):
    outcome = trained(tmp_path / "run", steps=12, doctor_every=6, repairs=1, **FAULT)
    assert (outcome.step, outcome.stopped) == (12, False)
    (done,) = json.loads((tmp_path / "run" / "run.json").read_text())["repairs"]
    assert "mode collapse" in done.pop("because")
    assert done == {"practice": "discriminator_steps=1", "at": 12, "back_to": 0}
    kept = read_record(tmp_path / "run")
    assert resolve_record(kept).turns["G"].repeat == resolve_record(kept).turns["D"].repeat == 1
    assert kept.run.practice == FAULT["practice"]  # what was asked for stays written
    assert load(tmp_path / "run").trained.step == 12
    assert notes(tmp_path / "run") == [6, 12]


def test_it_goes_back_to_where_all_was_well(tmp_path, planted):
    planted(uneven)
    assert trained(tmp_path / "run", **FAULT).step == 20
    assert read_record(tmp_path / "run").repairs == (Repair("discriminator_steps=1", "mode collapse", 16, 8),)
    assert notes(tmp_path / "run") == [4, 8, 12, 16, 20]
    assert sorted(path.stem for path in (tmp_path / "run" / "doctor").iterdir()) == [
        f"{step:08d}" for step in notes(tmp_path / "run")
    ]


def test_from_there_on_it_is_the_mended_recipe_on_the_same_weights(tmp_path, planted):
    planted(uneven)
    trained(tmp_path / "run", **FAULT)
    trained(tmp_path / "begun", steps=8, doctor="off", **FAULT)
    kept = read_record(tmp_path / "begun")
    done = read_record(tmp_path / "run").repairs
    replace(kept, run=replace(kept.run, steps=20), repairs=done).write(tmp_path / "begun")
    resume(tmp_path / "begun", quiet=True)
    assert tensors(tmp_path / "begun").keys() == tensors(tmp_path / "run").keys()
    assert all(
        torch.equal(value, tensors(tmp_path / "run")[key])
        for key, value in tensors(tmp_path / "begun").items()
    )


def tensors(out):
    return checkpoints.load(out / "checkpoints")[1]


def test_decisions_are_the_same_twice(tmp_path, planted):
    planted(lambda recipe, step: ILL if step >= 12 else {})
    for name in "ab":
        trained(tmp_path / name, repairs=2, **FAULT)
    tried = [one.practice for one in read_record(tmp_path / "a").repairs]
    assert tried == ["discriminator_steps=1", "r1=0.1"]
    assert read_record(tmp_path / "a").repairs == read_record(tmp_path / "b").repairs
    assert events.notes(tmp_path / "a", "doctor") == events.notes(tmp_path / "b", "doctor")
    assert final(tmp_path / "a") == final(tmp_path / "b")


def test_plain_faults_are_set_right_at_once(tmp_path, planted):
    planted(uneven)
    trained(tmp_path / "run", practice=("discriminator_steps=0.25", "generator_loss=minimax"))
    both = [Repair(name, "mode collapse", 16, 8) for name in ("generator_loss=ns", "discriminator_steps=1")]
    assert list(read_record(tmp_path / "run").repairs) == both
    trained(tmp_path / "once", practice=("discriminator_steps=0.25", "generator_loss=minimax"), repairs=1)
    assert [one.practice for one in read_record(tmp_path / "once").repairs] == ["generator_loss=ns"]


def test_a_remedy_that_a_net_of_ones_own_cannot_bear_is_passed_over(tmp_path, planted, monkeypatch):
    planted(lambda recipe, step: ILL if step >= 12 else {})

    def fails(course):
        if course.record.repairs[-1].practice.startswith("r1"):
            raise TypeError("forward() takes two latents")
        rehearsed(course)

    rehearsed = repair._rehearse
    monkeypatch.setattr(repair, "_rehearse", fails)
    trained(tmp_path / "run", repairs=1)
    assert [one.practice for one in read_record(tmp_path / "run").repairs] == ["packed=2"]


def test_nothing_is_done_to_a_run_that_is_well_or_may_not_be_mended(tmp_path, planted):
    planted(lambda recipe, step: {})
    trained(tmp_path / "well", **FAULT)
    planted(uneven)
    trained(tmp_path / "left", repairs=0, **FAULT)
    assert read_record(tmp_path / "well").repairs == read_record(tmp_path / "left").repairs == ()
    assert final(tmp_path / "well") == final(tmp_path / "left")
    assert "mode collapse" in events.notes(tmp_path / "left", "doctor")[-1][1]["complaints"]


def test_where_nothing_is_left_to_try_it_goes_on_watched(tmp_path, planted):
    planted(lambda recipe, step: {"range_gap": 0.9} if step >= 12 else {})  # nobody knows a remedy for that
    assert trained(tmp_path / "run").step == 20
    kept = read_record(tmp_path / "run")
    assert (kept.repairs, kept.run.repairs) == ((), 0)
    assert notes(tmp_path / "run") == [4, 8, 12, 16, 20]


def test_after_its_last_remedy_a_run_goes_on(tmp_path, planted):
    planted(lambda recipe, step: ILL if step >= 12 else {})
    assert trained(tmp_path / "run", repairs=1, **FAULT).step == 20
    assert [one.practice for one in read_record(tmp_path / "run").repairs] == ["discriminator_steps=1"]


def test_a_remedy_may_change_the_nets(tmp_path, planted):
    planted(lambda recipe, step: ILL if step >= 12 else {})
    trained(tmp_path / "run", repairs=2)
    assert [one.practice for one in read_record(tmp_path / "run").repairs] == ["r1=0.1", "packed=2"]
    assert load(tmp_path / "run").sample(5).shape == (5, 2)


def test_a_batch_that_cannot_be_packed_gets_another_remedy(tmp_path, planted):
    planted(lambda recipe, step: ILL if step >= 12 else {})
    assert trained(tmp_path / "run", repairs=3, batch=15).step == 20
    assert [one.practice for one in read_record(tmp_path / "run").repairs] == ["r1=0.1"]


def test_killed_at_the_decision_and_resumed_is_bit_equal(tmp_path, planted, monkeypatch):
    planted(uneven)
    trained(tmp_path / "whole", **FAULT)
    for moment in ("before", "amid", "after"):
        out = tmp_path / moment
        with monkeypatch.context() as patch:
            kill_at_the_decision(patch, moment)
            with pytest.raises(Killed):
                trained(out, **FAULT)
        assert len(read_record(out).repairs) == (moment == "after")
        assert resume(out, quiet=True).step == 20
        assert read_record(out).repairs == read_record(tmp_path / "whole").repairs
        assert events.notes(out, "doctor") == events.notes(tmp_path / "whole", "doctor")
        assert final(out) == final(tmp_path / "whole")


def kill_at_the_decision(patch, moment):
    """Before anything is done, when checkpoints are gone but nothing is written, or right after that."""
    back, forget = repair._back, checkpoints.remove_after

    def killed(*given):
        if moment == "after":
            back(*given)
        elif moment == "amid":
            patch.setattr(checkpoints, "remove_after", lambda *where: (forget(*where), fall())[0])
            back(*given)
        fall()

    patch.setattr(repair, "_back", killed)


def fall():
    raise Killed


def test_a_wish_to_stop_at_the_decision_is_heard(tmp_path, planted, monkeypatch):
    planted(uneven)
    trained(tmp_path / "whole", **FAULT)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 16)
        assert trained(tmp_path / "run", **FAULT).stopped
    assert checkpoints.steps(tmp_path / "run" / "checkpoints")[-1] == 8
    assert resume(tmp_path / "run", quiet=True).step == 20
    assert final(tmp_path / "run") == final(tmp_path / "whole")


def test_a_run_that_diverges_is_mended(tmp_path, planted):
    planted(lambda recipe, step: {})
    wild = {"turns.D.optim.lr": 1e9, "turns.G.optim.lr": 1e9}
    outcome = trained(tmp_path / "run", knobs=wild)
    done = read_record(tmp_path / "run").repairs
    assert done[0].practice == "rates_at_most=1e-3"
    assert done[0].because == "divergence"
    assert outcome.step == 20
    with pytest.raises(Diverged):
        trained(tmp_path / "left", knobs=wild, repairs=0)
    with pytest.raises(Diverged):
        trained(tmp_path / "seen", knobs=wild, doctor="watch")


def test_a_run_that_diverges_soon_after_a_stop_goes_back_to_where_it_was_well(tmp_path, planted, monkeypatch):
    planted(lambda recipe, step: {})
    with monkeypatch.context() as patch:
        interrupt_after(patch, 10)
        trained(tmp_path / "run")
    kept = read_record(tmp_path / "run")
    rates = {f"turns.{turn}.optim.lr": 1e9 for turn in "DG"}
    replace(kept, knobs={**kept.knobs, **rates}).write(tmp_path / "run")
    resume(tmp_path / "run", quiet=True)
    (done,) = read_record(tmp_path / "run").repairs
    assert (done.practice, done.because, done.back_to) == ("rates_at_most=1e-3", "divergence", 8)


def test_divergence_is_raised_where_no_remedy_is_left(tmp_path, planted, monkeypatch):
    planted(lambda recipe, step: {})
    monkeypatch.setattr(cures, "remedies", lambda *given: [])
    with pytest.raises(Diverged):
        trained(tmp_path / "run", knobs={"turns.D.optim.lr": 1e9, "turns.G.optim.lr": 1e9})
