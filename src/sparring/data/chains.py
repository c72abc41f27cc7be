"""Sequences of a Markov chain with known probabilities: an oracle for models of sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparring.data.arrays import Arrays

TOKENS, LENGTH, COUNT = 50, 12, 1000
"""The set `chains`: size of the vocabulary, length of a sequence, number of sequences."""

SPREAD = 1.5
"""Standard deviation of the oracle's logits: entropy about 3 nats per token (uniform: 3.9)."""


@dataclass(frozen=True)
class Chain:
    """A first-order Markov chain over tokens 0 to V - 1."""

    first: np.ndarray
    """Probabilities of the first token, (V,)."""
    then: np.ndarray
    """Transition probabilities from token (row) to token (column), (V, V)."""

    def sample(self, n: int, length: int, seed: int) -> np.ndarray:
        """Draw `n` independent sequences, int64 (n, length)."""
        u = np.random.default_rng(seed).random((n, length))
        x = np.empty((n, length), np.int64)
        x[:, 0] = np.searchsorted(np.cumsum(self.first)[:-1], u[:, 0], side="right")
        ends = np.cumsum(self.then, 1)[:, :-1]
        for t in range(1, length):
            x[:, t] = (ends[x[:, t - 1]] <= u[:, t, None]).sum(1)
        return x

    def log_likelihood(self, x: np.ndarray) -> np.ndarray:
        """Return log p of each sequence of `x` (n, length), in nats, float64 (n,)."""
        return np.asarray(np.log(self.first)[x[:, 0]] + np.log(self.then)[x[:, :-1], x[:, 1:]].sum(1))

    def entropy(self, length: int) -> float:
        """Return the exact entropy -E log p of a sequence of `length` tokens, in nats.

        All probabilities of the chain must be positive, else the result is NaN.
        """
        rows = -(self.then * np.log(self.then)).sum(1)
        total, now = float(-(self.first * np.log(self.first)).sum()), self.first
        for _ in range(length - 1):
            total, now = total + float(now @ rows), now @ self.then
        return total


def oracle(tokens: int = TOKENS, seed: int = 0, spread: float = SPREAD) -> Chain:
    """Return a first-order Markov chain over `tokens` tokens with random probabilities, all positive.

    The distribution of the first token, and that of the next after each token, are each the softmax of
    `tokens` independent draws from N(0, spread^2).  `seed` decides all draws.
    """
    logits = spread * np.random.default_rng(seed).standard_normal((tokens + 1, tokens))
    odds = np.exp(logits - logits.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    return Chain(odds[0], odds[1:])


def chains(count: int = COUNT, seed: int = 0) -> Arrays:
    """Return the set `chains`: `count` sequences of the oracle, without labels.

    After the synthetic task of Yu et al. 2017, arXiv:1609.05473, section 5, whose oracle is a random LSTM of
    5000 tokens.  A chain's likelihood is exact too, and its entropy is also known.
    """
    return Arrays(oracle().sample(count, LENGTH, seed + 1), tokens=TOKENS)
