"""Detection of whether a recipe's scores are logits of a probability, by evaluating its losses.

A loss is a cross-entropy of the discriminator's scores v if, for every batch,

    L = w (E softplus(v(x)) - a E v(x) + E softplus(v(G(z))) - b E v(G(z))) + constant

so a least-squares fit over a few batches decides, and gives the targets a and b as well. Where it is one of
s(v) in place of v, or v itself never leaves [0, 1], the loss takes probabilities for logits: one sigmoid too
many.
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
from sparring.core.labels import latent_labels
from sparring.core.recipe import Recipe
from sparring.engine.randomness import preserve_random_state
from sparring.metrics.rows import Floats

BATCHES, ROWS = 32, 8
"""Number of batches that a loss is evaluated on, and data in each."""

SPREAD = 1.0
"""Least standard deviation of scores that lets losses be told apart."""

GAINS, GAIN = 40, 1.15
"""Largest number of times that weights are scaled up until scores spread, and the factor."""

EXACT = 1e-3
"""Largest misfit of an exact fit, in standard deviations of the loss."""

MOST_TERMS = 4
"""A turn with more terms is fitted only by their total and term by term."""


@dataclass(frozen=True)
class ScoreKind:
    """The kind of a recipe's scores, as its losses imply it: logits of a probability, or other numbers."""

    targets: tuple[float, float] | None
    """The discriminator's targets for data and fakes; None: its scores are not logits of a probability."""
    saturating: bool | None
    """Whether the generator has the minimax loss; None: neither that nor the non-saturating one."""
    double_sigmoid: bool = False
    """Whether the discriminator's loss takes logits but receives probabilities."""


def detect_logits(recipe: Recipe, nets: Nets, real: Tensor) -> ScoreKind:
    """Return whether the scores of `recipe` are logits of a probability, by a fit to its losses.

    The losses are evaluated on 32 batches of 8 data from `real` (n, *shape) with fixed seeds. `nets` are
    copied and stay unchanged. `double_sigmoid` is only examined where the scores are no logits.
    """
    with preserve_random_state(), torch.enable_grad():
        copied = copy.deepcopy(nets).eval().requires_grad_(False)
        batches = [_batch(recipe, real, i) for i in range(BATCHES)]
        _spread(recipe, copied, batches)
        scores = [_scores(recipe, copied, batch) for batch in batches]
        fits = _exact_fits(recipe, copied, batches, scores)
        targets = [pair for pair in map(_targets, fits) if pair is not None]
        if not targets:
            return ScoreKind(None, None, _twice(recipe, nets, copied, batches, scores))
    saturating = [answer for answer in map(_saturating, fits) if answer is not None]
    return ScoreKind(targets[0], saturating[0] if saturating else None)


Scores = list[tuple[Tensor, Tensor]]


def _twice(recipe: Recipe, nets: Nets, spread: Nets, batches: list[Batch], scores: Scores) -> bool:
    """Return whether a cross-entropy receives probabilities: s(v), or scores that never leave [0, 1]."""
    if all(bool(((part >= 0) & (part <= 1)).all()) for pair in scores for part in pair):
        plain = copy.deepcopy(nets).eval().requires_grad_(False)  # scaled up, its scores would all be 0 or 1
        plain_scores = [_scores(recipe, plain, batch) for batch in batches]
        fits = _exact_fits(recipe, plain, batches, plain_scores)
    else:
        fits = _exact_fits(
            recipe, spread, batches, [(data.sigmoid(), made.sigmoid()) for data, made in scores]
        )
    return any(_targets(fit) is not None for fit in fits)


def _exact_fits(recipe: Recipe, nets: Nets, batches: list[Batch], scores: Scores) -> list[Floats]:
    """Return the exact fits of all turns to these scores."""
    design = np.array([_row(data, made) for data, made in scores])
    return [fit for turn in recipe.turns for fit in _fits(recipe, turn, nets, batches, design)]


def _batch(recipe: Recipe, real: Tensor, seed: int) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(real), (ROWS,), generator=draw).to(real.device)
    u = torch.rand(ROWS, *[1] * (real.dim() - 1), generator=draw).to(real.device)
    z = recipe.latent.sample(ROWS, draw).to(real.device)
    # The fit does not depend on which data of an unpaired need, or which labels, are used.
    other = {need.role: real.roll(1, 0)[rows] for need in recipe.needs if not need.paired}
    return Batch(real[rows], z, u, latent_labels(recipe.latent, z), other)


@torch.no_grad()
def _spread(recipe: Recipe, nets: Nets, batches: list[Batch]) -> None:
    """Scale up all weights until scores differ: near 0 every loss looks linear."""
    for _ in range(GAINS):
        values = [torch.cat(_scores(recipe, nets, batch)) for batch in batches[:4]]
        if torch.cat(values).std() >= SPREAD:
            return
        for parameter in nets.parameters():
            parameter.mul_(GAIN)


@torch.no_grad()
def _scores(recipe: Recipe, nets: Nets, batch: Batch) -> tuple[Tensor, Tensor]:
    made = recipe.sampler(nets, batch)
    real, fake = batch, Batch.shown(made, latent_labels(recipe.latent, batch.z))
    return recipe.judge(nets, real).double(), recipe.judge(nets, fake).double()


def _row(data: Tensor, made: Tensor) -> list[float]:
    parts = (softplus(data), data, softplus(made), made)
    return [*(float(part.mean()) for part in parts), 1.0]


def _fits(recipe: Recipe, turn: str, nets: Nets, batches: list[Batch], design: Floats) -> Iterator[Floats]:
    """Yield the coefficients of every exact fit of the turn's terms, or of sums of some."""
    losses = [recipe.turns[turn].loss(nets, batch) for batch in batches]
    for names in _sums(losses[0]):
        loss = np.array([sum(float(terms[name]) for name in names) for terms in losses])
        if not np.isfinite(loss).all() or loss.std() == 0:
            continue
        coefficients = np.linalg.lstsq(design, loss, rcond=None)[0]
        if np.abs(design @ coefficients - loss).max() <= EXACT * loss.std():
            yield coefficients


def _sums(terms: Mapping[str, Tensor]) -> Iterator[tuple[str, ...]]:
    sizes = range(1, len(terms) + 1) if len(terms) <= MOST_TERMS else (1, len(terms))
    for size in sizes:
        yield from combinations(terms, size)


def _targets(fit: Floats) -> tuple[float, float] | None:
    """Return (a, b) if this is a discriminator's loss, else None."""
    data, on_data, made, on_made, _ = fit
    if data < 0.05 or abs(made / data - 1) > 0.02:
        return None
    a, b = (round(float(-linear / data), 2) + 0.0 for linear in (on_data, on_made))  # + 0: no minus zero
    return (a, b) if 0 <= b < a <= 1 else None


def _saturating(fit: Floats) -> bool | None:
    """Return whether a generator's loss lowers log(1 - D) rather than raises log D; None: neither."""
    _, _, made, on_made, _ = fit
    if abs(made) < 0.05:
        return None
    ratio = on_made / made
    if made < 0 and abs(ratio) < 0.02:
        return True
    return False if made > 0 and abs(ratio + 1) < 0.02 else None
