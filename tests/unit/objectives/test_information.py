"""Log-likelihoods of codes against PyTorch's distributions, and the bound against what it bounds."""

from __future__ import annotations

import math

import pytest
import torch
from torch import distributions

from sparring.core.codes import Codes
from sparring.objectives.information import (
    categorical_log_likelihood,
    choice_information,
    gaussian_log_likelihood,
    scale_information,
)

CODES = Codes(noise=3, choices=2, categories=4, scales=2)
Z = CODES.sample(64, torch.Generator().manual_seed(0))


def _random(seed: int, *shape: int) -> torch.Tensor:
    return 3 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_categorical_is_the_log_probability_of_what_was_chosen() -> None:
    logits, (_, chosen, _) = _random(1, 64, 2, 4), CODES.parts(Z)
    expected = distributions.OneHotCategorical(logits=logits).log_prob(chosen).sum(1)
    assert torch.allclose(categorical_log_likelihood(logits, chosen), expected, atol=1e-5)


@pytest.mark.parametrize("std", [1.0, 0.3])
def test_gaussian_is_the_log_density_of_fixed_deviation(std: float) -> None:
    mean, value = _random(1, 64, 2), _random(2, 64, 2)
    expected = distributions.Normal(mean, std).log_prob(value).sum(1)
    assert torch.allclose(gaussian_log_likelihood(mean, value, std), expected, rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_no_guess_says_more_of_the_choices_than_their_entropy(seed: int) -> None:
    assert choice_information(CODES, _random(seed, 64, CODES.length), Z) <= CODES.choice_entropy


def test_a_perfect_guess_says_all_and_an_even_one_nothing() -> None:
    perfect = 1e3 * Z[:, CODES.noise :]
    assert choice_information(CODES, perfect, Z).item() == pytest.approx(math.log(16))
    assert choice_information(CODES, torch.zeros_like(perfect), Z).item() == pytest.approx(0, abs=1e-5)


def test_the_posterior_of_a_noisy_channel_says_its_mutual_information() -> None:
    """c of two, read wrongly once in five: I(c; x) = log 2 - H(1/5)."""
    codes = Codes(noise=0, choices=1, categories=2, scales=0)
    sent = torch.tensor([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    read = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    posterior = torch.tensor([[0.8, 0.2], [0.2, 0.8]]).log()
    found = choice_information(codes, posterior[read], torch.eye(2)[sent])
    information = math.log(2) + 0.2 * math.log(0.2) + 0.8 * math.log(0.8)
    assert found.item() == pytest.approx(information)
    for surer in (0.7, 0.9):
        other = torch.tensor([[surer, 1 - surer], [1 - surer, surer]]).log()
        assert choice_information(codes, other[read], torch.eye(2)[sent]) < found


@pytest.mark.parametrize("std", [1.0, 0.1])
def test_the_best_guess_of_scales_reaches_the_stated_limit(std: float) -> None:
    right = Z[:, CODES.noise :]
    best = scale_information(CODES, right, Z, std).item()
    assert best == pytest.approx(2 * -math.log(std * math.sqrt(math.pi / 2)))
    assert scale_information(CODES, right + 0.1, Z, std).item() == pytest.approx(best - (0.1 / std) ** 2)


def test_noise_is_not_asked_for() -> None:
    guess, other = _random(1, 64, CODES.length), Z.clone()
    other[:, : CODES.noise] = 0
    assert choice_information(CODES, guess, Z) == choice_information(CODES, guess, other)
    assert scale_information(CODES, guess, Z) == scale_information(CODES, guess, other)
