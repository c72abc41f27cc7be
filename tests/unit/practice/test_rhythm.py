from __future__ import annotations

from collections import Counter

import pytest
import torch
from tests.unit.practice.games import played, small

from sparring import zoo
from sparring.core.optim import Adam
from sparring.core.space import Space
from sparring.practice.catalogue import apply_practices
from sparring.practice.rhythm import LossAbove

POINTS = Space((2,), 0)


def steps(words: list[str], rounds: int = 100, drift: float = 0.0) -> Counter[str]:
    game, draw = played(apply_practices(zoo.get("gan").but("points", **PAPER, nets=mlp()), words), POINTS)
    for _ in range(rounds):
        game.round(draw)
    return Counter(
        {"D": 0, "G": 0}
        | Counter(key.split(".")[0] for _, row in game.read_terms() for key in row if key.endswith("adv"))
    )


PAPER = {"paper": "1406.2661", "title": "points", "year": 2014}


def mlp() -> dict:
    from sparring.nets.families import mlp

    return {"G": mlp.Generator(width=8), "D": mlp.Discriminator(width=8)}


@pytest.mark.parametrize(("k", "d", "g"), [("1", 1, 1), ("2", 2, 1), ("0.5", 1, 2), ("1.5", 3, 2)])
def test_so_many_steps_are_taken(k, d, g):
    assert steps([f"discriminator_steps={k}"]) == {"D": 100 * d, "G": 100 * g}


def test_gates_shut_and_never_for_long():
    found = steps(["loss_gate=0.6,1.0"], rounds=300)
    assert found == {"D": 300, "G": 300}  # both losses start above their levels and stay there
    found = steps(["loss_gate=0.6,100"], rounds=400)
    assert found["G"] == 400
    assert 4 <= found["D"] <= 8  # every hundredth round, for its loss is never above 100


def test_a_gate_opens_where_neither_loss_is_above_its_level():
    gate = LossAbove("D", 1.0, "G", 0.6)

    def terms(**values: float) -> dict[str, torch.Tensor]:
        return {key.replace("_", "."): torch.tensor(value) for key, value in values.items()}

    assert gate({})
    assert gate(terms(D_adv=1.1, G_adv=0.9))
    assert not gate(terms(D_adv=0.9, G_adv=0.9))
    assert gate(terms(D_adv=0.9, G_adv=0.5))
    assert gate(terms(D_adv=0.6, D_slope=0.6, D_gradient=0.0, G_adv=0.9))
    assert gate(terms(D_adv=0.9, G_adv=0.9, D_idle=99.0))


def test_rates_of_two_time_scales():
    recipe = apply_practices(zoo.get("r1_gan"), ["two_time_scales=4e-4,1e-4"])
    game, _ = played(apply_practices(small("r1_gan"), ["two_time_scales=4e-4,1e-4"]))
    assert recipe.turns["D"].optim == Adam(4e-4, (0.0, 0.99))
    assert [game.optimiser_of(t).param_groups[0]["lr"] for t in ("D", "G", "R1")] == [4e-4, 1e-4, 4e-4]


def test_lazy_penalties_keep_their_strength_and_correct_the_optimiser():
    plain, lazy = small("r1_gan"), apply_practices(small("r1_gan"), ["lazy_penalties=16"])
    game, draw = played(plain)
    batch = draw()
    terms = [recipe.turns["R1"].loss(game.nets, batch)["penalty"].item() for recipe in (plain, lazy)]
    assert terms[1] / 16 == pytest.approx(terms[0] / 8)
    assert lazy.turns["R1"].every == 16
    found = lazy.turns["D"].optim
    assert isinstance(found, Adam)
    assert found.lr == pytest.approx(5e-4 * 16 / 17)
    assert found.betas == pytest.approx((0.0, 0.99 ** (16 / 17)))
    assert lazy.turns["G"].optim == plain.turns["G"].optim


def test_averages_are_kept_or_left():
    assert apply_practices(zoo.get("gan"), ["averaged_weights=0.9"]).averages["G"].decay == 0.9
    assert not apply_practices(zoo.get("gan"), ["averaged_weights=0"]).averages
