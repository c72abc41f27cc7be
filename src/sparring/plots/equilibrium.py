"""Losses of a game at equilibrium, where G(z) has the data's distribution and D is optimal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sparring.core.recipe import Recipe, Turn
from sparring.objectives.adversarial import Game, Relativistic, Softmax
from sparring.zoo.gan import Discriminate, Generate
from sparring.zoo.r3gan import GenerateRelativistic, RelativisticR1R2

LOGITS = 10.0
"""The optimal score is searched for between minus and plus this."""

POINTS = 401
TOLERANCE = 1e-9
"""Losses that differ by less count as equal."""


class Equilibrium(NamedTuple):
    """The losses `d` of the discriminator and `g` of the generator; None if the game does not determine it.

    >>> from sparring.objectives.adversarial import NonSaturating
    >>> equilibrium(NonSaturating()).g  # log 2
    0.693...
    """

    d: float | None
    g: float | None


def equilibrium_losses(recipe: Recipe) -> dict[str, float]:
    """Return the values of a recipe's adversarial terms at equilibrium, by "turn.adv", rounded to 6 decimals.

    Only turns of the plain game, D(x) against D(G(z)), are known: those whose loss is `Discriminate`,
    `Generate`, `RelativisticR1R2` or `GenerateRelativistic`. Other turns, and values that the game does not
    determine, are left out. Penalties are no part of the values; they are zero for a constant discriminator.

    >>> from sparring import zoo
    >>> equilibrium_losses(zoo.get("gan"))
    {'D.adv': 1.386294, 'G.adv': 0.693147}
    """
    values: dict[str, float] = {}
    for key, turn in recipe.turns.items():
        pair = _pair(turn)
        if pair is None:
            continue
        losses = equilibrium(pair, recipe.batch)
        value = losses.g if isinstance(turn.loss, Generate | GenerateRelativistic) else losses.d
        if value is not None:
            values[f"{key}.adv"] = round(value, 6) + 0.0  # no -0.0
    return values


def equilibrium(pair: Game, batch: int = 1) -> Equilibrium:
    """Return both losses of `pair` where p = q and D(x) = v everywhere, with v the optimal score.

    With p = q no score can depend on the sample, so that the discriminator's loss is a function of v alone.
    It is minimised over [-10, 10]. Non-saturating: v = 0, d = log 4 and g = log 2 (Goodfellow et al. 2014,
    arXiv:1406.2661, theorem 1); with the data's target at 0.9: sigmoid(v) = 0.45 and d = 1.3763. Both values
    are None where the only minimum is at an end of the interval: the discriminator's loss then counts as
    unbounded below. The generator's alone is None where several v are optimal and its loss differs among
    them, as for Wasserstein. `batch` is the number of samples of each kind that a loss sees.
    """
    from scipy.optimize import minimize_scalar  # here, for it takes long to import

    grid = np.linspace(-LOGITS, LOGITS, POINTS)
    losses = np.array([_d_loss(pair, v, batch) for v in grid])
    best = np.flatnonzero(losses <= losses.min() + TOLERANCE)
    if len(best) == 1:
        if best[0] in (0, POINTS - 1):
            return Equilibrium(None, None)
        step = grid[1] - grid[0]
        bounds = (grid[best[0]] - step, grid[best[0]] + step)
        v = minimize_scalar(lambda v: _d_loss(pair, v, batch), bounds=bounds, options={"xatol": 1e-9}).x
        return Equilibrium(_d_loss(pair, v, batch), _g_loss(pair, v, batch))
    generator_losses = [_g_loss(pair, v, batch) for v in grid[best]]
    determined = max(generator_losses) - min(generator_losses) < TOLERANCE
    return Equilibrium(float(losses.min()), generator_losses[0] if determined else None)


def _pair(turn: Turn) -> Game | None:
    if isinstance(turn.loss, Discriminate | Generate):
        return turn.loss.pair
    return Relativistic() if isinstance(turn.loss, RelativisticR1R2 | GenerateRelativistic) else None


def _d_loss(pair: Game, v: float, batch: int) -> float:
    return float(pair.d(_scores(v, batch), _scores(v, batch)))


def _g_loss(pair: Game, v: float, batch: int) -> float:
    scores = _scores(v, batch)
    return float(pair.g(scores, scores) if isinstance(pair, Relativistic | Softmax) else pair.g(scores))


def _scores(v: float, batch: int) -> Tensor:
    return torch.full((batch,), float(v), dtype=torch.float64)
