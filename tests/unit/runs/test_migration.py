"""Runs and words of earlier versions are read by the present names.

`run_before_second_edition/` was trained by the version before the names changed: BiGAN on digits of 8x8
with `--with critic_steps=2 --with instance_noise=0.1 --doctor watch`, knobs called `critic` and
`deviation`, and a repair by `critic_steps=1`.  `samples_before_second_edition.npz` holds what that version
drew from it with `--n 4 --seed 3`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import sparring
from sparring.core.run import Run
from sparring.practice.catalogue import PRACTICES, parse_practice
from sparring.runs import events, migration
from sparring.runs.record import read_record
from sparring.tasks.doctor.diagnosis import diagnosis
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.resolve import resolve

HERE = Path(__file__).parent
OLD = HERE / "run_before_second_edition"


def test_an_old_run_is_read_by_the_present_names():
    record = read_record(OLD)
    assert record.run.practice == ("discriminator_steps=2", "instance_noise=0.1")
    assert (record.run.doctor, record.run.repairs) == ("watch", 5)
    assert [repair.practice for repair in record.repairs] == ["discriminator_steps=1"]


def test_an_old_run_draws_what_it_drew():
    with np.load(HERE / "samples_before_second_edition.npz") as stored:
        before = stored["x"].astype(int)
    now = sparring.load(OLD).sample(4, seed=3).astype(int)
    assert np.abs(now - before).max() <= 1  # another processor rounds otherwise


def test_an_old_run_goes_on_and_is_written_by_the_present_names(tmp_path):
    run = shutil.copytree(OLD, tmp_path / "run")
    assert sparring.resume(run, steps=8, quiet=True).step == 8
    body = json.loads((run / "run.json").read_text())
    assert not {"mended", "mends"} & {*body, *body["run"]}
    assert not any("critic" in path or "deviation" in path for path in body["recipe"]["knobs"])


def test_the_doctors_notes_of_an_old_run_are_read():
    assert {"gradient_ratio", "gradient"} <= events.notes(OLD, "doctor")[-1][1]["gauges"].keys()
    assert diagnosis(OLD).step == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("critic_steps=0.5", "discriminator_steps=0.5"),
        ("minibatch_deviation", "minibatch_stddev"),
        ("instance_noise=deviation=0.3", "instance_noise=std=0.3"),
        ("loss_gate=critic=0.5,generator=1", "loss_gate=discriminator=0.5,generator=1"),
        ("r1=gamma=2", "r1=gamma=2"),
    ],
)
def test_a_practice_by_its_former_name_is_the_same(old, new):
    assert migration.practice(old) == new
    assert parse_practice(old) == parse_practice(new)


def test_knobs_by_their_former_paths_are_set():
    run = Run("", Path(), practice=("instance_noise",))
    recipe = resolve(recipe_named("bigan"), run, {"nets.D.critic.width": 8, "nets.D.entry.deviation": 0.3})
    assert recipe.nets["D"].inner.discriminator.width == 8
    assert recipe.nets["D"].entry.std == 0.3


def test_a_knob_that_is_known_as_it_is_stays():
    assert migration.knobs({"nets.D.critic": 1, "a.critic": 2}, {"nets.D.critic"}) == {
        "nets.D.critic": 1, "a.discriminator": 2,
    }  # fmt: skip


def test_no_present_name_is_a_former_one():
    assert not PRACTICES.keys() & migration.PRACTICES.keys()
    assert {*migration.PRACTICES.values()} <= PRACTICES.keys()
    for table in migration.TABLES.values():
        assert not table.keys() & {*table.values()}
