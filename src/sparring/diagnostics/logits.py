"""Whether a recipe's scores are logits of a probability, told from its losses by trying them.

A loss is a cross-entropy of the judge's scores v if, whatever the batch,

    L = w (E softplus(v(x)) - a E v(x) + E softplus(v(G(z))) - b E v(G(z))) + constant

so a least-squares fit over a few batches tells, and gives the targets a and b too.  Where it is one of s(v)
in place of v, or v itself never leaves [0, 1], probabilities are taken for logits: a sigmoid too many.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from sparring.core.batch import Batch, Nets
from sparring.core.labels import labels_of
from sparring.core.recipe import Recipe
from sparring.engine.randomness import kept
from sparring.metrics.rows import Floats

BATCHES, ROWS = 32, 8
"""Batches that a loss is tried on, and data in each."""

SPREAD = 1.0
"""Standard deviation that scores need to have for losses to look different."""

GAINS, GAIN = 40, 1.15
"""Times that weights are enlarged until scores spread, and the factor."""

EXACT = 1e-3
"""The largest misfit, in standard deviations of the loss."""

MOST_TERMS = 4
"""A turn of more terms is read as their sum and one by one."""


@dataclass(frozen=True)
class Logits:
    """What is known of the scores of a recipe."""

    targets: tuple[float, float] | None
    """The critic's targets for data and fakes; None: its scores are no logits of a probability."""
    saturating: bool | None
    """Whether the generator plays the minimax loss; None: neither that nor the non-saturating one."""
    twice: bool = False
    """Whether the critic's loss takes logits and is given probabilities."""


def logits(recipe: Recipe, nets: Nets, real: Tensor) -> Logits:
    """What the losses of `recipe` show on data `real` (n, *shape), with copies of the nets."""
    with kept(), torch.enable_grad():
        copied = copy.deepcopy(nets).eval().requires_grad_(False)
        batches = [_batch(recipe, real, i) for i in range(BATCHES)]
        _spread(recipe, copied, batches)
        scores = [_scores(recipe, copied, batch) for batch in batches]
        fits = _tried(recipe, copied, batches, scores)
        targets = [pair for pair in map(_targets, fits) if pair is not None]
        if not targets:
            return Logits(None, None, _twice(recipe, nets, copied, batches, scores))
    answers = [answer for answer in map(_saturating, fits) if answer is not None]
    return Logits(targets[0], answers[0] if answers else None)


Scores = list[tuple[Tensor, Tensor]]


def _twice(recipe: Recipe, nets: Nets, spread: Nets, batches: list[Batch], scores: Scores) -> bool:
    """Whether a cross-entropy is given s(v), by the losses or by a critic whose scores never leave [0, 1]."""
    if all(bool(((one >= 0) & (one <= 1)).all()) for pair in scores for one in pair):
        plain = copy.deepcopy(nets).eval().requires_grad_(False)  # enlarged, it says 0 or 1 and nothing else
        seen = [_scores(recipe, plain, batch) for batch in batches]
        fits = _tried(recipe, plain, batches, seen)
    else:
        fits = _tried(recipe, spread, batches, [(data.sigmoid(), made.sigmoid()) for data, made in scores])
    return any(_targets(fit) is not None for fit in fits)


def _tried(recipe: Recipe, nets: Nets, batches: list[Batch], scores: Scores) -> list[Floats]:
    """The exact fits of all turns by such scores."""
    design = np.array([_row(data, made) for data, made in scores])
    return [fit for turn in recipe.turns for fit in _fits(recipe, turn, nets, batches, design)]


def _batch(recipe: Recipe, real: Tensor, seed: int) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(real), (ROWS,), generator=draw).to(real.device)
    u = torch.rand(ROWS, *[1] * (real.dim() - 1), generator=draw).to(real.device)
    z = recipe.latent.sample(ROWS, draw).to(real.device)
    # Any data will do for the second domain, and any labels.
    y = real.roll(1, 0)[rows] if recipe.domains == 2 else labels_of(recipe.latent, z)
    return Batch(real[rows], z, u, y)


@torch.no_grad()
def _spread(recipe: Recipe, nets: Nets, batches: list[Batch]) -> None:
    """Enlarge all weights until scores differ: near 0 every loss looks straight."""
    for _ in range(GAINS):
        drawn = [torch.cat(_scores(recipe, nets, batch)) for batch in batches[:4]]
        if torch.cat(drawn).std() >= SPREAD:
            return
        for parameter in nets.parameters():
            parameter.mul_(GAIN)


@torch.no_grad()
def _scores(recipe: Recipe, nets: Nets, batch: Batch) -> tuple[Tensor, Tensor]:
    made = recipe.sampler(nets, batch)
    real, fake = batch, Batch.shown(made, labels_of(recipe.latent, batch.z))
    return recipe.judge(nets, real).double(), recipe.judge(nets, fake).double()


def _row(data: Tensor, made: Tensor) -> list[float]:
    parts = (softplus(data), data, softplus(made), made)
    return [*(float(part.mean()) for part in parts), 1.0]


def _fits(recipe: Recipe, turn: str, nets: Nets, batches: list[Batch], design: Floats) -> Iterator[Floats]:
    """Coefficients of every exact fit of the turn's terms, or of sums of some."""
    found = [recipe.turns[turn].loss(nets, batch) for batch in batches]
    for names in _sums(found[0]):
        loss = np.array([sum(float(terms[name]) for name in names) for terms in found])
        if not np.isfinite(loss).all() or loss.std() == 0:
            continue
        fitted = np.linalg.lstsq(design, loss, rcond=None)[0]
        if np.abs(design @ fitted - loss).max() <= EXACT * loss.std():
            yield fitted


def _sums(terms: Mapping[str, Tensor]) -> Iterator[tuple[str, ...]]:
    sizes = range(1, len(terms) + 1) if len(terms) <= MOST_TERMS else (1, len(terms))
    for size in sizes:
        yield from combinations(terms, size)


def _targets(fit: Floats) -> tuple[float, float] | None:
    """(a, b) where this is a critic's loss."""
    data, on_data, made, on_made, _ = fit
    if data < 0.05 or abs(made / data - 1) > 0.02:
        return None
    a, b = (round(float(-slope / data), 2) + 0.0 for slope in (on_data, on_made))  # + 0: no minus zero
    return (a, b) if 0 <= b < a <= 1 else None


def _saturating(fit: Floats) -> bool | None:
    """Whether a generator's loss lowers log(1 - D), or raises log D; None: neither."""
    _, _, made, on_made, _ = fit
    if abs(made) < 0.05:
        return None
    ratio = on_made / made
    if made < 0 and abs(ratio) < 0.02:
        return True
    return False if made > 0 and abs(ratio + 1) < 0.02 else None
