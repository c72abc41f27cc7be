"""McGAN: second moments teach a correlation, which means cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.data.arrays import Arrays
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame
from sparring.data.from_arrays import arrays_data
from sparring.data.sources import dataset
from sparring.data.toys import ring8_modes
from sparring.engine.short import train_in_memory
from sparring.metrics.modes import mode_score
from sparring.nets.families import mlp
from sparring.nets.heads.moments import MomentsCritic
from sparring.nets.layers.spectral_norm import SpectralNormalised
from sparring.zoo.mcgan import mcgan

CORRELATION = 0.9
LINEAR_ROUNDS, RING_ROUNDS = 1000, 2000
RANK = 4


@final
class Linear(nn.Module):
    """A linear generator G(z) = A z of points in the plane, initialised with A = I."""

    def __init__(self) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.eye(2))

    def forward(self, z: Tensor) -> Tensor:
        return z @ self.A.T


@dataclass(frozen=True)
class LinearBuilder:
    """Build `Linear`."""

    def __call__(self, space: Space) -> nn.Module:
        return Linear()


@dataclass(frozen=True)
class IdentityFeatures:
    """Build the features Phi(x) = x, the data themselves."""

    def __call__(self, space: Space) -> nn.Module:
        return nn.Identity()


def trial(seed: int) -> Mapping[str, float]:
    """Train McGAN on a correlated Gaussian and on a ring of 8 and return correlations and modes.

    "error by moments" is |correlation - 0.9| of 20 000 samples of a linear G that learns from second moments
    alone; "correlation by means" is the |correlation| if it learns from means alone. "modes" counts the
    Gaussians that 2500 samples reach by means and second moments of learnt features, "modes by means" by
    means alone. `seed` decides the correlated data, the initial weights, the data order and the noise of the
    training.
    """
    by_moments, by_means = _correlation(False, 1, seed), _correlation(True, 0, seed)
    return {
        "error by moments": abs(by_moments - CORRELATION),
        "correlation by means": abs(by_means),
        "modes": _modes(RANK, seed),
        "modes by means": _modes(0, seed),
    }


def _correlation(mean: bool, rank: int, seed: int) -> float:
    # U and V have unit length and must reverse when G overshoots: with a slower D, G oscillates around 0.9
    rates = {"turns.D.optim.lr": 5e-2, "turns.G.optim.lr": 1e-3}
    recipe = set_knobs(replace(mcgan, latent=Normal(2)), rates)
    nets: dict[str, Builder] = {"G": LinearBuilder(), "D": MomentsCritic(IdentityFeatures(), mean, rank)}
    played = train_in_memory(recipe, _gaussian(seed), LINEAR_ROUNDS, seed, batch=256, nets=nets)
    return float(np.corrcoef(played.samples(20_000).numpy().T)[0, 1])


def _gaussian(seed: int) -> Dataset:
    covariance = [[1, CORRELATION], [CORRELATION, 1]]
    x = np.random.default_rng(seed).multivariate_normal([0, 0], covariance, 20_000)
    return arrays_data(Arrays(x.astype(np.float32)), Frame(), "a correlated Gaussian")


def _modes(rank: int, seed: int) -> float:
    # spectral norms bound Phi's gradient, so that its weights need no tight clipping
    settings = {"turns.D.optim.lr": 2e-3, "turns.G.optim.lr": 4e-3, "turns.D.after.clip.bound": 1.0}
    recipe = set_knobs(replace(mcgan, latent=Normal(8)), settings)
    phi = SpectralNormalised(mlp.Discriminator(64, outputs=16), norm=4.0)
    nets: dict[str, Builder] = {"G": mlp.Generator(64), "D": MomentsCritic(phi, True, rank)}
    fakes = train_in_memory(recipe, dataset("ring8"), RING_ROUNDS, seed, batch=128, nets=nets).samples(2500)
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
    baseline_number="modes by means",
    calibrated=(
        "as the card proposes, and at least one mode, for 0 against 0 would say nothing.  First settings "
        "missed on seeds 0-2: with Phi's weights clipped at 0.1 neither game reached a mode of the ring, "
        "and with D's rate at 1e-2 G swung about 0.9 by 0.1; now Phi's layers have spectral norm 4, weights "
        "only a box of 1, and D's rate for the correlation is 5e-2.  On seeds 10 to 13 both games had all "
        "8 modes after 1500 rounds, but on seed 12 only the means (7 against 8), hence 2000; the means alone "
        "are there sooner"
    ),
)
