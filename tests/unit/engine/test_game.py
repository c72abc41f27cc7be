"""The game: who moves, when, and what is said when it goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.errors import Diverged
from sparring.core.optim import SGD, Adam
from sparring.core.recipe import Average, Recipe, Stage, Turn
from sparring.core.schedule import LinearDecay
from sparring.core.space import Space
from sparring.engine.averages import average_updater
from sparring.engine.game import Game, stage_starts


@dataclass(frozen=True)
class Slope:
    """A loss whose gradient with respect to net `key`'s only weight is `slope`."""

    key: str
    slope: float = 1.0

    def __call__(self, n, b):
        return {"pull": self.slope * n[self.key].weight.sum(), "noise": 0 * b.u.sum()}


def one_weight(space):
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    return net


def pair(**changes) -> Recipe:
    recipe = Recipe(
        name="pair", paper="0", title="", year=2000, nets={"G": one_weight, "D": one_weight},
        roles={"G": "generator", "D": "discriminator"},
        turns={"D": Turn(Slope("D"), SGD(0.1)), "G": Turn(Slope("G"), SGD(0.1))},
    )  # fmt: skip
    return replace(recipe, **changes)


def draws():
    count = {"n": 0}

    def draw():
        count["n"] += 1
        return Batch(x=torch.zeros(2, 1), z=torch.zeros(2, 1), u=torch.zeros(2, 1))

    return draw, count


def weights(game):
    return {key: game.nets[key].weight.item() for key in game.nets}


def test_repeat_and_every_count_steps():
    turns = {"D": Turn(Slope("D"), SGD(0.01), repeat=5), "G": Turn(Slope("G"), SGD(0.01), every=4)}
    game, (draw, count) = Game(pair(turns=turns), Space((1,), 1)), draws()
    for _ in range(8):
        game.round(draw)
    assert weights(game) == pytest.approx({"D": 1 - 8 * 5 * 0.01, "G": 1 - 2 * 0.01})
    assert count["n"] == 8 * 5 + 2


def test_stages_share_the_run_and_enter_once():
    entered = []
    stages = (
        Stage(turns=("D",), share=1),
        Stage(turns=("G",), share=3, enter=lambda nets, draw: entered.append(nets["D"].weight.item())),
    )
    recipe = pair(stages=stages)
    starts = stage_starts(recipe, 8)
    assert starts == (0, 2)
    game, (draw, _) = Game(recipe, Space((1,), 1), starts=starts), draws()
    for _ in range(8):
        game.round(draw)
    assert weights(game) == pytest.approx({"D": 0.8, "G": 0.4})
    assert entered == [pytest.approx(0.8)]


def test_a_schedule_scales_the_rate_by_the_part_of_the_stage_that_is_over():
    """Plain descent of slope one: the way that is gone is the sum of the rates."""
    falling = Turn(Slope("D"), SGD(0.1), schedule=LinearDecay(after=0.5, to=0.2))
    turns, stages = {"D": falling, "G": Turn(Slope("G"), SGD(0.1))}, (Stage(("G",)), Stage(("D",), share=4))
    recipe = pair(turns=turns, stages=stages)
    game = Game(recipe, Space((1,), 1), starts=stage_starts(recipe, 5), steps=5)
    for _ in range(5):
        game.round(draws()[0])
    assert weights(game) == pytest.approx({"D": 1 - 0.1 * (1 + 1 + 1 + 0.6), "G": 0.9})


def test_turns_that_share_an_optimiser_keep_to_their_own_schedules():
    turns = {
        "first": Turn(Slope("D"), SGD(0.1), moves=("D",), schedule=LinearDecay(after=0.0, to=0.0)),
        "second": Turn(Slope("D"), moves=("D",)),
    }
    game = Game(pair(turns=turns), Space((1,), 1), steps=2)
    for _ in range(2):
        game.round(draws()[0])
    assert weights(game)["D"] == pytest.approx(1 - 0.1 * (1 + 0.5) - 0.1 * 2)


def test_without_an_end_the_rate_stays():
    game = Game(pair(turns={"D": Turn(Slope("D"), SGD(0.1), schedule=LinearDecay(0.0))}), Space((1,), 1))
    for _ in range(3):
        game.round(draws()[0])
    assert weights(game)["D"] == pytest.approx(0.7)


@dataclass(frozen=True)
class Product:
    """theta * psi with a sign: the game in which order matters."""

    sign: float

    def __call__(self, n, b):
        return {"value": self.sign * (n["G"].weight * n["D"].weight).sum()}


@pytest.mark.parametrize(("together", "expected"), [(True, (0.9, 1.1)), (False, (0.89, 1.1))])
def test_together_takes_all_gradients_before_any_step(together, expected):
    turns = {"D": Turn(Product(-1), SGD(0.1)), "G": Turn(Product(1), SGD(0.1))}
    game = Game(pair(turns=turns, stages=(Stage(together=together),)), Space((1,), 1))
    game.round(draws()[0])
    assert (weights(game)["G"], weights(game)["D"]) == pytest.approx(expected)


def test_turns_taken_together_may_not_repeat():
    turns = {"D": Turn(Slope("D"), SGD(), repeat=2), "G": Turn(Slope("G"), SGD())}
    with pytest.raises(ValueError, match="together"):
        pair(turns=turns, stages=(Stage(together=True),))


def test_a_turn_without_an_optimiser_steps_that_of_the_first_turn_on_its_nets():
    turns = {
        "G": Turn(Slope("G"), Adam()),
        "D": Turn(Slope("D"), Adam()),
        "lazy": Turn(Slope("D"), moves=("D",)),
        "own": Turn(Slope("D"), Adam(), moves=("D",)),
    }
    game = Game(pair(turns=turns), Space((1,), 1))
    assert game.optimiser_of("D") is game.optimiser_of("lazy")
    assert game.optimiser_of("D") is not game.optimiser_of("own")
    assert set(game.optimisers) == {"G", "D", "own"}
    game.round(draws()[0])
    assert game.optimiser_of("D").state[game.nets["D"].weight]["step"] == 2
    with pytest.raises(ValueError, match="'lazy' has no optimiser"):
        pair(turns={"lazy": Turn(Slope("D"), moves=("D",))})


def test_gate_sees_the_latest_terms_and_after_is_applied():
    turns = {
        "D": Turn(Slope("D"), SGD(0.1), after=lambda net: net.weight.clamp_(min=0.95)),
        "G": Turn(Slope("G"), SGD(0.1), gate=lambda terms: terms["D.pull"] < 0.96),
    }
    game, (draw, _) = Game(pair(turns=turns), Space((1,), 1)), draws()
    game.round(draw)
    assert weights(game) == pytest.approx({"D": 0.95, "G": 1.0})
    game.round(draw)
    assert weights(game) == pytest.approx({"D": 0.95, "G": 0.9})


@pytest.mark.parametrize(("slope", "what"), [(float("nan"), "term 'pull'"), (float("inf"), "term 'pull'")])
def test_a_loss_that_is_not_finite_is_named_with_its_turn_and_step(slope, what):
    game, (draw, _) = Game(pair(), Space((1,), 1)), draws()
    for _ in range(3):
        game.round(draw)
    game._losses["G"] = lambda b: Slope("G", slope)(game.nets, b)
    game.round(draw)
    with pytest.raises(Diverged, match=rf"step 3: {what} of turn 'G'"):
        game.read_terms()


def test_a_gradient_that_is_not_finite_is_named():
    root = Turn(lambda n, b: {"root": n["G"].weight.sub(1).abs().sqrt().sum()}, SGD(0.1))
    game = Game(pair(turns={"G": root}), Space((1,), 1))
    game.round(draws()[0])
    with pytest.raises(Diverged, match="step 0: the gradient of turn 'G'"):
        game.read_terms()


def test_settled_gives_every_row_once():
    game, (draw, _) = Game(pair(), Space((1,), 1)), draws()
    game.round(draw)
    game.round(draw)
    rows = game.read_terms()
    assert [step for step, _ in rows] == [0, 0, 1, 1]
    assert rows[2][1] == pytest.approx({"D.pull": 0.9, "D.noise": 0.0, "D.gradient": 1.0})
    assert game.read_terms() == []


def test_average_matches_a_plain_computation():
    mean, net, rng = nn.BatchNorm1d(3), nn.BatchNorm1d(3), torch.Generator().manual_seed(0)
    expected = mean.weight.detach().clone()
    for step in range(30):
        with torch.no_grad():
            net.weight.copy_(torch.randn(3, generator=rng))
        net.num_batches_tracked.add_(1)
        average_updater(mean, net, Average(0.9))(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * net.weight.detach()
    torch.testing.assert_close(mean.weight.detach(), expected)
    assert mean.num_batches_tracked == 30


def test_frozen_nets_build_no_graph():
    seen = {}

    def loss(n, b):
        seen["fake"] = n["G"](b.z).requires_grad
        return {"adv": n["D"](n["G"](b.z)).sum()}

    Game(pair(turns={"D": Turn(loss, SGD(0.1))}), Space((1,), 1)).round(draws()[0])
    assert seen == {"fake": False}


@pytest.mark.parametrize("name", ["gan", "dcgan", "wgan", "bigan", "cyclegan", "infogan", "r1_gan"])
def test_a_shared_batch_gives_the_same_weights_with_memory_as_without(name):
    """Without: every turn draws, and draws the same, and all that nets make is made anew."""
    recipe = replace(zoo.get(name), batch=4)
    shape = (1, 16, 16)
    recipe = replace(recipe, latent=recipe.latent.fit_to(Space(shape, 0)))
    space = Space(shape, recipe.latent.size)
    games = [Game(replace(recipe, stages=(Stage(shared=shared),)), space) for shared in (True, False)]
    repeats = max(turn.repeat for turn in recipe.turns.values())
    for step in range(2):
        source = torch.Generator().manual_seed(step)
        stock = [random_batch(shape, recipe, source) for _ in range(repeats)]
        games[0].round(iter([stock[-1], *stock[:-1]]).__next__)
        order = [*stock, *[stock[-1]] * len(recipe.turns)]
        games[1].round(iter(order).__next__)
    for one, other in zip(games[0].nets.parameters(), games[1].nets.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    for one, other in zip(games[0].nets.buffers(), games[1].nets.buffers(), strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-5)


def random_batch(shape, recipe, source):
    x, second = (torch.rand(4, *shape, generator=source) * 2 - 1 for _ in range(2))
    u = torch.rand(4, 1, 1, 1, generator=source)
    return Batch(x=x, z=recipe.latent.sample(4, source), u=u, columns={"second": second})


def test_with_a_shared_batch_the_generator_runs_once_a_round():
    calls = []
    game = Game(replace(zoo.get("gan"), stages=(Stage(shared=True),)), Space((2,), 100))
    game.nets["G"].register_forward_hook(lambda *_: calls.append(1))
    batch = Batch(x=torch.zeros(3, 2), z=torch.randn(3, 100), u=torch.zeros(3, 1))
    for _ in range(3):
        game.round(lambda: batch)
    assert len(calls) == 3
