"""What losses alone tell, on curves whose trouble is known and on those of real runs."""

from __future__ import annotations

import csv
import json
from math import log
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import NARROW, quick

import sparring
from sparring import api
from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.tasks.doctor.loss_columns import Columns, read_curves
from sparring.tasks.doctor.loss_file import diagnose_losses

N = 400


def noise(size: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2, N)) * size


def played() -> tuple[np.ndarray, np.ndarray]:
    """A game in which D is ahead and G keeps up."""
    d, g = noise(0.08)
    return 1.1 + d, 1.0 + g


def written(path: Path, d: np.ndarray, g: np.ndarray, names: tuple[str, ...] = ("step", "D", "G")) -> Path:
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        table.writerows(zip(range(10, 10 * len(d) + 1, 10), d, g, strict=True))
    return path


def titles(path: Path, game: api.GameKind = "log") -> dict[str, str]:
    return {one.title: one.complaint.level.name for one in diagnose_losses(path, game=game).troubles}


def test_a_game_that_is_played_is_healthy(tmp_path, capsys):
    path = written(tmp_path / "a.csv", *played())
    assert titles(path) == {}
    assert main(["diagnose", str(path)]) == 0
    assert "healthy" in capsys.readouterr().out


def test_numbers_that_are_not_finite(tmp_path):
    d, g = played()
    d[380:] = np.nan
    assert titles(written(tmp_path / "a.csv", d, g)) == {"divergence, since step 4,000": "FAIL"}
    assert main(["diagnose", str(tmp_path / "a.csv"), "--html", str(tmp_path / "a.html")]) == 1
    assert "divergence" in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize("game", ["log", "other"])
def test_losses_that_explode(tmp_path, game):
    d, g = played()
    d[200:] *= np.geomspace(1, 1e5, 200)
    found = titles(written(tmp_path / "a.csv", d, g), game)
    assert "divergence" in {title.split(",")[0] for title, level in found.items() if level == "FAIL"}


def test_a_critic_that_wins_for_good_but_not_one_that_won_for_a_while(tmp_path):
    d, g = played()
    d[50:150], g[50:150] = 1e-3, 8.0
    assert titles(written(tmp_path / "a.csv", d, g)) == {}
    d[200:], g[200:] = 1e-3, 8.0
    found = titles(written(tmp_path / "b.csv", d, g))
    assert found == {"the discriminator wins, since step 2,400": "FAIL"}


def test_both_flat_at_equilibrium_may_be_either(tmp_path):
    d, g = noise(0.004)
    found = diagnose_losses(written(tmp_path / "a.csv", log(4) + d, log(2) + g))
    assert titles(tmp_path / "a.csv") == {"both losses at equilibrium, since step 200": "WARN"}
    assert any("converged" in cause for cause in found.troubles[0].causes)
    assert any("dead" in cause for cause in found.troubles[0].causes)
    mean = written(tmp_path / "b.csv", log(2) + d, log(2) + g)  # L_D as a mean over data and fakes
    assert list(titles(mean)) == ["both losses at equilibrium, since step 200"]


def test_a_generator_that_fools_the_critic_but_not_one_that_catches_up(tmp_path):
    d, g = noise(0.03)
    way = np.linspace(0, 1, N)
    fooled = titles(written(tmp_path / "a.csv", 1.2 + 1.5 * way + d, 1.0 - 0.9 * way + g))
    assert [(title.split(",")[0], level) for title, level in fooled.items()] == [
        ("the discriminator loses", "FAIL")
    ]
    catching = written(tmp_path / "b.csv", 0.5 + 0.7 * way + d, 3 - 2 * way + g)
    assert titles(catching) == {}


def test_a_cycle(tmp_path):
    d, g = noise(0.05)
    turn = 2 * np.pi * np.arange(N) / 25
    found = titles(written(tmp_path / "a.csv", 1.0 + 0.4 * np.sin(turn) + d, 1.0 + 0.4 * np.cos(turn) + g))
    assert list(found.values()) == ["WARN"]
    assert next(iter(found)).startswith("oscillation")


def test_another_game_is_not_held_against_log_four(tmp_path):
    d, g = noise(0.004)
    assert titles(written(tmp_path / "a.csv", log(4) + d, log(2) + g), "other") == {}
    assert titles(written(tmp_path / "b.csv", -5 + d, 2 + g), "other") == {}


def test_the_losses_of_real_runs(tmp_path):
    """A game of the house; and one whose D learns far too fast to be followed, in the minimax form."""
    settings = {"data": "ring8", "family": "mlp", "frames": 0, "log_every": 2, "steps": 200, "batch": 32}
    sparring.train("gan", quick(tmp_path / "fair", **settings), knobs=NARROW, quiet=True)
    assert not diagnose_losses(tmp_path / "fair" / "events.jsonl").findings
    hopeless = {**NARROW, "turns.G.optim.lr": 1e-9, "turns.D.optim.lr": 1e-2}
    sparring.train("gan", quick(tmp_path / "won", **settings), knobs=hopeless, quiet=True)
    assert [
        one.complaint.kind.value for one in diagnose_losses(tmp_path / "won" / "events.jsonl").findings
    ] == ["the discriminator wins"]


@pytest.mark.parametrize(
    "names",
    [
        ("epoch", "loss/D", "loss/G"),
        ("Iteration", "d_loss", "g_loss"),
        ("it", "errD", "errG"),
        ("x", "Critic loss", "Generator loss"),
    ],
)
def test_usual_names_are_known(tmp_path, names):
    found = read_curves(written(tmp_path / "a.csv", *played(), names), Columns())
    assert (found.columns.discriminator, found.columns.generator) == names[1:]
    assert found.steps[-1] == (N if names[0] == "x" else 10 * N)


def test_lines_of_json_a_torn_last_one_and_semicolons(tmp_path):
    d, g = played()
    pairs = list(enumerate(zip(d, g, strict=True)))
    lines = [json.dumps({"step": i, "d_loss": a, "g_loss": b}) for i, (a, b) in pairs]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"step": 40', ""]))
    (tmp_path / "b.csv").write_text("\n".join(["t;D;G", *(f"{i};{a};{b}" for i, (a, b) in pairs)]))
    one, other = (
        read_curves(tmp_path / "a.jsonl", Columns()),
        read_curves(tmp_path / "b.csv", Columns(step="t")),
    )
    for found in (one, other):
        assert np.array_equal(found.d, d)
        assert np.array_equal(found.g, g)
        assert np.array_equal(found.steps, np.arange(N))


BAD = {
    "empty": ("", Columns(), "holds no rows"),
    "names alone": ("step,D,G\n", Columns(), "holds no rows"),
    "no such column": (
        "step,a,b\n1,2,3\n",
        Columns(discriminator="D", generator="b"),
        "there are step, a, b",
    ),
    "no usual name": ("step,a,b\n1,2,3\n", Columns(), "none of step, a, b"),
    "several": ("step,D,d_loss,G\n1,2,3,4\n", Columns(), "any of D, d_loss"),
    "the same twice": ("a,b\n1,2\n", Columns(discriminator="a", generator="a"), "cannot be both"),
    "words": ("step,D,G\n1,2,3\n2,two,3\n", Columns(), "line 3: 'D' is 'two'"),
    "steps that go back": ("step,D,G\n1,2,3\n0,2,3\n", Columns(), "line 3: 'step' goes back"),
    "too few": ("step,D,G\n1,2,3\n", Columns(), "1 rows are too few"),
    "blank": ("step,D,G\n1,,3\n", Columns(), "no row has both"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_named_in_a_line(tmp_path, case):
    text, columns, telling = BAD[case]
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BadInput, match=telling) as told:
        diagnose_losses(tmp_path / "a.csv", columns)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("text", ["{\n{\n", "[1]\n[2]\n", ""])
def test_lines_that_are_no_objects_are_named(tmp_path, text):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(BadInput, match="a line"):
        diagnose_losses(tmp_path / "a.jsonl")
