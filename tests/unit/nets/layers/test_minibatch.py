"""Minibatch discrimination: the numbers of likeness, and composed with recipes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan as convolutional
from sparring.nets.families import mlp
from sparring.nets.heads.classes import ClassLogits
from sparring.nets.layers.minibatch import BatchSimilarity
from sparring.nets.wrappers.batch_statistics import BatchSimilarityFeatures
from sparring.zoo.dcgan import dcgan


def test_identical_samples_are_as_alike_as_can_be() -> None:
    found = BatchSimilarity(6, 4, 3)(torch.randn(1, 6).expand(9, 6))
    assert torch.allclose(found[:, 6:], torch.full((9, 4), 8.0), atol=1e-5)


def test_a_sample_alone_is_like_nothing_and_features_pass() -> None:
    x = torch.randn(1, 6)
    found = BatchSimilarity(6, 4, 3)(x)
    assert torch.equal(found[:, :6], x)
    assert found[:, 6:].abs().max() < 1e-6


def test_it_is_the_papers_sum() -> None:
    torch.manual_seed(0)
    layer, x = BatchSimilarity(5, 3, 2), torch.randn(4, 5)
    found, tensor = layer(x)[:, 5:], layer.tensor.detach()
    for i in range(4):
        for b in range(3):
            m = [x[j] @ tensor[:, b] for j in range(4)]
            total = sum(math.exp(-(m[i] - m[j]).abs().sum().item()) for j in range(4) if j != i)
            assert found[i, b].item() == pytest.approx(total, abs=1e-5)


def test_far_samples_are_not_alike() -> None:
    x = torch.tensor([[0.0], [1e4], [1e4]])
    layer = BatchSimilarity(1, 1, 1)
    nn.init.ones_(layer.tensor)
    assert torch.allclose(layer(x)[:, 1], torch.tensor([0.0, 1.0, 1.0]), atol=1e-6)


def test_the_exponential_has_a_slope_at_the_start() -> None:
    torch.manual_seed(0)
    found = BatchSimilarity(256, 32, 5)(torch.randn(64, 256))[:, 256:] / 63
    assert 0.05 < found.mean() < 0.8


def test_the_order_of_the_batch_does_not_matter_but_the_batch_does() -> None:
    torch.manual_seed(0)
    discriminator, x = BatchSimilarityFeatures(mlp.Discriminator(16, 1))(Space((2,), 1)), torch.randn(6, 2)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    assert torch.allclose(discriminator(x)[order], discriminator(x[order]), atol=1e-5)
    assert not torch.allclose(discriminator(x)[:3], discriminator(x[:3]), atol=1e-5)


def test_it_compares_what_a_discriminator_with_classes_sees() -> None:
    discriminator = BatchSimilarityFeatures(ClassLogits(mlp.Discriminator(16, 1)), kernels=7)(
        Space((2,), 1, classes=3)
    )
    assert discriminator(torch.randn(6, 2)).shape == (6, 3)
    assert discriminator.features(torch.randn(6, 2)).shape == (6, 16 + 7)


def test_a_discriminator_without_a_head_is_refused() -> None:
    with pytest.raises(BadInput, match="features and a head"):
        BatchSimilarityFeatures(mlp.Generator())(Space((2,), 1))


def test_any_recipe_can_compare() -> None:
    """dcgan, unchanged but for its discriminator, plays; the new tensor learns."""
    nets = {"G": convolutional.Generator(8), "D": BatchSimilarityFeatures(convolutional.Discriminator(8))}
    game, noise = (
        Game(dcgan.but("alike", paper="", title="", year=2016, nets=nets), Space((1, 8, 8), 100)),
        torch.Generator().manual_seed(0),
    )
    (tensor,) = (m.tensor for m in game.nets["D"].modules() if isinstance(m, BatchSimilarity))
    before = tensor.clone()

    def draw() -> Batch:
        x = torch.randn(8, 1, 8, 8, generator=noise).tanh()
        return Batch(x=x, z=dcgan.latent.sample(8, noise), u=torch.rand(8, 1, 1, 1, generator=noise))

    for _ in range(3):
        game.round(draw)
    assert len(game.read_terms()) == 6
    assert not torch.equal(tensor, before)


def test_a_collapsed_generator_is_seen() -> None:
    """Fakes that are one point of the data: one that compares tells them apart, a plain one cannot.

    Data are +-1 in equal numbers, fakes all +1 or all -1: sample by sample both have the same law.
    """
    losses = {}
    for name, builder in {
        "plain": mlp.Discriminator(32, 1),
        "alike": BatchSimilarityFeatures(mlp.Discriminator(32, 1)),
    }.items():
        torch.manual_seed(0)
        discriminator = builder(Space((1,), 1))
        optim = torch.optim.Adam(discriminator.parameters(), 5e-3)
        for step in range(150):
            real = torch.randint(0, 2, (32, 1)) * 2.0 - 1
            fake = torch.full((32, 1), 1.0 - 2 * (step % 2))
            loss = (
                nn.functional.softplus(-discriminator(real)).mean()
                + nn.functional.softplus(discriminator(fake)).mean()
            )
            optim.zero_grad()
            loss.backward()
            optim.step()
        losses[name] = loss.item()
    assert losses["plain"] > 1.1  # about log 4
    assert losses["alike"] < 0.3
