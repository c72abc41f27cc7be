"""InfoGAN against closed forms: what its bound reaches, what it moves and what it must not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.codes import Codes
from sparring.core.optim import Adam
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan, mlp
from sparring.nets.heads.code_head import CodePredictor, SharedFeatures
from sparring.objectives.information import choice_information
from sparring.zoo.gan import Discriminate, Generate
from sparring.zoo.infogan import DiscriminateWithCodes, GenerateWithCodes, infogan

SHAPE = (1, 8, 8)
CODES = Codes(noise=3, choices=1, categories=4, scales=2)


def _small() -> Recipe:
    nets = {
        "G": dcgan.Generator(8),
        "D": SharedFeatures(dcgan.Discriminator(8)),
        "Q": CodePredictor(CODES, 8),
    }
    return replace(infogan, nets=nets, latent=CODES)


def _batch(n: int = 16, seed: int = 0) -> Batch:
    source = torch.Generator().manual_seed(seed)
    x = torch.randn(n, *SHAPE, generator=source).tanh()
    return Batch(x=x, z=CODES.sample(n, source), u=torch.rand(n, 1, 1, 1, generator=source))


@dataclass(frozen=True)
class Channel:
    """Builds G(z) = gain * (+1 or -1, by the choice) + noise ~ U[-1, 1]."""

    gain: float

    def __call__(self, space: Space) -> nn.Module:
        return Sent(self.gain)


@final
class Sent(nn.Module):
    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def forward(self, z: Tensor) -> Tensor:
        return z[:, :1] + self.gain * (z[:, 2:] - z[:, 1:2])


def test_q_finds_the_mutual_information_of_a_channel() -> None:
    """Two uniforms of width 2, 2 gain apart: x betrays c unless it lies in the overlap, 1 - gain of it."""
    gain, codes = 0.6, Codes(noise=1, choices=1, categories=2, scales=0)
    nets = {"G": Channel(gain), "D": SharedFeatures(mlp.Discriminator(32, 1)), "Q": CodePredictor(codes, 32)}
    turns = {"D": replace(infogan.turns["D"], optim=Adam(2e-3))}
    game = Game(replace(infogan, nets=nets, turns=turns, latent=codes, averages={}), Space((1,), codes.size))
    source = torch.Generator().manual_seed(0)

    def draw() -> Batch:
        x = torch.randn(128, 1, generator=source)
        return Batch(x=x, z=codes.sample(128, source), u=torch.rand(128, 1, generator=source))

    for _ in range(300):
        game.round(draw)
    n, z = game.nets.eval(), codes.sample(20_000, source)
    with torch.no_grad():
        found = choice_information(codes, n.Q(n.D.features(n.G(z))), z).item()
    assert found == pytest.approx(gain * math.log(2), abs=0.02)


@pytest.mark.parametrize("loss", [DiscriminateWithCodes(), GenerateWithCodes()])
def test_no_code_is_guessed_from_data(loss: DiscriminateWithCodes | GenerateWithCodes) -> None:
    game, batch = Game(_small(), Space(SHAPE, CODES.size)), _batch()
    terms = loss(game.nets, batch)
    others = loss(game.nets, replace(batch, x=_batch(seed=1).x))
    assert terms["choices"] == others["choices"]
    assert terms["scales"] == others["scales"]


def test_without_weight_the_turns_are_those_of_the_plain_game() -> None:
    n, batch = Game(_small(), Space(SHAPE, CODES.size)).nets, _batch()
    pairs = ((DiscriminateWithCodes(0.0), Discriminate()), (GenerateWithCodes(0.0), Generate()))
    for informed, plain in pairs:
        terms = informed(n, batch)
        assert terms["choices"] == terms["scales"] == 0
        assert torch.allclose(terms["adv"], plain(n, batch)["adv"])


def test_the_weight_scales_the_bound_and_more_information_is_a_lower_loss() -> None:
    n, batch = Game(_small(), Space(SHAPE, CODES.size)).nets, _batch()
    one, three = (GenerateWithCodes(weight)(n, batch) for weight in (1.0, 3.0))
    assert torch.allclose(three["choices"], 3 * one["choices"])
    assert torch.allclose(three["scales"], 3 * one["scales"])
    seen = n.D.features(n.G(batch.z))
    assert torch.allclose(one["choices"], -choice_information(CODES, n.Q(seen), batch.z))


def _reached(turn: str, term: str) -> set[str]:
    """The nets, and of D the halves, to which a term's gradient comes in a turn."""
    game = Game(_small(), Space(SHAPE, CODES.size))
    game._thaw(game.recipe.movers(turn))
    named = [(name, p) for name, p in game.nets.named_parameters() if p.requires_grad]
    loss = game.recipe.turns[turn].loss(game.nets, _batch())[term]
    slopes = torch.autograd.grad(loss, [p for _, p in named], allow_unused=True)
    found = {name for (name, _), slope in zip(named, slopes, strict=True) if slope is not None}
    return {".".join(name.split(".")[: 2 if name[0] == "D" else 1]) for name in found}


@pytest.mark.parametrize("term", ["choices", "scales"])
def test_the_bound_teaches_q_and_the_shared_trunk_in_ds_turn_and_g_in_its_own(term: str) -> None:
    assert _reached("D", term) == {"D.trunk", "Q"}
    assert _reached("G", term) == {"G"}
    assert _reached("D", "adv") == {"D.trunk", "D.head"}


def test_q_is_held_by_ds_optimiser_alone() -> None:
    game = Game(_small(), Space(SHAPE, CODES.size))
    held = {
        turn: {id(p) for group in o.param_groups for p in group["params"]}
        for turn, o in game.optimisers.items()
    }
    q = {id(p) for p in game.nets["Q"].parameters()}
    assert q < held["D"]
    assert not q & held["G"]
