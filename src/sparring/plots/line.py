"""A GAN on one-dimensional data, where p, q, D(x) and the map from z to x can all be plotted.

Goodfellow et al. 2014, Generative Adversarial Networks, arXiv:1406.2661, figure 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
import torch

from sparring.core.batch import Nets
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.core.recipe import Builder, Recipe, Stage, Turn
from sparring.core.schedule import LinearDecay
from sparring.data.framing import Frame
from sparring.data.from_arrays import arrays_data
from sparring.data.toys import mix1d
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.engine.trainer import sampling_nets
from sparring.metrics.distances import wasserstein_1d
from sparring.nets.families import mlp
from sparring.nets.families.affine import Affine
from sparring.zoo.gan import Discriminate, Generate

BATCH, LATENTS, POINTS = 256, 20_000, 601
"""Batch size; number of latents that q is estimated from; number of points at which curves are evaluated."""

BANDWIDTH = 0.1
"""Standard deviation of the kernel, over that of the data's narrowest component."""

DENSITY_SHARE = 0.05
"""Curves are compared where p + q exceeds this share of its maximum."""

STAGES = ("near the start", "D at its optimum", "after steps of G", "at equilibrium")


@dataclass(frozen=True)
class LineMixture:
    """A mixture of one-dimensional Gaussians.

    >>> LineMixture(weights=(0.5, 0.5), means=(-1.0, 1.0), stds=(0.2, 0.2)).std
    1.019...
    """

    weights: tuple[float, ...] = (1.0,)
    means: tuple[float, ...] = (1.5,)
    stds: tuple[float, ...] = (0.7,)

    def density(self, x: np.ndarray) -> np.ndarray:
        """Return p at `x`, (n,)."""
        from scipy.stats import norm  # here, for it takes long to import

        return np.asarray(norm.pdf(x[:, None], self.means, self.stds) @ np.array(self.weights))

    @property
    def std(self) -> float:
        """Standard deviation of the mixture."""
        w, m, s = (np.array(values) for values in (self.weights, self.means, self.stds))
        return float(sqrt(w @ (s**2 + m**2) - (w @ m) ** 2))


@dataclass(frozen=True)
class StageLengths:
    """Lengths of the four stages in training steps: D and G, D alone, G alone, D and G again.

    >>> StageLengths(start=5, discriminator=20, generator=5, both=10).both
    10
    """

    start: int = 10
    discriminator: int = 250
    generator: int = 20
    both: int = 600


@dataclass(frozen=True, eq=False)
class LineState:
    """Densities, D and G after a training step."""

    step: int
    x: np.ndarray
    """Points on the line, (n,)."""
    p: np.ndarray
    """Density of the data there, per unit of x."""
    q: np.ndarray
    """Density of G(z) there, per unit of x: an estimate from `made` with Gaussian kernels, of `BANDWIDTH`
    times the standard deviation of the data's narrowest component."""
    d: np.ndarray
    """D(x) there, in [0, 1]."""
    z: np.ndarray
    """Quantiles (k + 1/2) / m of N(0, 1), ascending, (m,), in place of random latents."""
    made: np.ndarray
    """G(z), (m,)."""

    @property
    def optimum(self) -> np.ndarray:
        """The optimal discriminator p / (p + q); 1/2 where both densities are 0."""
        total = self.p + self.q
        best: np.ndarray = np.divide(self.p, total, out=np.full_like(total, 0.5), where=total > 0)
        return best

    @property
    def support(self) -> np.ndarray:
        """Mask of the points where p + q exceeds 5 % of its maximum."""
        total = self.p + self.q
        return np.asarray(total > DENSITY_SHARE * total.max())

    @property
    def discriminator_error(self) -> float:
        """Root mean square of D - p / (p + q) over the points of `support`."""
        return float(np.sqrt(np.square(self.d - self.optimum)[self.support].mean()))

    @property
    def deviation_from_half(self) -> float:
        """Largest |D - 1/2| over the points of `support`."""
        return float(np.abs(self.d - 0.5)[self.support].max())


@dataclass(frozen=True, eq=False)
class LineGame:
    """The recorded states of a training on a line."""

    line: LineMixture
    stages: tuple[LineState, ...]
    """States at the ends of the four stages."""
    states: tuple[LineState, ...] = field(default=())
    """States for the movie, in order of time."""

    @property
    def distance(self) -> float:
        """Wasserstein-1 distance of G(z) from the data at the end, in the data's standard deviations."""
        last = self.stages[-1]
        share = np.cumsum(last.p) / last.p.sum()
        quantiles = np.interp((np.arange(LATENTS) + 0.5) / LATENTS, share, last.x)
        return wasserstein_1d(last.made, quantiles) / self.line.std


def train_on_line(
    line: LineMixture, rounds: StageLengths | None = None, *, seed: int = 0, every: int = 0
) -> LineGame:
    """Train the non-saturating game on `line` and return its recorded states.

    The four stages end near the start, with D at its optimum, after steps of G, and at equilibrium.  A single
    Gaussian is learnt by mu + sigma z, a mixture by a net with two hidden layers; D has two as well.  A
    mixture takes longer, StageLengths(10, 400, 10, 2500), and its D ends less close to the optimum: G's
    density is bumpy where D is smooth.  Learning rates fall to 0 within each stage, to show its limit without
    noise.  A state for the movie is recorded every `every` training steps; 0: none.  `rounds` are the lengths
    of the stages, None: `StageLengths()`.  Same seed, same bits.

    >>> game = train_on_line(LineMixture(), StageLengths(5, 20, 5, 10))
    >>> [state.step for state in game.stages]
    [5, 25, 30, 40]
    """
    lengths = rounds or StageLengths()
    data = arrays_data(mix1d(line.weights, line.means, line.stds, LATENTS, seed), Frame(), "a line")
    recipe = _recipe(line, lengths)
    ends = np.cumsum([lengths.start, lengths.discriminator, lengths.generator, lengths.both]).tolist()
    recorded: dict[int, LineState] = {}

    def watch(training: ShortTraining, step: int) -> None:
        if step in ends or (every and step % every == 0):
            with sampling_nets(training.game) as nets:
                recorded[step] = line_state(nets, line, step)

    train_in_memory(recipe, data, ends[-1], seed, batch=BATCH, watch=watch, every=1)
    frames = tuple(m for step, m in recorded.items() if every and step % every == 0)
    return LineGame(line, tuple(recorded[end] for end in ends), frames)


@torch.no_grad()
def line_state(nets: Nets, line: LineMixture, step: int) -> LineState:
    """Return the state of `nets` "G" and "D", trained on `line` up to `step`, for z ~ N(0, 1) of one number.

    It has 20,000 latents, and 601 evenly spaced points x that cover mean +- 4 standard deviations of every
    component, and at least -4 to 4.  `d` is the sigmoid of D's score.
    """
    from scipy.stats import norm

    z = norm.ppf((np.arange(LATENTS) + 0.5) / LATENTS)
    made = _evaluate(nets["G"], z[:, None]).reshape(-1)
    centres, wide = np.array(line.means), np.array(line.stds)
    low, high = (centres - 4 * wide).min(), (centres + 4 * wide).max()
    x = np.linspace(min(low, -4.0), max(high, 4.0), POINTS)
    d = 1 / (1 + np.exp(-_evaluate(nets["D"], x[:, None])))
    return LineState(step, x, line.density(x), _density(made, x, BANDWIDTH * wide.min()), d, z, made)


def _density(made: np.ndarray, x: np.ndarray, width: float) -> np.ndarray:
    """Return a kernel density estimate at evenly spaced points `x`: a histogram, then a convolution."""
    from scipy.ndimage import gaussian_filter1d

    step = x[1] - x[0]
    counts, _ = np.histogram(made, np.append(x - step / 2, x[-1] + step / 2))
    return np.asarray(gaussian_filter1d(counts / (len(made) * step), width / step, mode="constant"))


def _evaluate(net: torch.nn.Module, x: np.ndarray) -> np.ndarray:
    out: np.ndarray = net(torch.as_tensor(x, dtype=torch.float32)).double().numpy()
    return out


def _recipe(line: LineMixture, rounds: StageLengths) -> Recipe:
    single = len(line.means) == 1
    generator: Builder = Affine(-1.0, 1.0) if single else mlp.Generator(64, 2)
    falling = LinearDecay(after=0.5)
    shares: Sequence[tuple[tuple[str, ...], int]] = (
        (("D", "G"), rounds.start),
        (("D",), rounds.discriminator),
        (("G",), rounds.generator),
        (("D", "G"), rounds.both),
    )
    return Recipe(
        name="line",
        paper="1406.2661",
        title="Generative Adversarial Networks",
        year=2014,
        roles={"G": "generator", "D": "discriminator"},
        nets={"G": generator, "D": mlp.Discriminator(64, 2)},
        turns={
            "D": Turn(Discriminate(), Adam(2e-3, (0.5, 0.999)), schedule=falling),
            "G": Turn(Generate(), Adam(2e-2 if single else 1e-3, (0.5, 0.999)), schedule=falling),
        },
        latent=Normal(1),
        stages=tuple(Stage(turns=turns, share=float(share)) for turns, share in shares),
    )
