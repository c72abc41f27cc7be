"""McGAN: second moments see what means do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import turned
from sparring.core.latent import Normal
from sparring.core.space import Space
from sparring.data.arrays import Arrays, arrays_data
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame
from sparring.data.sources import dataset
from sparring.data.toys import ring8_modes
from sparring.metrics.modes import mode_score
from sparring.nets import mlp
from sparring.nets.moments import Critic
from sparring.zoo.mcgan import mcgan

CORRELATION = 0.9
LINEAR_ROUNDS, RING_ROUNDS = 1000, 1500


@final
class Linear(nn.Module):
    """G(z) = A z, A = I when new."""

    def __init__(self) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.eye(2))

    def forward(self, z: Tensor) -> Tensor:
        return z @ self.A.T


@dataclass(frozen=True)
class Straight:
    """Builds it."""

    def __call__(self, space: Space) -> nn.Module:
        return Linear()


@dataclass(frozen=True)
class Plain:
    """Builds Phi(x) = x."""

    def __call__(self, space: Space) -> nn.Module:
        return nn.Identity()


def trial(seed: int) -> Mapping[str, float]:
    """The correlation that a linear G learns by means or by second moments, and the modes on the ring."""
    by_moments, by_means = _correlation(False, 1, seed), _correlation(True, 0, seed)
    return {
        "error by moments": abs(by_moments - CORRELATION),
        "correlation by means": abs(by_means),
        "modes": _modes(8, seed),
        "modes by means": _modes(0, seed),
    }


def _correlation(mean: bool, rank: int, seed: int) -> float:
    # U and V are of length one and must turn about when G has gone too far: a slower D lets G swing round 0.9
    rates = {"turns.D.optim.lr": 5e-2, "turns.G.optim.lr": 1e-3}
    recipe = turned(replace(mcgan, latent=Normal(2)), rates)
    nets = {"G": Straight(), "D": Critic(Plain(), mean, rank)}
    played = bout(recipe, _gaussian(seed), LINEAR_ROUNDS, seed, batch=256, nets=nets)
    return float(np.corrcoef(played.samples(20_000).numpy().T)[0, 1])


def _gaussian(seed: int) -> Dataset:
    covariance = [[1, CORRELATION], [CORRELATION, 1]]
    x = np.random.default_rng(seed).multivariate_normal([0, 0], covariance, 20_000)
    return arrays_data(Arrays(x.astype(np.float32)), Frame(), "a correlated Gaussian")


def _modes(rank: int, seed: int) -> float:
    rates = {"turns.D.optim.lr": 5e-4, "turns.G.optim.lr": 2.5e-4, "turns.D.after.clip.bound": 0.1}
    recipe = turned(replace(mcgan, latent=Normal(8)), rates)
    nets = {"G": mlp.Generator(64), "D": Critic(mlp.Critic(64, outputs=16), True, rank)}
    fakes = bout(recipe, dataset("ring8"), RING_ROUNDS, seed, batch=128, nets=nets).samples(2500)
    return float(mode_score(fakes, ring8_modes(), 0.02).modes)


claim = Claim(
    says="second moments teach a correlation of 0.9 that means cannot see, and cost no mode of the ring",
    data="20 000 points from N(0, [[1, .9], [.9, 1]]), with Phi(x) = x; ring8, with learnt features",
    baseline="matching means alone, with the same nets and updates",
    trial=trial,
    bounds=(
        AtMost("error by moments", 0.05),
        AtMost("correlation by means", 0.2),
        AtLeast("modes", "modes by means"),
        AtLeast("modes", 1.0),
    ),
    headline="modes",
    against="modes by means",
    calibrated=(
        "as the card proposes, and at least one mode, for 0 against 0 would say nothing; on the ring clip "
        "0.1, D's rate 5e-4, G's half of it.  For the correlation D's rate is 5e-2: a first setting (1e-2) "
        "missed its bound on seeds 0-2, for G swung about 0.9 by 0.1, longer than its average remembers"
    ),
    note=(
        "the correlation is learnt; but neither game reaches a mode of the ring, so that this part says "
        "nothing.  With a clip of 0.05 or 0.1 G stays a broad cloud, at a distance of 0.07 to 0.1; with "
        "wider clips, layer norm or a deeper Phi D grows strong and G runs away or circles.  With Phi "
        "spectrally normalised in place of clipped both games come to the modes, and the means alone "
        "sooner: 7 modes against 5 after 1500 rounds (seed 10)"
    ),
)
