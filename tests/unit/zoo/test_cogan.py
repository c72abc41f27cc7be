"""What ties CoGAN's domains, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sparring.core.batch import Batch
from sparring.core.latent import Uniform
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families.coupled import DomainInput, DomainOutput, SharedDiscriminator, SharedGenerator
from sparring.zoo.cogan import cogan, pair

NETS = {
    "G": SharedGenerator(4),
    "G1": DomainOutput(4),
    "G2": DomainOutput(4),
    "D1": DomainInput(4),
    "D2": DomainInput(4),
    "D": SharedDiscriminator(4, 8),
}


@pytest.fixture
def game() -> Game:
    return Game(replace(cogan, nets=NETS, latent=Uniform(5)), Space((1, 8, 8), 5))


def _batch() -> Batch:
    draw = torch.Generator().manual_seed(0)
    x, y = (torch.rand(6, 1, 8, 8, generator=draw) * 2 - 1 for _ in range(2))
    return Batch(
        x=x,
        z=torch.rand(6, 5, generator=draw),
        u=torch.rand(6, 1, 1, 1, generator=draw),
        columns={"second": y},
    )


@pytest.mark.parametrize("turn", ["D", "G"])
def test_a_domains_term_reaches_the_shared_layers_and_its_own(game: Game, turn: str) -> None:
    for term, own, other in (("first", "1", "2"), ("second", "2", "1")):
        game.nets.requires_grad_(True).zero_grad()
        game.recipe.turns[turn].loss(game.nets, _batch())[term].backward()
        reached = {key for key, net in game.nets.items() if any(p.grad is not None for p in net.parameters())}
        assert {turn, turn + own} <= reached
        assert not {"G" + other, "D" + other} & reached


def test_the_other_domains_data_do_not_matter(game: Game) -> None:
    """Neither through statistics nor by pairing: the i-th of x is not compared with the i-th of y."""
    b = _batch()
    terms, order = cogan.turns["D"].loss(game.nets, b), torch.randperm(6)
    others = cogan.turns["D"].loss(game.nets, replace(b, columns={"second": torch.rand_like(b["second"])}))
    shuffled = cogan.turns["D"].loss(game.nets, replace(b, columns={"second": b["second"][order]}))
    assert torch.equal(terms["first"], others["first"])
    assert terms["second"] != others["second"]
    assert torch.allclose(terms["second"], shuffled["second"], atol=1e-6)


def test_one_latent_makes_a_pair(game: Game) -> None:
    first, second = pair(game.nets, _batch().z)
    assert not torch.allclose(first, second, atol=1e-3)
    assert torch.equal(cogan.sampler(game.nets, _batch()), first)
    game.nets["G2"].load_state_dict(game.nets["G1"].state_dict())
    assert torch.equal(pair(game.nets, _batch().z)[1], first)


def test_the_last_layers_alone_can_turn_a_picture_into_its_negative(game: Game) -> None:
    """The claim's relation lies within the model: G2 = -G1, and D2 sees -x as D1 sees x."""
    for one, other in (("G1", "G2"), ("D1", "D2")):
        state = game.nets[one].state_dict()
        turned = {"body.weight", "body.bias"} if one == "G1" else {"0.weight"}
        game.nets[other].load_state_dict({k: -v if k in turned else v for k, v in state.items()})
    b = _batch()
    first, second = pair(game.nets, b.z)
    assert torch.equal(second, -first)
    assert torch.equal(game.nets["D2"](-b.x), game.nets["D1"](b.x))


def test_evaluation_makes_what_training_made(game: Game) -> None:
    """G is passed once a turn, at one z: its statistics settle at the batch's, whatever the ends do."""
    b = replace(_batch(), z=torch.rand(64, 5, generator=torch.Generator().manual_seed(1)))
    game.nets["G"].requires_grad_(True)
    for _ in range(100):
        trained = pair(game.nets, b.z)
    game.nets.eval()
    for made, again in zip(trained, pair(game.nets, b.z), strict=True):
        assert torch.allclose(made, again, atol=0.02)
