"""Each recipe's discriminator against the optimum known in closed form for a generator that stands still.

The recipe's own D turns are played by the real game with a 1-64-64-1 discriminator; only the nets are
exchanged, and Adam's rate where the recipe's would need long, and what is judged is the running mean of D's
weights, which is rid of the noise of the last steps.  Unless a test says otherwise, data are p = N(0, 1) and
fakes q = N(1, 1), so that log p/q = 1/2 - x.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Latent, Normal, Uniform
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe, Turn
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.objectives.adversarial import Minimax
from sparring.objectives.gradient import input_gradient
from sparring.objectives.penalties import gradient_norms
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Generate, gan
from sparring.zoo.r1_gan import r1_gan
from sparring.zoo.r3gan import RelativisticR1R2, r3gan
from sparring.zoo.wgan import wgan
from sparring.zoo.wgan_gp import wgan_gp

INSIDE = torch.linspace(-1.5, 2.5, 81)[:, None]
"""Where both densities are large enough for samples to fix the discriminator."""
GRID = np.linspace(-7.0, 8.0, 601)


@dataclass(frozen=True)
class Shift:
    """Builds G(z) = z + by; in two dimensions (by, z)."""

    by: float = 1.0

    def __call__(self, space: Space) -> nn.Module:
        return Moved(self.by, space.shape[0])


@final
class Moved(nn.Module):
    def __init__(self, by: float, dimensions: int) -> None:
        super().__init__()
        self.by = by
        self.flat = dimensions == 1

    def forward(self, z: Tensor) -> Tensor:
        return z + self.by if self.flat else torch.cat([torch.full_like(z, self.by), z], 1)


def _fixed(
    recipe: Recipe, generator: Shift, *, optim: Adam | None = None, loss: object | None = None
) -> Recipe:
    """The recipe without its G turn, on points, with a small discriminator."""
    turns = {key: turn for key, turn in recipe.turns.items() if key != "G"}
    if optim is not None:
        turns = {key: replace(turn, optim=turn.optim and optim) for key, turn in turns.items()}
    if loss is not None:
        turns["D"] = replace(turns["D"], loss=loss)
    nets = {"G": generator, "D": mlp.Discriminator(64, 2)}
    return replace(recipe, nets=nets, turns=turns, averages={"D": Average(0.99)}, latent=Normal(1))


def _drawer(n: int, seed: int = 1, latent: Latent | None = None) -> Callable[[], Batch]:
    """Batches of N(0, 1), or with a latent given of (0, latent)."""
    source = torch.Generator().manual_seed(seed)

    def draw() -> Batch:
        u = torch.rand(n, 1, generator=source)
        if latent is None:
            x = torch.randn(n, 1, generator=source)
            return Batch(x=x, z=torch.randn(n, 1, generator=source), u=u)
        x, z = (latent.sample(n, source) for _ in range(2))
        return Batch(x=torch.cat([torch.zeros_like(x), x], 1), z=z, u=u)

    return draw


def _trained(recipe: Recipe, rounds: int, *, dimensions: int = 1, draw: Callable[[], Batch]) -> Nets:
    game = Game(recipe, Space((dimensions,), 1))
    for _ in range(rounds):
        game.round(draw)
    game.read_terms()  # raises where a term is not finite
    return nn.ModuleDict({**game.nets, **game.averages})


def _terms(turn: Turn, nets: Nets, n: int = 50_000) -> dict[str, float]:
    """The turn's terms on a large fresh batch."""
    terms: Terms = turn.loss(nets, _drawer(n, seed=2)())
    return {key: value.item() for key, value in terms.items()}


def _normal(x: np.ndarray, mean: float) -> np.ndarray:
    return np.exp(-np.square(x - mean) / 2) / math.sqrt(2 * math.pi)


@torch.no_grad()
def _logits(nets: Nets) -> Tensor:
    return nets["D"](INSIDE)


def test_gan_finds_the_log_ratio_and_the_jensen_shannon_value() -> None:
    nets = _trained(_fixed(gan, Shift(), optim=Adam(1e-3)), 1000, draw=_drawer(256))
    p, q = _normal(GRID, 0.0), _normal(GRID, 1.0)
    value = np.trapezoid(p * np.log(p / (p + q)) + q * np.log(q / (p + q)), GRID)
    assert value == pytest.approx(-1.1635, abs=1e-4)
    assert -_terms(gan.turns["D"], nets)["adv"] == pytest.approx(value, abs=0.03)
    assert (_logits(nets) - (0.5 - INSIDE[:, 0])).abs().max() < 0.25


def test_dcgan_plays_the_same_game_as_gan() -> None:
    assert dcgan.turns == gan.turns


def _penalised(gamma: float) -> np.ndarray:
    """argmin over v on the grid of E_p sp(-v) + E_q sp(v) + (gamma / 2) E_p v'^2, by Newton's method.

    Trapezoidal values at the nodes, slopes between them: independent of nets, samples and descent.
    """
    step = GRID[1] - GRID[0]
    p, q = _normal(GRID, 0.0) * step, _normal(GRID, 1.0) * step
    between = _normal((GRID[1:] + GRID[:-1]) / 2, 0.0) * gamma / step
    stiff = np.diag(np.append(between, 0) + np.append(0, between))
    stiff -= np.diag(between, 1) + np.diag(between, -1)
    v = np.zeros_like(GRID)
    for _ in range(30):
        s = 1 / (1 + np.exp(-v))
        v -= np.linalg.solve(stiff + np.diag((p + q) * s * (1 - s)), stiff @ v - p * (1 - s) + q * s)
    return v


def test_r1_gan_finds_the_penalised_optimum_by_its_lazy_turn() -> None:
    gamma = 1.0
    recipe = _fixed(r1_gan, Shift(), optim=Adam(1e-3, (0.0, 0.99)))
    interval = recipe.turns["R1"].every
    lazy = replace(recipe.turns["R1"], loss=replace(recipe.turns["R1"].loss, gamma=gamma))
    assert lazy.loss.interval == interval > 1
    recipe = replace(recipe, turns=recipe.turns | {"R1": lazy})
    nets = _trained(recipe, 1000, draw=_drawer(256))
    v = _penalised(gamma)
    inside = torch.from_numpy(np.interp(INSIDE[:, 0].numpy(), GRID, v))
    assert (inside - (0.5 - INSIDE[:, 0])).abs().max() > 0.5  # the penalty matters
    assert (_logits(nets) - inside).abs().max() < 0.25
    p, q = _normal(GRID, 0.0), _normal(GRID, 1.0)
    loss = np.trapezoid(p * np.logaddexp(0, -v) + q * np.logaddexp(0, v), GRID)
    assert _terms(recipe.turns["D"], nets)["adv"] == pytest.approx(loss, abs=0.03)


def test_r3gan_finds_the_log_ratio_up_to_a_constant_and_its_value() -> None:
    """E sp(-(f(x, y))) over pairs is least at f = log p(x)q(y) / (q(x)p(y)) = y - x ~ N(1, 2)."""
    recipe = _fixed(r3gan, Shift(), optim=Adam(1e-3), loss=RelativisticR1R2(gamma=0.0))
    nets = _trained(recipe, 1000, draw=_drawer(256))
    value = np.trapezoid(
        _normal((GRID - 1) / math.sqrt(2), 0.0) / math.sqrt(2) * np.logaddexp(0, -GRID), GRID
    )
    terms = _terms(recipe.turns["D"], nets)
    assert terms["r1"] == terms["r2"] == 0
    assert terms["adv"] == pytest.approx(value, abs=0.03)
    error = _logits(nets) - (0.5 - INSIDE[:, 0])
    assert (error - error.mean()).abs().max() < 0.25


@pytest.mark.parametrize("gamma", [0.5, 3.0])
def test_r3gan_penalises_slopes_at_data_and_at_fakes(gamma: float) -> None:
    """For D(x) = w x + c both penalties are (gamma / 2) |w|^2; for a square, D(x) = x^2, they differ."""
    line = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    b = Batch(x=torch.randn(7, 3), z=torch.randn(7, 3), u=torch.rand(7, 1))
    nets = nn.ModuleDict({"G": nn.Linear(3, 3), "D": line})
    terms = RelativisticR1R2(gamma)(nets, b)
    half = gamma / 2 * line[0].weight.square().sum().item()
    assert terms["r1"].item() == pytest.approx(half, rel=1e-5)
    assert terms["r2"].item() == pytest.approx(half, rel=1e-5)
    bowl = RelativisticR1R2(gamma)(nn.ModuleDict({"G": nets["G"], "D": Bowl()}), b)
    assert bowl["r1"].item() == pytest.approx(gamma * 2 * b.x.square().sum(1).mean().item(), rel=1e-5)
    fake = nets["G"](b.z)
    assert bowl["r2"].item() == pytest.approx(gamma * 2 * fake.square().sum(1).mean().item(), rel=1e-5)


@final
class Bowl(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.square().sum(1)


def test_wgan_measures_parallel_lines_in_proportion_to_their_distance() -> None:
    """Data (0, u) and fakes (t, u): the earth mover's distance is |t|, where the log loss is flat."""
    shifts, distances = (0.25, 0.5, 1.0, 2.0, 3.0), []
    bound = wgan.turns["D"].after.bound
    for t in shifts:
        recipe = replace(_fixed(wgan, Shift(t)), averages={})
        draw = _drawer(64, latent=Uniform(1))
        nets = _trained(recipe, 120, dimensions=2, draw=draw)
        distances.append(-recipe.turns["D"].loss(nets, draw())["adv"].item())
        assert all(p.abs().max() <= bound for p in nets["D"].parameters())
        z = draw().z
        pull = torch.func.grad(lambda x, z=z, nets=nets: -nets["D"](x).mean())(nets["G"](z))
        assert (pull[:, 0] > 0).all()  # descent moves the fakes towards 0
    slope_bound = 64**2 * bound**3  # largest product of the layers' slopes
    assert np.corrcoef(shifts, distances)[0, 1] >= 0.99
    assert all(0 < d <= slope_bound * t * 1.0001 for d, t in zip(distances, shifts, strict=True))


@pytest.mark.parametrize("t", [1.0, 2.0, 4.0])
def test_wgan_gp_finds_the_distance_and_the_slope(t: float) -> None:
    """N(0, 1) and N(t, 1): the best slope is 1 + (P - Q) / (2 lambda r), r the density between them.

    P and Q are the distribution functions, whose difference integrates to t: the mean slope is 1 + t/20.
    """
    recipe = _fixed(wgan_gp, Shift(t), optim=Adam(1e-3, (0.0, 0.9)))
    recipe = replace(recipe, turns={"D": replace(recipe.turns["D"], repeat=1)})
    nets = _trained(recipe, 800, draw=_drawer(256))
    b = _drawer(50_000, seed=2)()
    fake = nets["G"](b.z)
    with torch.no_grad():
        difference = (nets["D"](b.x).mean() - nets["D"](fake).mean()).item()
    mean_slope = gradient_norms(input_gradient(nets["D"], b.x.lerp(fake, b.u))).mean().item()
    assert difference == pytest.approx(t * (1 + t / 20), rel=0.10)
    assert mean_slope == pytest.approx(1 + t / 20, abs=0.05)


@pytest.mark.parametrize("saturates", [False, True])
def test_a_sure_discriminator_still_teaches_the_non_saturating_generator(saturates: bool) -> None:
    """At v = -8 the slope of the loss in v is -(1 - s(v)), or -s(v) in the minimax form."""
    v = torch.full((1,), -8.0)
    loss = Generate(Minimax()) if saturates else gan.turns["G"].loss
    slope = abs(torch.func.grad(loss.pair.g)(v).item())
    sigmoid = 1 / (1 + math.exp(8.0))
    assert slope == pytest.approx(sigmoid if saturates else 1 - sigmoid, rel=1e-4)
    assert slope < 1e-3 if saturates else slope > 0.99
