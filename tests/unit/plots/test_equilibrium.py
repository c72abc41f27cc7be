"""Constants against closed forms, and which games have none."""

from __future__ import annotations

from math import log

import pytest

from sparring import zoo
from sparring.core.knobs import set_knobs
from sparring.objectives.adversarial import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Softmax,
    Wasserstein,
)
from sparring.objectives.smoothing import SmoothedLabels
from sparring.plots.equilibrium import equilibrium, equilibrium_losses


def entropy(m: float) -> float:
    return -m * log(m) - (1 - m) * log(1 - m)


@pytest.mark.parametrize(
    ("pair", "d", "g"),
    [
        (NonSaturating(), log(4), log(2)),
        (Minimax(), log(4), -log(2)),
        (SmoothedLabels(0.9, 0.0), 2 * entropy(0.45), -log(0.45)),
        (SmoothedLabels(0.9, 0.1), log(4), log(2)),
        (LeastSquares(), 1 / 4, 1 / 8),
        (LeastSquares(-1, 1, 0), 1.0, 0.0),
        (Relativistic(), log(2), log(2)),
        (Softmax(), log(2), log(2)),
        (Hinge(), 2.0, None),
        (Wasserstein(), 0.0, None),
    ],
)
def test_both_losses_where_p_is_q(pair, d, g):
    found = equilibrium(pair)
    assert found.d == pytest.approx(d, abs=1e-6)
    assert found.g == (None if g is None else pytest.approx(g, abs=1e-6))


def test_the_pages_constant_of_smoothed_labels():
    assert equilibrium(SmoothedLabels(0.9, 0.0)).d == pytest.approx(1.3763, abs=5e-5)


def test_a_softmax_depends_on_the_batch():
    assert equilibrium(Softmax(), 64).d == pytest.approx(log(128))


def test_constants_are_those_of_the_recipes_own_losses():
    assert equilibrium_losses(zoo.get("gan")) == {"D.adv": 1.386294, "G.adv": 0.693147}
    assert equilibrium_losses(zoo.get("r3gan")) == {"D.adv": 0.693147, "G.adv": 0.693147}
    assert equilibrium_losses(zoo.get("wgan")) == {"D.adv": 0.0}
    assert equilibrium_losses(zoo.get("wgan_gp")) == {}
    assert equilibrium_losses(zoo.get("r1_gan")) == equilibrium_losses(zoo.get("gan"))
    aimed = set_knobs(zoo.get("lsgan"), {"turns.G.loss.pair.c": 0.5})
    assert equilibrium_losses(aimed) == {"D.adv": 0.25, "G.adv": 0.0}


@pytest.mark.parametrize("name", zoo.names())
def test_every_recipe_is_asked_without_harm(name):
    assert set(equilibrium_losses(zoo.get(name))) <= {f"{turn}.adv" for turn in zoo.get(name).turns}
