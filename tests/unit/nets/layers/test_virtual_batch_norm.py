"""Virtual batch norm: what a sample depends on, and composed with recipes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.recipe import Stage
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan as convolutional
from sparring.nets.families import mlp
from sparring.nets.layers import virtual_batch_norm as virtual
from sparring.nets.layers.virtual_batch_norm import SetReferenceBatch, VirtualNorm
from sparring.zoo.dcgan import dcgan

SPACE = Space((1, 16, 16), 100)


def _draw(seed: int = 0, n: int = 8) -> Callable[[], Batch]:
    noise = torch.Generator().manual_seed(seed)

    def draw() -> Batch:
        x = torch.randn(n, 1, 16, 16, generator=noise).tanh()
        return Batch(x=x, z=dcgan.latent.sample(n, noise), u=torch.rand(n, 1, 1, 1, generator=noise))

    return draw


def test_a_sample_is_normalised_with_the_reference_and_itself() -> None:
    """The statistics of sample i are those of a plain batch norm over the reference and i together."""
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = torch.randn(9, 3, 4, 4) * torch.arange(1.0, 10)[:, None, None, None] + 2
    found = VirtualNorm(norm, 5)(x)
    assert torch.allclose(found[:5], norm(x[:5]), atol=1e-5)
    for i in range(5, 9):
        assert torch.allclose(found[i], norm(torch.cat([x[:5], x[i : i + 1]]))[5], atol=1e-4), i


def test_a_large_mean_costs_no_precision() -> None:
    x = torch.randn(6, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    norm = VirtualNorm(nn.BatchNorm2d(2), 4)
    assert torch.allclose(norm(x), norm(x + 1000), atol=1e-2)


@pytest.mark.parametrize("kind", ["generator", "discriminator"])
def test_a_sample_does_not_depend_on_the_rest_of_its_batch(kind: str) -> None:
    torch.manual_seed(0)
    batch = _draw()()
    if kind == "generator":
        net, plain, x = (
            virtual.VirtualNormGenerator(convolutional.Generator(8), 4),
            convolutional.Generator(8),
            batch.z,
        )
    else:
        net, plain, x = (
            virtual.VirtualNormDiscriminator(convolutional.Discriminator(8), 4),
            convolutional.Discriminator(8),
            batch.x,
        )
    built, usual = net(SPACE), plain(SPACE)
    other = torch.cat([x[:1], x[1:] * 3])
    assert torch.allclose(built(x)[0], built(other)[0], atol=1e-5)
    assert torch.allclose(built(x)[0], built(x[:1])[0], atol=1e-5)
    assert not torch.allclose(usual(x)[0], usual(other)[0], atol=1e-5)


def test_training_and_evaluation_are_the_same_net() -> None:
    net, batch = virtual.VirtualNormGenerator(convolutional.Generator(8), 4)(SPACE), _draw()()
    assert torch.equal(net(batch.z), net.eval()(batch.z))


def test_the_shapes_are_those_of_the_net_alone() -> None:
    batch = _draw()()
    discriminator = virtual.VirtualNormDiscriminator(convolutional.Discriminator(8), 4)(SPACE)
    assert virtual.VirtualNormGenerator(convolutional.Generator(8), 4)(SPACE)(batch.z).shape == batch.x.shape
    assert discriminator(batch.x).shape == (8,)
    assert (
        discriminator.features(batch.x).shape == convolutional.Discriminator(8)(SPACE).features(batch.x).shape
    )


def test_a_net_without_batch_norm_is_refused() -> None:
    with pytest.raises(BadInput, match="no batch norm"):
        virtual.VirtualNormDiscriminator(mlp.Discriminator(8))(SPACE)


def test_refer_takes_as_many_draws_as_the_reference_needs() -> None:
    net = virtual.VirtualNormDiscriminator(convolutional.Discriminator(8), 20)(SPACE)
    SetReferenceBatch()(nn.ModuleDict({"D": net, "other": nn.Linear(1, 1)}), _draw(3))
    again = _draw(3)
    assert torch.equal(net.reference, torch.cat([again().x for _ in range(3)])[:20])


def test_any_recipe_can_be_virtual() -> None:
    """dcgan with both nets virtual and the reference taken on entering its one stage, and kept since."""
    recipe = dcgan.but(
        "virtual", paper="", title="", year=2016,
        nets={
            "G": virtual.VirtualNormGenerator(convolutional.Generator(8), 8),
            "D": virtual.VirtualNormDiscriminator(convolutional.Discriminator(8), 8),
        },
        stages=(Stage(enter=SetReferenceBatch()),),
    )  # fmt: skip
    game, draw, first = Game(recipe, SPACE), _draw(), _draw()
    references = first(), first()
    for _ in range(60):
        game.round(draw)
    assert torch.equal(game.nets["G"].reference, references[0].z)
    assert torch.equal(game.nets["D"].reference, references[1].x)
    assert torch.allclose(game.averages["G"].reference, references[0].z, atol=1e-4)  # the noise is forgotten
    assert len(game.read_terms()) == 120
