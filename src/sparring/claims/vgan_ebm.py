"""VGAN: the critic ends as a usable energy, and without the entropy term the generator loses modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import turned
from sparring.core.latent import Normal
from sparring.core.recipe import Builder, Recipe
from sparring.core.space import Space
from sparring.data.sources import dataset
from sparring.data.toys import ring8_modes
from sparring.metrics.modes import mode_score
from sparring.nets import experts, mlp
from sparring.zoo.gan import gan
from sparring.zoo.vgan_ebm import vgan_ebm

ROUNDS, RING_ROUNDS, BATCH, SAMPLES = 1500, 2000, 128, 2500
RATES = {"turns.D.optim.lr": 1e-3, "turns.G.optim.lr": 1e-3}
STD, RING_STD = 0.3, 0.02


@dataclass(frozen=True)
class Bounded:
    """A generator into a square, as pictures are bounded.

    Outside the data experts made of ReLUs are the surer the farther one goes, so that free points run away.
    """

    inner: Builder
    limit: float = 2.5

    def __call__(self, space: Space) -> nn.Module:
        return Square(self.inner(space), self.limit)


@final
class Square(nn.Module):
    """z -> points in [-limit, limit]^d."""

    def __init__(self, inner: nn.Module, limit: float) -> None:
        super().__init__()
        self.inner = inner
        self.limit = limit

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.limit * (self.inner(z) / self.limit).tanh()
        return x


def trial(seed: int) -> Mapping[str, float]:
    """Rank correlation of the critic with the log density of mix1d, and modes of ring8 that are reached."""
    ours, theirs = experts.Critic(mlp.Critic(64, outputs=32)), mlp.Critic(64)
    rings = {diversity: _ring(diversity, seed) for diversity in (1.0, 0.0)}
    return {
        "correlation": _correlation(replace(vgan_ebm, nets={"G": mlp.Generator(64), "D": ours}), seed),
        "gan's correlation": _correlation(replace(gan, nets={"G": mlp.Generator(64), "D": theirs}), seed),
        "modes": rings[1.0][0],
        "modes without": rings[0.0][0],
        "quality": rings[1.0][1],
        "quality without": rings[0.0][1],
    }


def _correlation(recipe: Recipe, seed: int) -> float:
    recipe = turned(replace(recipe, latent=Normal(16)), RATES)
    x = torch.linspace(-2, 2, 401)[:, None]
    found = bout(recipe, dataset("mix1d"), ROUNDS, seed, batch=BATCH)
    density = torch.logsumexp(-(((x - torch.tensor([-1.0, 1.0])) / STD) ** 2) / 2, 1)
    return float(spearmanr(found.nets["D"](x).detach(), density).statistic)


def _ring(diversity: float, seed: int) -> tuple[float, float]:
    critic = experts.Critic(mlp.Critic(128, outputs=32))
    nets: dict[str, Builder] = {"G": Bounded(mlp.Generator(128)), "D": critic}
    recipe = replace(vgan_ebm, nets=nets, latent=Normal(16))
    recipe = turned(recipe, {**RATES, "turns.G.loss.diversity": diversity})
    x = bout(recipe, dataset("ring8"), RING_ROUNDS, seed, batch=BATCH).samples(SAMPLES)
    score = mode_score(x, ring8_modes(), RING_STD)
    return float(score.modes), score.quality


claim = Claim(
    says="The critic's energy ranks points as their density does, and the entropy term keeps the modes",
    data="mix1d, 0.5 N(-1, 0.3^2) + 0.5 N(1, 0.3^2); ring8",
    baseline="the logit of an equal gan; the same game without the generator's entropy term",
    trial=trial,
    bounds=(
        AtLeast("correlation", 0.8),
        AtLeast("correlation", "gan's correlation"),
        AtLeast("modes", 7),
        AtMost("modes without", 6),
    ),
    headline="correlation",
    against="gan's correlation",
    calibrated="thresholds as the card proposes; points of ring8 are held in a square of side 5; the "
    "2000 rounds on ring8 were not tried to their end",
    note=(
        "the energy ranks points better than gan's logit on every seed, but not by 0.8 in the mean; "
        "without the entropy term no mode is reached, with it 2 to 5, so that the direction holds and the"
        " number does not"
    ),
)
