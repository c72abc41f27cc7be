from itertools import product

import numpy as np
import pytest

from sparring.data.chains import LENGTH, TOKENS, Chain, chains, oracle

TINY = Chain(np.array([0.2, 0.8]), np.array([[0.9, 0.1], [0.4, 0.6]]))
EVERY = np.array(list(product(range(2), repeat=3)))


def test_a_likelihood_is_the_product_of_its_steps_and_all_add_up_to_one() -> None:
    assert np.exp(TINY.log_likelihood(np.array([[1, 0, 0]])))[0] == pytest.approx(0.8 * 0.4 * 0.9)
    assert np.exp(TINY.log_likelihood(EVERY)).sum() == pytest.approx(1)


def test_the_entropy_is_that_of_all_sequences() -> None:
    p = np.exp(TINY.log_likelihood(EVERY))
    assert TINY.entropy(3) == pytest.approx(-(p * np.log(p)).sum())


def test_samples_have_their_probabilities() -> None:
    x = TINY.sample(40_000, 3, seed=0)
    share = np.bincount(x @ np.array([4, 2, 1]), minlength=8) / len(x)
    p = np.exp(TINY.log_likelihood(EVERY))
    assert np.abs(share - p).max() < 5 * (0.25 / len(x)) ** 0.5


def test_the_oracle_knows_its_own_entropy() -> None:
    chain = oracle()
    x = chain.sample(20_000, LENGTH, 5)
    assert -chain.log_likelihood(x).mean() == pytest.approx(chain.entropy(LENGTH), rel=5e-3)
    assert 2.9 < chain.entropy(LENGTH) / LENGTH < 3.1
    assert np.allclose(chain.then.sum(1), 1)


def test_the_set_is_of_the_oracle() -> None:
    found = chains(200)
    assert found.x.shape == (200, LENGTH)
    assert found.tokens == TOKENS
    assert np.array_equal(found.x[:100], chains(100).x)
    assert -oracle().log_likelihood(found.x).mean() == pytest.approx(oracle().entropy(LENGTH), rel=0.05)
