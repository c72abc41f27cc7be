"""Optimisers take the gradients that they are given for the weights that they belong to."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from sparring.core.batch import Batch
from sparring.core.optim import Adam
from sparring.core.recipe import Stage
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.engine.machine import Machine
from sparring.zoo.r1_gan import r1_gan
from sparring.zoo.r3gan import r3gan
from sparring.zoo.wgan_gp import wgan_gp


def conv(memory_format):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Parameter(torch.randn(6, 4, 3, 3).to(memory_format=memory_format))


@pytest.mark.parametrize("weight", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("gradient", [torch.contiguous_format, torch.channels_last])
def test_a_gradient_in_another_layout_moves_the_weights_that_it_belongs_to(weight, gradient):
    ours, plain = conv(weight), conv(torch.contiguous_format)
    steps = Adam(0.1).build([ours]), torch.optim.Adam([plain], 0.1, (0.5, 0.999), fused=False)
    for seed in range(3):
        slope = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(seed))
        ours.grad, plain.grad = slope.to(memory_format=gradient), slope.clone()
        for optimiser in steps:
            optimiser.step()
    torch.testing.assert_close(ours.detach().contiguous(), plain.detach())
    assert ours.is_contiguous(memory_format=weight)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(
    ("recipe", "turn"), [(r1_gan, "R1"), (wgan_gp, "D"), (r3gan, "D")], ids=["r1_gan", "wgan_gp", "r3gan"]
)
def test_a_penalty_moves_every_weight_against_its_own_slope(recipe, turn, channels_last):
    """Adam's first step is its rate, against the slope's sign: what tells a weight's slope from another's."""
    alone = replace(recipe, stages=(Stage((turn,)),))
    game = Game(alone, Space((1, 16, 16), recipe.latent.size), machine=Machine(channels_last=channels_last))
    draw = torch.Generator().manual_seed(1)
    x = torch.rand(4, 1, 16, 16, generator=draw) * 2 - 1
    batch = Batch(x, recipe.latent.sample(4, draw), torch.rand(4, 1, 1, 1, generator=draw))
    weights = list(game.nets["D"].parameters())
    loss = sum(recipe.turns[turn].loss(game.nets, batch).values())
    slopes = torch.autograd.grad(loss, weights, allow_unused=True)
    before = [weight.detach().clone() for weight in weights]
    optimiser = game.optimiser_of(turn)
    for weight, slope in zip(weights, slopes, strict=True):
        weight.grad = slope
    optimiser.step()
    rate, told = optimiser.param_groups[0]["lr"], 0
    for weight, slope, was in zip(weights, slopes, before, strict=True):
        if slope is not None and slope.dim() > 1:
            steep = slope.abs() > 1e-5
            torch.testing.assert_close((weight - was)[steep], -rate * slope.sign()[steep], rtol=0.01, atol=0)
            told += int(steep.sum())
    assert told > 1000
