"""f-GAN: where the generator cannot match the data, the divergence determines its best fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from sparring.core.claim import AtMost, Claim
from sparring.core.knobs import optimiser_knobs, set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Builder, Loss
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame
from sparring.data.from_arrays import arrays_data
from sparring.data.toys import mix1d
from sparring.engine.short import train_in_memory
from sparring.nets.families.affine import Affine
from sparring.nets.families.mlp import Discriminator
from sparring.objectives.divergences import KL, Divergence, Pearson, ReverseKL, Variational
from sparring.zoo.f_gan import f_gan
from sparring.zoo.gan import Discriminate, Generate

WEIGHTS, MEANS, STDS = (0.65, 0.35), (-1.5, 1.5), (0.6, 0.6)
START = (-1.0, 0.5)
ROUNDS, BATCH = 4000, 256
GRID = np.linspace(-12, 12, 4001)

CASES: Mapping[str, tuple[Divergence, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "KL": (KL(), lambda p, q: p * np.log(p / q)),
    "reverse KL": (ReverseKL(), lambda p, q: q * np.log(q / p)),
    "Pearson": (Pearson(), lambda p, q: (p - q) ** 2 / q),
}
"""By name: the divergence that G and D play by, and its integrand, of the densities p of data and q of G."""

# Where q is narrow a rare fake in its tail has weight e^(T - 1), so that gradients have spikes; with Adam's
# usual beta2 = 0.999 each spike shrinks the next thousand steps.
OPTIM: Mapping[str, object] = {"lr": 2e-3, "betas": (0.5, 0.9)}

ours = set_knobs(replace(f_gan, latent=Normal(1)), optimiser_knobs("DG", OPTIM))


def trial(seed: int) -> Mapping[str, float]:
    """Train G(z) = mu + sigma z on a mixture of two Gaussians by three f-divergences and return its errors.

    "KL", "reverse KL" and "Pearson" are the larger of the errors of mu and |sigma| against the `optimum` of
    the divergence, in the data's unit; "largest error" is the largest of the three. "sigma of KL" and so on
    are the values of |sigma| after training. `seed` decides the 20 000 numbers, the initial weights of D, the
    data order and the noise of the training.
    """
    data = arrays_data(mix1d(WEIGHTS, MEANS, STDS, 20_000, seed), Frame(), "two Gaussians")
    fits = {name: _fit(divergence, data, seed) for name, (divergence, _) in CASES.items()}
    errors = {name: float(np.abs(fits[name] - optimum(name)).max()) for name in CASES}
    sigmas = {f"sigma of {name}": float(fit[1]) for name, fit in fits.items()}
    return {"largest error": max(errors.values()), **errors, **sigmas}


def optimum(name: str) -> np.ndarray:
    """Return the (mu, sigma) of the Gaussian with the least divergence `name` from the data's density.

    The integrals are by quadrature on `GRID`, the minimum by the Nelder-Mead method.
    """
    parts = (w * _normal(m, s) for w, m, s in zip(WEIGHTS, MEANS, STDS, strict=True))
    p = sum(parts, np.zeros_like(GRID))
    minimum = minimize(
        lambda t: np.trapezoid(CASES[name][1](p, _normal(*t)), GRID), START, method="Nelder-Mead"
    )
    return np.asarray(minimum.x)


def _fit(divergence: Divergence, data: Dataset, seed: int) -> np.ndarray:
    pair = Variational(divergence, saddle=True)
    losses: dict[str, Loss] = {"D": Discriminate(pair), "G": Generate(pair)}
    turns = {key: replace(turn, loss=losses[key]) for key, turn in ours.turns.items()}
    nets: dict[str, Builder] = {"G": Affine(*START), "D": Discriminator(64)}
    line = train_in_memory(replace(ours, turns=turns), data, ROUNDS, seed, batch=BATCH, nets=nets).shown.G
    return np.array([line.mu.item(), abs(line.sigma.item())])


def _normal(mean: float, std: float) -> np.ndarray:
    density = np.exp(-np.square((GRID - mean) / std) / 2) / (abs(std) * np.sqrt(2 * np.pi))
    bounded: np.ndarray = np.maximum(density, 1e-300)  # keeps ratios of two tails finite
    return bounded


claim = Claim(
    says="G(z) = mu + sigma z ends within 0.15 of each divergence's optimum: KL and Pearson cover, RKL seeks",
    data="20 000 numbers from 0.65 N(-1.5, 0.6^2) + 0.35 N(1.5, 0.6^2)",
    baseline="the optima by quadrature: KL (-0.45, 1.55), reverse KL (-1.46, 0.65), Pearson (-0.47, 1.60)",
    trial=trial,
    bounds=tuple(AtMost(name, 0.15) for name in CASES),
    headline="largest error",
    calibrated=(
        "as the card proposes; G plays the saddle, not the recipe's other answer, and starts narrow: the "
        "reverse KL has a second, covering minimum at (-0.40, 1.38), to which the game went on the seeds "
        "tried from (0, 1) and from (-1, 1).  First settings (2000 and 5000 rounds, Adam's beta2 at 0.999) "
        "missed KL's bound on seeds 0-2, by up to 0.62 and 0.41: rare fakes in the tail make its gradient "
        "spike, and each spike shrinks Adam's next thousand steps; with 0.9, for all three divergences, KL "
        "arrives within 1500 rounds"
    ),
)
