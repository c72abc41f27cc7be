"""Discriminators of least squares, hinge, softmax, divergences and ratios against optima in closed form.

A generator stands still at q = N(1, 1) while data are p = N(0, 1), so that p / q = exp(1/2 - x).  The
recipe's own D turn is played by the real game with a 1-64-64-1 discriminator; what is judged is the running
mean of its weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Loss, Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.nets.layers.spectral_norm import SpectralNormalised
from sparring.objectives.adversarial import LeastSquares
from sparring.objectives.divergences import (
    KL,
    Divergence,
    Hellinger,
    JensenShannon,
    Logistic,
    Pearson,
    ReverseKL,
    TotalVariation,
    Variational,
)
from sparring.objectives.ratio import Logarithms, Potential, RatioMatching, Softplus, Squares
from sparring.zoo.b_gan import b_gan
from sparring.zoo.f_gan import f_gan
from sparring.zoo.gan import Discriminate
from sparring.zoo.lsgan import lsgan
from sparring.zoo.sngan import sngan
from sparring.zoo.softmax_gan import softmax_gan

INSIDE = torch.linspace(-1.5, 2.5, 81)[:, None]
"""Where both densities are large enough for samples to fix the discriminator."""
GRID = torch.linspace(-9, 10, 4001, dtype=torch.float64)
MANY = 50_000


@final
class Shifted(nn.Module):
    """G(z) = z + 1."""

    def __init__(self, space: Space) -> None:
        super().__init__()

    def forward(self, z: Tensor) -> Tensor:
        return z + 1


def _drawer(n: int, seed: int = 1) -> Callable[[], Batch]:
    source = torch.Generator().manual_seed(seed)

    def draw() -> Batch:
        x, z = torch.randn(n, 1, generator=source), torch.randn(n, 1, generator=source)
        return Batch(x=x, z=z, u=torch.rand(n, 1, generator=source))

    return draw


def _taught(recipe: Recipe, rounds: int = 600, *, loss: Loss | None = None, n: int = 256) -> Nets:
    """The nets after so many D turns of the recipe; Adam's rate is higher than most recipes'."""
    turn = replace(recipe.turns["D"], loss=loss or recipe.turns["D"].loss, optim=Adam(2e-3, (0.5, 0.99)))
    nets = {"G": Shifted, "D": mlp.Discriminator(64, 2)}
    game = Game(
        replace(recipe, nets=nets, turns={"D": turn}, averages={"D": Average(0.99)}, latent=Normal(1)),
        Space((1,), 1),
    )
    draw = _drawer(n)
    for _ in range(rounds):
        game.round(draw)
    game.read_terms()  # raises where a term is not finite
    return nn.ModuleDict({**game.nets, **game.averages})


def _cost(loss: Loss, nets: Nets) -> float:
    """The loss on a large fresh batch."""
    with torch.no_grad():
        return sum(loss(nets, _drawer(MANY, seed=2)()).values()).item()


@torch.no_grad()
def _scores(nets: Nets) -> Tensor:
    return nets["D"](INSIDE)


def _normal(x: Tensor, mean: float, std: float) -> Tensor:
    return (-((x - mean) / std).square() / 2).exp() / (std * math.sqrt(2 * math.pi))


@pytest.mark.parametrize(("a", "b", "c"), [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0)])
def test_lsgan_finds_the_weighted_targets(a: float, b: float, c: float) -> None:
    """v* = (b p + a q) / (p + q), and for (0, 1) the cost is int p q / (p + q) / 2 = 0.1990."""
    assert lsgan.turns["D"].loss == Discriminate(LeastSquares(0.0, 1.0, 1.0))
    loss = Discriminate(LeastSquares(a, b, c))
    nets = _taught(lsgan, loss=loss)
    best = a + (b - a) * torch.sigmoid(0.5 - INSIDE[:, 0])
    assert (_scores(nets) - best).abs().max() < 0.05 * (b - a)
    if a == 0:
        assert _cost(loss, nets) == pytest.approx(0.1990, abs=0.01)


def test_the_hinge_discriminator_takes_sides() -> None:
    """v* = sign(p - q), at the cost of 2 int min(p, q) = 2 (1 - TV)."""
    nets = _taught(sngan)
    p, q = _normal(GRID, 0, 1), _normal(GRID, 1, 1)
    cost = 2 * torch.trapezoid(torch.minimum(p, q), GRID).item()
    assert cost == pytest.approx(2 * (1 - 0.383), abs=1e-3)
    assert _cost(sngan.turns["D"].loss, nets) == pytest.approx(cost, abs=0.03)
    clear = (INSIDE[:, 0] - 0.5).abs() > 0.5
    assert (_scores(nets).sign() == (0.5 - INSIDE[:, 0]).sign())[clear].all()


def test_the_normalised_discriminator_is_nowhere_steeper_than_one() -> None:
    """It wants to jump from 1 to -1 at 1/2 as the free one does, and may not."""
    recipe = replace(
        sngan, nets={"G": Shifted, "D": SpectralNormalised(mlp.Discriminator(32))}, latent=Normal(1)
    )
    recipe = replace(recipe, turns={"D": replace(sngan.turns["D"], optim=Adam(1e-2))}, averages={})
    game, draw = Game(recipe, Space((1,), 1)), _drawer(128)
    for _ in range(150):
        game.round(draw)
    with torch.no_grad():
        rise = (game.nets["D"].eval()(INSIDE).diff() / INSIDE[:, 0].diff()).abs()
    assert 0.2 < rise.max() <= 1.02
    free = _scores(_taught(sngan, 300)).diff() / INSIDE[:, 0].diff()
    assert free.abs().max() > 2


def test_softmax_gan_finds_the_logarithm_of_the_gans_discriminator() -> None:
    """v* = log s(1/2 - x) up to a constant, and the cost of M data and M fakes is log M + 0.5817."""
    nets = _taught(softmax_gan)
    error = _scores(nets) - torch.nn.functional.logsigmoid(0.5 - INSIDE[:, 0])
    assert error.std() < 0.1
    cost = _cost(softmax_gan.turns["D"].loss, nets)
    assert cost == pytest.approx(0.5817 + math.log(MANY), abs=0.02)


OPTIMA: list[tuple[Divergence, Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]] = [
    (KL(), lambda r: 1 + r.log(), lambda p, q: p * (p / q).log()),
    (ReverseKL(), lambda r: r.log(), lambda p, q: q * (q / p).log()),
    (Pearson(), lambda r: 2 * (r - 1), lambda p, q: (p - q).square() / q),
    (Hellinger(), lambda r: r.log() / 2, lambda p, q: (p.sqrt() - q.sqrt()).square()),
    (
        JensenShannon(),
        lambda r: r.log(),
        lambda p, q: p * (2 * p / (p + q)).log() + q * (2 * q / (p + q)).log(),
    ),
    (Logistic(), lambda r: r.log(), lambda p, q: p * (p / (p + q)).log() + q * (q / (p + q)).log()),
    (TotalVariation(), lambda r: 50 * (r - 1), lambda p, q: (p - q).abs() / 2),
]


@pytest.mark.parametrize(("divergence", "best", "density"), OPTIMA, ids=lambda case: repr(case)[:20])
def test_at_its_optimum_a_bound_is_its_divergence(
    divergence: Divergence,
    best: Callable[[Tensor], Tensor],
    density: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """p = N(0, 1) is the data and q = N(1, 1.4^2), for which both KL differ; by quadrature, exactly."""
    p, q = _normal(GRID, 0, 1), _normal(GRID, 1, 1.4)
    truth = torch.trapezoid(density(p, q), GRID).item()

    def bound(v: Tensor) -> float:
        part = p * divergence.activation(v) - q * divergence.conjugate(v)
        return torch.trapezoid(part, GRID).item()

    v = best(p / q)
    assert bound(v) == pytest.approx(truth, abs=2e-3)
    for step in (0.05 * GRID.sin(), -0.05 * GRID.sin(), torch.full_like(v, 0.05)):
        assert bound(v + step) <= truth + 1e-6


@pytest.mark.parametrize(
    ("divergence", "value"),
    [
        (KL(), 0.500),
        (ReverseKL(), 0.500),
        (Pearson(), 1.718),
        (Hellinger(), 0.2350),
        (JensenShannon(), 0.2228),
    ],
    ids=repr,
)
def test_f_gans_discriminator_finds_the_divergence(divergence: Divergence, value: float) -> None:
    """Its bound, by quadrature, for the samples' own noise is a tenth of Pearson's."""
    nets = _taught(f_gan, 500, loss=Discriminate(Variational(divergence)))
    grid = GRID[(GRID > -4.5) & (GRID < 5.5)]
    with torch.no_grad():
        v = nets["D"](grid.float()[:, None]).double()
    part = _normal(grid, 0, 1) * divergence.activation(v) - _normal(grid, 1, 1) * divergence.conjugate(v)
    assert torch.trapezoid(part, grid).item() == pytest.approx(value, rel=0.05)


def test_b_gans_discriminator_finds_the_ratio() -> None:
    nets = _taught(b_gan, 600)
    x = torch.linspace(-1, 2, 61)
    truth = (0.5 - x).exp()
    with torch.no_grad():
        found = Softplus()(nets["D"](x[:, None]))
        fake = Softplus()(nets["D"](_drawer(MANY, seed=2)().z + 1))
    assert (found - truth).norm() / truth.norm() < 0.15
    assert fake.mean().item() == pytest.approx(1, abs=0.05)
    assert Squares().value(fake).mean().item() == pytest.approx(1.718 / 2, rel=0.10)


def test_b_gans_relative_ratio_is_bounded() -> None:
    """p / (p / 5 + 4 q / 5) never exceeds 5, where p / q itself reaches 33 three deviations out."""
    nets = _taught(b_gan, 600, loss=Discriminate(RatioMatching(share=0.2)))
    x = torch.linspace(-3, 4, 141)
    p, q = _normal(x, 0, 1), _normal(x, 1, 1)
    with torch.no_grad():
        found = Softplus()(nets["D"](x[:, None]))
    truth = p / (0.2 * p + 0.8 * q)
    assert (found - truth).norm() / truth.norm() < 0.15
    assert found.max() < 5


@pytest.mark.parametrize(("fit", "inwards"), [(Logarithms(), True), (Squares(), False)], ids=repr)
@pytest.mark.parametrize("distance", [0.3, 1.0])
def test_which_way_b_gans_generator_goes(fit: Potential, inwards: bool, distance: float) -> None:
    """Data N(0, 1), fakes N(d, 1), and the exact ratio: the slope of E_q f(r) in d, with r held.

    The GAN's f leads to the data.  Pearson's leads away: of E (r - 1) r' the sign is that of -(e^(d^2) - 1).
    """
    z = torch.randn(MANY, generator=torch.Generator().manual_seed(0))

    def cost(d: Tensor) -> Tensor:
        x = z + d
        return fit.value((distance**2 / 2 - distance * x).exp()).mean()

    slope = torch.func.grad(cost)(torch.tensor(distance)).item()
    assert (slope > 0) == inwards
    if not inwards:
        assert slope == pytest.approx(-distance * np.expm1(distance**2), rel=0.2)


def test_b_gan_plays_the_falling_f() -> None:
    assert b_gan.turns["G"].loss.pair.fit == Logarithms()
    assert b_gan.turns["D"].loss.pair.match == Squares()
