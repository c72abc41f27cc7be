"""Sequences of a Markov chain whose every probability is known: an oracle for models of sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparring.data.arrays import Arrays

TOKENS, LENGTH, COUNT = 50, 12, 1000
"""The set `chains`: size of the vocabulary, length of a sequence, how many sequences."""

SPREAD = 1.5
"""Standard deviation of the oracle's logits; an entropy of about 3 nats a token, where even odds have 3.9."""


@dataclass(frozen=True)
class Chain:
    """Tokens 0 to V - 1, each drawn given the one before."""

    first: np.ndarray
    """Probabilities of the first token, (V,)."""
    then: np.ndarray
    """Probabilities of a token (column) after another (row), (V, V)."""

    def sample(self, n: int, length: int, seed: int) -> np.ndarray:
        """`n` independent sequences, int64 (n, length)."""
        u = np.random.default_rng(seed).random((n, length))
        x = np.empty((n, length), np.int64)
        x[:, 0] = np.searchsorted(np.cumsum(self.first)[:-1], u[:, 0], side="right")
        ends = np.cumsum(self.then, 1)[:, :-1]
        for t in range(1, length):
            x[:, t] = (ends[x[:, t - 1]] <= u[:, t, None]).sum(1)
        return x

    def log_likelihood(self, x: np.ndarray) -> np.ndarray:
        """log p of each sequence of `x` (n, length), in nats, float64 (n,)."""
        return np.asarray(np.log(self.first)[x[:, 0]] + np.log(self.then)[x[:, :-1], x[:, 1:]].sum(1))

    def entropy(self, length: int) -> float:
        """The entropy of a sequence of `length` tokens, in nats: -E log p, exactly."""
        rows = -(self.then * np.log(self.then)).sum(1)
        total, now = float(-(self.first * np.log(self.first)).sum()), self.first
        for _ in range(length - 1):
            total, now = total + float(now @ rows), now @ self.then
        return total


def oracle(tokens: int = TOKENS, seed: int = 0, spread: float = SPREAD) -> Chain:
    """A chain with random odds: the softmax of N(0, spread^2), so that nothing is impossible."""
    logits = spread * np.random.default_rng(seed).standard_normal((tokens + 1, tokens))
    odds = np.exp(logits - logits.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    return Chain(odds[0], odds[1:])


def chains(count: int = COUNT, seed: int = 0) -> Arrays:
    """The set `chains`: `count` sequences of the oracle, without labels.

    After the synthetic task of Yu et al. 2017, arXiv:1609.05473, section 5, whose oracle is a random LSTM of
    5000 tokens: a chain's likelihood is as exact, and its entropy is known too.
    """
    return Arrays(oracle().sample(count, LENGTH, seed + 1), tokens=TOKENS)
