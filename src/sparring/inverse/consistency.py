"""Correct generated pictures so that they agree with the measurement y = A(x) + noise.

G(z) differs from x by an error e.  Its prior is a Gauss-Markov field of precision P / v, P from an
`ErrorModel` model, and the corrected picture G(z) + e is the maximum a posteriori estimate,

    min_e  |A(G(z) + e) - y|^2 / s^2 + e^T P e / v,    G(z) + e in [-1, 1].

s is the standard deviation of the noise, and v the scale of the field, which maximises the likelihood of each
picture's own residual (`likeliest_scale`).  P is diagonal in cosines, so that P^-1 is one product and a good
preconditioner (Calvetti and Somersalo 2005, Priorconditioners for linear systems, Inverse Problems 21(4)).
Nonlinear damages are linearised anew in every iteration (Gauss-Newton), and the bounds are enforced by
projected Newton steps (Bertsekas 1982, SIAM J. Control Optim. 20(2), section 2).  Pictures are solved as one
batch, but each stops on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from sparring.inverse.blend.cosines import ErrorModel, Gains
from sparring.inverse.linalg import conjugate_gradient, likeliest_scale
from sparring.inverse.operators.compose import rows
from sparring.inverse.operators.jacobian import tangent
from sparring.inverse.operators.operator import Damage

ROUNDING = 1 / (255 * 3**0.5)
"""Standard deviation of rounding to 8 bits, in a range of 2: the least noise that is assumed."""

DRAWS = 8
"""Number of times that a picture is damaged to estimate the noise of its damage."""

NEWTON_STEPS = 10
"""Maximum number of Newton steps."""

STEP_SHARES = (1.0, 0.5, 0.25, 0.125)
"""Fractions of a step that the line search tries, until one lowers the objective."""

TRUST_SHARE = 0.3
"""For nonlinear damages, the noise of a step is at least this share of the current residual."""

LEAST_DECREASE = 1e-3
"""A picture's iteration ends when a step lowers its objective by less than this share."""


@dataclass(frozen=True)
class Correction:
    """Corrected pictures and the estimates behind them, for n pictures."""

    pictures: Tensor
    """float32 (n, C, H, W) in [-1, 1]."""
    noise: Tensor
    """s, the estimated standard deviation of the noise of y, (n,)."""
    scale: Tensor
    """v, the scale of the error field: its energy is divided by it, (n,)."""
    before: Tensor
    """Root mean square of A(G(z)) - y over the known values, (n,)."""
    after: Tensor
    """The same for the corrected pictures, (n,); never above `before`."""


def correct(generated: Tensor, y: Tensor, missing: Tensor, damage: Damage, errors: ErrorModel) -> Correction:
    """Return the generated pictures G(z), corrected to agree with the measurement y, and the estimates.

    `generated` is (n, C, H, W) in [-1, 1] and `y`, the output of `damage`, (n, C', H', W').  `missing`, bool
    (n, H', W'), marks the unknown pixels of y; each picture needs a known one.  `errors` is the prior of the
    correction.  The objective is in the module's docstring; a correction is shortened, or left out, if it
    would raise the root mean square of A(x) - y.  A picture's result does not depend on the other pictures of
    the batch.  Raises `BadInput` if the damage does not fit the pictures.
    """
    g, y = generated.double(), y.double()
    known = (~missing[:, None]).expand_as(y).double()
    with torch.no_grad():
        data = _Measurement(damage, torch.where(known > 0, y, 0.0), known, *_model(damage, g))
        noise = _noise(data, g)
        prior = errors.energy(*g.shape[2:])
        scale = _scale(data, g, noise, prior)
        solution = _gauss_newton(data, g, _Task(noise, scale, prior))
        before = _residual(data, g)
        pictures, after = _no_worse(data, g, solution, before)
    return Correction(pictures.float(), noise, scale, before, after)


@dataclass(frozen=True)
class _Measurement:
    """The measurement y, and the damage without rounding that it is compared with."""

    damage: Damage
    y: Tensor
    known: Tensor
    straight: Tensor
    """Whether a picture's damage is linear except for rounding, bool (n, 1, 1, 1)."""
    constant: Tensor
    """A(0) without rounding, (n, C', H', W')."""

    def rows(self, index: Tensor) -> _Measurement:
        """Select the pictures at `index`, int64 (m,)."""
        tensors = (t[index] for t in (self.y, self.known, self.straight, self.constant))
        return _Measurement(_rows(self.damage, index), *tensors)

    def smooth(self, x: Tensor) -> Tensor:
        """Return A(x) without the rounding, if the damage is linear except for it."""
        here = tangent(self.damage, x)
        return torch.where(self.straight, here.forward(x) + self.constant, here.value)

    def gap(self, x: Tensor) -> Tensor:
        """Return y - A(x) without rounding; 0 where y is unknown."""
        return self.known * (self.y - self.smooth(x))

    def slopes(self, x: Tensor) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """Return the damage's Jacobian at x on the known values, and its transpose."""
        here = tangent(self.damage, x)
        return lambda h: self.known * here.forward(h), lambda v: here.back(self.known * v)


def _rows(damage: Damage, index: Tensor) -> Damage:
    """Return the damage of the pictures at `index`; see `compose.rows`."""
    chosen: Any = rows(damage, index)
    typed: Damage = chosen
    return typed


def _model(damage: Damage, g: Tensor) -> tuple[Tensor, Tensor]:
    """Return whether a picture's damage has the Jacobian of mid-grey, and its value there without rounding.

    Rounding is odd about mid-grey, so that it cancels in A(g) + A(-g).
    """
    here, grey = tangent(damage, g), tangent(damage, torch.zeros_like(g))
    straight = (here.forward(g) - grey.forward(g)).flatten(1).abs().amax(1) < 1e-6
    return straight[:, None, None, None], (here.value + damage(-g)) / 2


def _noise(data: _Measurement, g: Tensor) -> Tensor:
    """Return the root mean square difference of the real damage of G(z) and the smooth map, (n,).

    It consists of the noise, averaged where a later part of the damage averages it, and of rounding.
    """
    middle, variances = data.smooth(g), []
    times = DRAWS if data.damage.noise else 1
    for i in range(len(g)):
        copies = torch.full((times,), i)
        random = torch.Generator().manual_seed(0)
        gap = data.known[copies] * (_rows(data.damage, copies).degraded(g[copies], random) - middle[copies])
        variances.append(gap.square().sum() / (times * data.known[i].sum()))
    return (torch.stack(variances) + ROUNDING**2).sqrt()


def _scale(data: _Measurement, g: Tensor, noise: Tensor, prior: Gains) -> Tensor:
    """Return the v, (n,), of greatest likelihood: the residual is normal of covariance v J P^-1 J^T + s^2."""

    field_covariance = prior.inverse

    def covariance(vectors: Tensor) -> Tensor:
        index = torch.arange(len(g)).repeat_interleave(len(vectors) // len(g))
        forward, back = data.rows(index).slopes(g[index])
        return forward(field_covariance(back(vectors)))

    return likeliest_scale(covariance, data.gap(g), data.known, noise.square())


@dataclass(frozen=True)
class _Task:
    noise: Tensor
    scale: Tensor
    prior: Gains

    def trusted(self, data: _Measurement, x: Tensor) -> _Task:
        """Return the task with more noise where the damage is nonlinear, which limits the step.

        The gradient at a saturated pixel is almost 0, so that its step would be almost infinite.
        """
        size = (data.gap(x).square().sum((1, 2, 3)) / data.known.sum((1, 2, 3))).sqrt()
        least = torch.where(data.straight.flatten(), 0.0, TRUST_SHARE * size)
        return replace(self, noise=torch.maximum(self.noise, least))

    def objective(self, data: _Measurement, x: Tensor, g: Tensor) -> Tensor:
        """Return the objective times s^2, (n,)."""
        error = x - g
        smoothness = (error * self.prior(error)).sum((1, 2, 3))
        return data.gap(x).square().sum((1, 2, 3)) + self.weight * smoothness

    @property
    def weight(self) -> Tensor:
        """Weight of the prior, (n,)."""
        return self.noise.square() / self.scale


def _gauss_newton(data: _Measurement, g: Tensor, task: _Task) -> Tensor:
    """Take projected Gauss-Newton steps from G(z); return the last pictures."""
    x, active = g, torch.ones(len(g), dtype=torch.bool)
    for _ in range(NEWTON_STEPS):
        damped = task.trusted(data, x)
        value, step = damped.objective(data, x, g), _newton(data, x, g, damped)
        moved = torch.zeros_like(active)
        best, lowest = x, value
        for share in STEP_SHARES:
            candidate = (x + share * step).clamp(-1, 1)
            objective = damped.objective(data, candidate, g)
            better = active & ~moved & (objective < value)
            best = torch.where(better[:, None, None, None], candidate, best)
            lowest, moved = torch.where(better, objective, lowest), moved | better
            if bool((moved | ~active).all()):
                break
        active = active & (value - lowest > LEAST_DECREASE * value)
        x = best
        if not active.any():
            break
    return x


def _newton(data: _Measurement, x: Tensor, g: Tensor, task: _Task) -> Tensor:
    """Return the step to the minimum of the linearised problem, for the pixels that are not at a bound."""
    forward, back = data.slopes(x)
    weight = task.weight[:, None, None, None]
    descent = back(data.gap(x)) - weight * task.prior(x - g)
    free = (~(((x <= -1) & (descent < 0)) | ((x >= 1) & (descent > 0)))).double()

    def curvature(h: Tensor) -> Tensor:
        return free * (back(forward(h)) + weight * task.prior(h))

    preconditioner = task.prior.inverse
    return conjugate_gradient(curvature, free * descent, lambda h: free * preconditioner(h))


def _residual(data: _Measurement, x: Tensor) -> Tensor:
    """Return the root mean square of A(x) - y over the known values, (n,), with rounding."""
    gap = data.known * (data.damage(x) - data.y)
    return (gap.square().sum((1, 2, 3)) / data.known.sum((1, 2, 3))).sqrt()


def _no_worse(data: _Measurement, g: Tensor, x: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """Go from g towards x as far as the residual falls; return the pictures and their residuals."""
    pictures, after = g, before
    for share in reversed(STEP_SHARES):
        candidate = g + share * (x - g)
        residual = _residual(data, candidate)
        better = residual <= before
        pictures = torch.where(better[:, None, None, None], candidate, pictures)
        after = torch.where(better, residual, after)
    return pictures, after
