"""Historical averaging: the mean that is remembered, the penalty, and composed with recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.optim import SGD
from sparring.core.recipe import Recipe, Turn
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan as convolutional
from sparring.nets.families import mlp
from sparring.nets.state.past_weights import PastWeights, PastWeightsMean
from sparring.objectives.history import WithHistoryPenalty, squared_distance
from sparring.zoo.dcgan import dcgan


def test_the_mean_is_that_of_all_that_was_shown() -> None:
    shown = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    memory = PastWeightsMean(5)
    for t, weights in enumerate(shown, 1):
        assert torch.allclose(memory(weights), shown[:t].mean(0), atol=1e-6)
    assert list(memory.parameters()) == []


def test_the_mean_is_remembered_and_has_no_gradient() -> None:
    memory, weights = PastWeightsMean(3), torch.ones(3, requires_grad=True)
    assert not memory(weights).requires_grad
    again = PastWeightsMean(3)
    again.load_state_dict(memory.state_dict())
    assert torch.allclose(again(torch.zeros(3)), torch.full((3,), 0.5))


def test_a_memory_is_as_large_as_its_net_and_costs_no_chance() -> None:
    space, state = Space((1, 8, 8), 10), torch.get_rng_state()
    memory = PastWeights(convolutional.Generator(8))(space)
    assert torch.equal(torch.get_rng_state(), state)
    weights = parameters_to_vector(convolutional.Generator(8)(space).parameters())
    assert memory(weights).shape == weights.shape


def test_another_nets_weights_are_refused() -> None:
    with pytest.raises(BadInput, match="memory of 3 weights got 4"):
        PastWeightsMean(3)(torch.ones(4))


def test_the_penalty_pulls_towards_the_mean() -> None:
    weights, mean = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0])
    assert squared_distance(weights, mean).item() == 5
    assert torch.equal(torch.func.grad(squared_distance)(weights, mean), torch.tensor([2.0, -4.0]))


def _drift(n: Nets, b: Batch) -> Terms:
    """A loss that pushes a single weight down by one each step of rate one."""
    return {"push": n.G.weight.sum()}


def test_weights_follow_the_recursion() -> None:
    """theta' = theta - rate (1 + 2 weight (theta - mean)), by hand, against the engine's."""
    recipe = Recipe(
        name="drift", paper="", title="", year=2016,
        nets={"G": lambda _: nn.Linear(1, 1, bias=False),
              "H": PastWeights(lambda _: nn.Linear(1, 1, bias=False))},
        roles={"G": "generator", "H": "state"},
        turns={"G": Turn(WithHistoryPenalty(_drift, weight=0.25), SGD(0.1))},
    )  # fmt: skip
    game = Game(recipe, Space((1,), 1))
    theta, past = game.nets["G"].weight.item(), []
    for _ in range(5):
        past.append(theta)
        theta -= 0.1 * (1 + 2 * 0.25 * (theta - sum(past) / len(past)))
        game.round(lambda: Batch.of(torch.zeros(1, 1)))
        assert game.nets["G"].weight.item() == pytest.approx(theta, abs=1e-6)


def test_any_recipe_can_be_held_back() -> None:
    """dcgan with the penalty on both nets: nets move, both memories count the rounds."""
    nets = {"G": convolutional.Generator(8), "D": convolutional.Discriminator(8)}
    held = dcgan.but(
        "held", paper="", title="", year=2016,
        nets={**nets, "H": PastWeights(nets["G"]), "I": PastWeights(nets["D"])},
        turns={
            "G": {"loss": WithHistoryPenalty(dcgan.turns["G"].loss)},
            "D": {"loss": WithHistoryPenalty(dcgan.turns["D"].loss, net="D", past="I")},
        },
    )  # fmt: skip
    game, noise = Game(held, Space((1, 8, 8), 100)), torch.Generator().manual_seed(0)

    def draw() -> Batch:
        x = torch.randn(8, 1, 8, 8, generator=noise).tanh()
        return Batch(x=x, z=dcgan.latent.sample(8, noise), u=torch.rand(8, 1, 1, 1, generator=noise))

    for _ in range(4):
        game.round(draw)
    rows = game.read_terms()
    assert game.nets["H"].count == game.nets["I"].count == 4
    assert [row["G.history"] == 0 for _, row in rows if "G.history" in row] == [True, False, False, False]
    assert set(rows[0][1]) == {"D.adv", "D.history", "D.gradient"}


def test_a_held_net_strays_less() -> None:
    """The same game from the same start: after 30 rounds the held generator is nearer to where it began."""

    def strayed(weight: float) -> float:
        loss = WithHistoryPenalty(dcgan.turns["G"].loss, weight=weight)
        recipe = replace(
            dcgan,
            nets={
                "G": mlp.Generator(16, 1),
                "D": mlp.Discriminator(16, 1),
                "H": PastWeights(mlp.Generator(16, 1)),
            },
            turns={**dcgan.turns, "G": replace(dcgan.turns["G"], loss=loss)},
        )
        game, noise = Game(recipe, Space((2,), 100)), torch.Generator().manual_seed(0)
        start = parameters_to_vector(game.nets["G"].parameters()).clone()
        for _ in range(30):
            z = dcgan.latent.sample(32, noise)
            game.round(lambda z=z: Batch(x=z[:, :2] + 3, z=z, u=z[:, :1]))
        return (parameters_to_vector(game.nets["G"].parameters()) - start).norm().item()

    assert strayed(100.0) < 0.7 * strayed(0.0)
