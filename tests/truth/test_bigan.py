"""BiGAN against closed forms: the optimum on pairs, the slopes of both sides, who learns from which pair."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.latent import Normal, Uniform
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan, mlp
from sparring.nets.heads.joint import JointDiscriminator, LatentEncoder
from sparring.zoo.bigan import DiscriminatePairs, ExchangePairs, bigan, score_pairs

SHAPE = (1, 8, 8)
GRID = np.linspace(-7.0, 8.0, 601)


def _line(by: float) -> nn.Linear:
    line = nn.Linear(1, 1)
    nn.init.ones_(line.weight)
    nn.init.constant_(line.bias, by)
    return line


def _density(mean: float) -> np.ndarray:
    return np.exp(-np.square(GRID - mean) / 2) / math.sqrt(2 * math.pi)


def test_on_pairs_that_share_a_line_the_discriminator_finds_the_log_ratio() -> None:
    """Data N(0, 1), E(x) = x - 1, G(z) = z + 1: all pairs lie on z = x - 1, where log p/q = 1/2 - x."""
    nets = {
        "G": lambda _: _line(1.0),
        "E": lambda _: _line(-1.0),
        "D": JointDiscriminator(mlp.Discriminator(32, 1), 32),
    }
    turns = {"D": replace(bigan.turns["D"], optim=Adam(2e-3))}
    recipe = replace(bigan, nets=nets, turns=turns, averages={"D": Average(0.99)}, latent=Normal(1))
    game, source = Game(recipe, Space((1,), 1)), torch.Generator().manual_seed(1)

    def draw(n: int = 256) -> Batch:
        x, z = (torch.randn(n, 1, generator=source) for _ in range(2))
        return Batch(x=x, z=z, u=torch.rand(n, 1, generator=source))

    for _ in range(500):
        game.round(draw)
    nets_ = nn.ModuleDict({**game.nets, **game.averages})
    p, q = _density(0.0), _density(1.0)
    value = np.trapezoid(p * np.log(p / (p + q)) + q * np.log(q / (p + q)), GRID)
    inside = torch.linspace(-1.5, 2.5, 81)[:, None]
    with torch.no_grad():
        assert -DiscriminatePairs()(nets_, draw(50_000))["adv"].item() == pytest.approx(value, abs=0.03)
        assert (score_pairs(nets_, Batch.shown(inside)) - (0.5 - inside[:, 0])).abs().max() < 0.25


def _logits(v: Tensor) -> nn.ModuleDict:
    """Nets whose discriminator gives the real pair v[0] and the fake pair v[1], by the datum: 0 or 1."""

    class Told(nn.Module):
        def forward(self, x: Tensor, z: Tensor) -> Tensor:
            return v[x[:, 0].long()]

    constant = nn.Linear(1, 1)
    nn.init.zeros_(constant.weight)
    nn.init.ones_(constant.bias)
    return nn.ModuleDict({"D": Told(), "G": constant, "E": nn.Identity()})


@pytest.mark.parametrize(("real", "fake"), [(0.0, 0.0), (2.0, -1.0), (-3.0, 4.0)])
def test_the_two_sides_pull_every_logit_in_opposite_directions(real: float, fake: float) -> None:
    """With s the sigmoid: -s(-v), s(v) for D at the real and the fake pair; s(v), -s(-v) for G and E."""
    batch = Batch(x=torch.zeros(1, 1), z=torch.zeros(1, 1), u=torch.zeros(1, 1))

    def slopes(loss: DiscriminatePairs | ExchangePairs) -> list[float]:
        v = torch.tensor([real, fake])
        return torch.func.grad(lambda v: loss(_logits(v), batch)["adv"])(v).tolist()

    s = [1 / (1 + math.exp(-v)) for v in (real, fake)]
    assert slopes(DiscriminatePairs()) == pytest.approx([s[0] - 1, s[1]])
    assert slopes(ExchangePairs()) == pytest.approx([s[0], s[1] - 1])


def _small() -> Recipe:
    nets = {
        "G": dcgan.Generator(8),
        "D": JointDiscriminator(dcgan.Discriminator(8), 8),
        "E": LatentEncoder(dcgan.Discriminator(8)),
    }
    return replace(bigan, nets=nets, latent=Uniform(5))


def test_e_learns_from_the_real_pair_g_from_the_fake_one_and_both_in_one_turn() -> None:
    game, source = Game(_small(), Space(SHAPE, 5)), torch.Generator().manual_seed(0)
    x = torch.randn(16, *SHAPE, generator=source).tanh()
    batch = Batch(x=x, z=game.recipe.latent.sample(16, source), u=torch.zeros(16, 1, 1, 1))
    assert game.recipe.movers("G") == ("G", "E")
    found = dict(zip(map(id, game._moved["G"]), game._gradients("G", batch), strict=True))
    n = game.nets
    alone = {
        "E": nn.functional.softplus(n.D(x, n.E(x))).mean(),
        "G": nn.functional.softplus(-n.D(n.G(batch.z), batch.z)).mean(),
    }
    for key, loss in alone.items():
        own = list(n[key].parameters())
        for parameter, slope in zip(own, torch.autograd.grad(loss, own), strict=True):
            assert found[id(parameter)] is not None, key
            assert torch.allclose(found[id(parameter)], slope, atol=1e-6), key
    assert max(found[id(p)].abs().max() for p in n.E.parameters()) > 1e-4
    assert max(found[id(p)].abs().max() for p in n.G.parameters()) > 1e-4


def test_the_judge_sees_data_with_their_codes() -> None:
    n = Game(_small(), Space(SHAPE, 5)).nets.eval()
    x = torch.randn(6, *SHAPE)
    assert torch.equal(score_pairs(n, Batch.shown(x)), n.D(x, n.E(x)))
    assert not torch.allclose(score_pairs(n, Batch.shown(x)), n.D(x, n.E(x).flip(0)))
