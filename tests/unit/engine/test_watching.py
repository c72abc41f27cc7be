"""A trainer and who looks on: when there are looks, which checkpoints stay, and that it stops where told."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest
import torch
from tests.conftest import NARROW, quick

from sparring.engine import checkpoints
from sparring.engine.game import Game
from sparring.engine.watching import Check
from sparring.runs import events
from sparring.runs.record import read_record
from sparring.runs.split import load_run_data
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.setup import RunSetup
from sparring.tasks.train import train


class Onlooker:
    """Pins some steps from when they are reached, and has enough of one; `at` are the steps of its looks."""

    def __init__(self, every=3, pins=(), enough=None, then=None):
        self.every, self.pins, self.enough, self.then = every, pins, enough, then
        self.at = []

    def check(self, game):
        self.at.append(game.step)
        if self.then is not None:
            self.then(game)
        pinned = frozenset(step for step in self.pins if step <= game.step)
        return Check({"seen": game.step}, pinned, game.step == self.enough)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A run of one step, to be played in other folders with other numbers of steps."""
    out = tmp_path_factory.mktemp("course") / "run"
    train("gan", quick(out, data="ring8", steps=1, frames=0), knobs=NARROW, quiet=True)
    kept = read_record(out)
    base = recipe_named(kept.recipe)
    return RunSetup(kept, base, load_run_data(kept.run, base))


def trainer(course, out, watcher, **changes):
    run = replace(course.record.run, out=out, **changes)
    return replace(course, record=replace(course.record, run=run)).trainer(watcher)


def there(out):
    return checkpoints.steps(out / "checkpoints")


def interrupt_after(monkeypatch, step):
    """Ask to stop, once, when that many rounds are played."""
    plain = Game.round

    def played(game, draw):
        plain(game, draw)
        if game.step == step:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Game, "round", played)


def test_looks_come_every_so_often_and_after_the_last_round(course, tmp_path):
    watcher = Onlooker(every=3)
    assert trainer(course, tmp_path, watcher, steps=7).go(quiet=True).step == 7
    assert watcher.at == [3, 6, 7]
    assert events.notes(tmp_path, "doctor") == [(step, {"seen": step}) for step in watcher.at]
    assert all("doctor" not in row for row in events.read(tmp_path))


def test_pinned_checkpoints_stay_as_long_as_they_are_pinned(course, tmp_path):
    trainer(course, tmp_path, Onlooker(3, pins=(3,)), steps=12, checkpoint_every=2).go(quiet=True)
    assert there(tmp_path) == [3, 10, 12]


def test_a_pin_that_moves_on_lets_go(course, tmp_path):
    class Latest(Onlooker):
        def check(self, game):
            return replace(super().check(game), pinned=frozenset([game.step]))

    trainer(course, tmp_path, Latest(5), steps=12, checkpoint_every=2).go(quiet=True)
    assert there(tmp_path) == [10, 12]


def test_pins_outlast_a_stop(course, tmp_path, monkeypatch):
    settings = {"steps": 12, "checkpoint_every": 1}
    with monkeypatch.context() as patch:
        interrupt_after(patch, 7)
        assert trainer(course, tmp_path, Onlooker(3, pins=(3,)), **settings).go(quiet=True).stopped
    again = trainer(course, tmp_path, Onlooker(6, pins=(3,)), **settings)
    assert again.resume() == 7
    seen = []
    again.monitor.then = lambda _: seen.append(there(tmp_path))
    again.go(quiet=True)
    assert seen == [[3, 10, 11]]


def test_it_stops_where_its_watcher_has_seen_enough(course, tmp_path):
    outcome = trainer(course, tmp_path, Onlooker(3, enough=6), steps=12, checkpoint_every=4).go(quiet=True)
    assert (outcome.step, outcome.enough, outcome.stopped) == (6, True, False)


def test_a_wish_to_stop_is_not_lost_where_the_watcher_has_enough(course, tmp_path):
    watcher = Onlooker(3, enough=6, then=lambda game: game.step == 6 and signal.raise_signal(signal.SIGINT))
    outcome = trainer(course, tmp_path, watcher, steps=12).go(quiet=True)
    assert (outcome.step, outcome.enough, outcome.stopped) == (6, True, True)


def test_a_look_that_draws_no_chance_changes_nothing(course, tmp_path):
    for name, watcher in (("watched", Onlooker(2, pins=(2,))), ("alone", None)):
        trainer(course, tmp_path / name, watcher, steps=9, checkpoint_every=4).go(quiet=True)
    found = [checkpoints.load(tmp_path / name / "checkpoints")[1] for name in ("watched", "alone")]
    assert found[0].keys() == found[1].keys()
    assert all(torch.equal(found[0][key], found[1][key]) for key in found[0])
