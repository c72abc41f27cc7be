"""Coins and their tosses."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.nets.families.bernoulli import BernoulliLatent, BernoulliSamples, Generator

SHAPE = (1, 2, 3)


def _coins(latent: BernoulliLatent) -> torch.nn.Module:
    torch.manual_seed(0)
    return Generator(mlp.Generator(8, 1), code=latent.code)(Space(SHAPE, latent.fit_to(Space(SHAPE, 0)).size))


def test_the_latent_grows_with_the_picture() -> None:
    latent = BernoulliLatent(code=5, tosses=4).fit_to(Space(SHAPE, 0))
    assert latent.size == 5 + 4 * 6
    z = latent.sample(2000, torch.Generator().manual_seed(0))
    assert z.shape == (2000, 29)
    assert 0 <= z[:, 5:].min() < 0.01 < 0.99 < z[:, 5:].max() < 1
    assert z[:, :5].std().item() == pytest.approx(1, abs=0.05)
    assert latent.project(z * 9)[:, 5:].max() == 1
    assert torch.allclose(latent.energy(z), z[:, :5].square().sum(1) / 2)


def test_samples_are_black_or_white_as_often_as_the_logits_say() -> None:
    latent = BernoulliLatent(code=5, tosses=2000)
    coins = _coins(latent)
    tossed = coins.tossed(latent.fit_to(Space(SHAPE, 0)).sample(3, torch.Generator().manual_seed(1)))
    assert tossed.samples.shape == (3, 2000, *SHAPE)
    assert set(tossed.samples.unique().tolist()) == {-1.0, 1.0}
    assert torch.allclose(tossed.samples.mean(1), (tossed.logits / 2).tanh(), atol=0.08)


def test_a_sample_is_the_first_toss_and_has_no_gradient() -> None:
    latent = BernoulliLatent(code=5, tosses=3)
    coins, z = _coins(latent), latent.fit_to(Space(SHAPE, 0)).sample(4, torch.Generator())
    assert coins(z).shape == (4, *SHAPE)
    assert coins(z).equal(coins.tossed(z).samples[:, 0])
    assert not coins(z).requires_grad
    assert coins.tossed(z).logits.requires_grad


def test_log_probabilities_of_all_pictures_sum_to_one() -> None:
    """8 pictures of three pixels: the log-probability is a sum over pixels, so that this is exact."""
    every = torch.tensor(list(product([-1.0, 1.0], repeat=3)))
    logits = torch.tensor([[0.3, -2.0, 1.1]])
    found = BernoulliSamples(logits, every[None]).log_probability()
    assert found.shape == (1, 8)
    assert found.exp().sum().item() == pytest.approx(1)
    assert found[0, -1].item() == pytest.approx(logits.sigmoid().log().sum().item())


@pytest.mark.parametrize("latent", [5, 10, 12])
def test_a_latent_without_noise_for_whole_pictures_is_refused(latent: int) -> None:
    with pytest.raises(BadInput):
        Generator(mlp.Generator(8, 1), code=5)(Space(SHAPE, latent))
