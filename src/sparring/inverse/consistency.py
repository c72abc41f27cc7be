"""Make a generated picture agree with what was seen of it: the smoothest likely error explains the residual.

What is seen is y = A(x) + noise, and G(z) is not x.  Its error e is taken as a draw of a Gauss-Markov field
of precision P / v, that of the house's `Errors`, and the corrected picture G(z) + e is its likeliest one,

    min_e  |A(G(z) + e) - y|^2 / s^2 + e^T P e / v,    G(z) + e in [-1, 1].

s is the noise's level and v the field's scale, found for each picture by the likelihood of its own residual
(`evidence`).  Pixels of a picture without borders make P diagonal in cosines, so that P^-1 is one product and
a good preconditioner (Calvetti and Somersalo 2005, Priorconditioners for linear systems, Inverse Problems
21(4)).  Curved damages are linearised anew in every round (Gauss-Newton), and bounds are kept by projected
Newton steps (Bertsekas 1982, SIAM J. Control Optim. 20(2), section 2).  Pictures are solved as one batch, yet
each stops on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from sparring.inverse.blend.cosines import Errors, Gains
from sparring.inverse.linalg import likeliest, solved
from sparring.inverse.operators.compose import rows
from sparring.inverse.operators.jacobian import tangent
from sparring.inverse.operators.operator import Damage

ROUNDING = 1 / (255 * 3**0.5)
"""Standard deviation of rounding to 8 bits, in a range of 2: what is seen is never known any better."""

DRAWS = 8
"""Times that a picture is damaged to learn how noisy its damage is."""

ROUNDS = 10
"""Newton steps at most."""

SHORTER = (1.0, 0.5, 0.25, 0.125)
"""Shares of a step that are tried until one helps."""

BOLDNESS = 0.3
"""Where a damage curves, a step trusts its slopes to this share of the residual that there still is."""

ENOUGH = 1e-3
"""A picture's search ends when a round lowers its objective by less than this share."""


@dataclass(frozen=True)
class Correction:
    """Corrected pictures, and how they were found; n of each."""

    pictures: Tensor
    """float32 (n, C, H, W) in [-1, 1]."""
    noise: Tensor
    """s, the standard deviation that was assumed of what is seen, (n,)."""
    scale: Tensor
    """v, by which the energy is divided, (n,)."""
    before: Tensor
    """Root mean square of A(G(z)) - y over the known values, (n,)."""
    after: Tensor
    """The same of the corrected pictures, (n,); nowhere above `before`."""


def corrected(generated: Tensor, y: Tensor, missing: Tensor, damage: Damage, errors: Errors) -> Correction:
    """Pictures near `generated`, (n, C, H, W) in [-1, 1], that agree with `y`, (n, C', H', W').

    `missing`, bool (n, H', W'), marks what of y is not known.  A picture's result does not depend on those
    beside it.  Raises `BadInput` where the damage does not fit the pictures.
    """
    g, y = generated.double(), y.double()
    known = (~missing[:, None]).expand_as(y).double()
    with torch.no_grad():
        seen = _Seen(damage, torch.where(known > 0, y, 0.0), known, *_model(damage, g))
        noise = _noise(seen, g)
        prior = errors.energy(*g.shape[2:])
        scale = _scale(seen, g, noise, prior)
        found = _searched(seen, g, _Task(noise, scale, prior))
        before = _size(seen, g)
        pictures, after = _no_worse(seen, g, found, before)
    return Correction(pictures.float(), noise, scale, before, after)


@dataclass(frozen=True)
class _Seen:
    """What is seen, and the smooth map that it is compared with."""

    damage: Damage
    y: Tensor
    known: Tensor
    straight: Tensor
    """Which pictures' damage is linear but for rounding, bool (n, 1, 1, 1)."""
    constant: Tensor
    """A's value at 0 without rounding, (n, C', H', W')."""

    def rows(self, index: Tensor) -> _Seen:
        """Some of the pictures."""
        several = (t[index] for t in (self.y, self.known, self.straight, self.constant))
        return _Seen(_some(self.damage, index), *several)

    def smooth(self, x: Tensor) -> Tensor:
        """A(x), without the rounding of a damage that has slopes straight through it."""
        here = tangent(self.damage, x)
        return torch.where(self.straight, here.forward(x) + self.constant, here.value)

    def gap(self, x: Tensor) -> Tensor:
        """y less the smooth map, 0 where nothing is known."""
        return self.known * (self.y - self.smooth(x))

    def slopes(self, x: Tensor) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """The damage's Jacobian at x on the known values, and its transpose."""
        here = tangent(self.damage, x)
        return lambda h: self.known * here.forward(h), lambda v: here.back(self.known * v)


def _some(damage: Damage, index: Tensor) -> Damage:
    """The damage of the pictures at `index`, as `composed.rows` says."""
    found: Any = rows(damage, index)
    several: Damage = found
    return several


def _model(damage: Damage, g: Tensor) -> tuple[Tensor, Tensor]:
    """Which pictures' damage has the slopes of mid-grey, and its value there without rounding.

    Rounding is odd about mid-grey, so that it cancels in A(g) + A(-g).
    """
    here, grey = tangent(damage, g), tangent(damage, torch.zeros_like(g))
    straight = (here.forward(g) - grey.forward(g)).flatten(1).abs().amax(1) < 1e-6
    return straight[:, None, None, None], (here.value + damage(-g)) / 2


def _noise(seen: _Seen, g: Tensor) -> Tensor:
    """How far what really becomes of G(z) lies from the smooth map, root mean square, (n,).

    That is the noise, averaged where a later part of the damage averages it, and what is lost by rounding.
    """
    middle, found = seen.smooth(g), []
    times = DRAWS if seen.damage.noise else 1
    for i in range(len(g)):
        one = torch.full((times,), i)
        random = torch.Generator().manual_seed(0)
        apart = seen.known[one] * (_some(seen.damage, one).degraded(g[one], random) - middle[one])
        found.append(apart.square().sum() / (times * seen.known[i].sum()))
    return (torch.stack(found) + ROUNDING**2).sqrt()


def _scale(seen: _Seen, g: Tensor, noise: Tensor, prior: Gains) -> Tensor:
    """v, (n,), at which the residual is the likeliest: normal of covariance v J P^-1 J^T + s^2."""

    shape = prior.inverse

    def covariance(vectors: Tensor) -> Tensor:
        each = torch.arange(len(g)).repeat_interleave(len(vectors) // len(g))
        forward, back = seen.rows(each).slopes(g[each])
        return forward(shape(back(vectors)))

    return likeliest(covariance, seen.gap(g), seen.known, noise.square())


@dataclass(frozen=True)
class _Task:
    noise: Tensor
    scale: Tensor
    prior: Gains

    def trusted(self, seen: _Seen, x: Tensor) -> _Task:
        """The same with so much more noise, where the damage curves, as keeps a step from going too far.

        Slopes of a saturated pixel are next to nothing; without that its step would be next to infinite.
        """
        size = (seen.gap(x).square().sum((1, 2, 3)) / seen.known.sum((1, 2, 3))).sqrt()
        least = torch.where(seen.straight.flatten(), 0.0, BOLDNESS * size)
        return replace(self, noise=torch.maximum(self.noise, least))

    def objective(self, seen: _Seen, x: Tensor, g: Tensor) -> Tensor:
        """What is made least, times s^2, (n,)."""
        error = x - g
        smoothness = (error * self.prior(error)).sum((1, 2, 3))
        return seen.gap(x).square().sum((1, 2, 3)) + self.weight * smoothness

    @property
    def weight(self) -> Tensor:
        """The prior's, (n,)."""
        return self.noise.square() / self.scale


def _searched(seen: _Seen, g: Tensor, task: _Task) -> Tensor:
    """Projected Gauss-Newton steps from G(z)."""
    x, live = g, torch.ones(len(g), dtype=torch.bool)
    for _ in range(ROUNDS):
        near = task.trusted(seen, x)
        value, step = near.objective(seen, x, g), _newton(seen, x, g, near)
        moved = torch.zeros_like(live)
        best, lowest = x, value
        for share in SHORTER:
            tried = (x + share * step).clamp(-1, 1)
            reached = near.objective(seen, tried, g)
            better = live & ~moved & (reached < value)
            best = torch.where(better[:, None, None, None], tried, best)
            lowest, moved = torch.where(better, reached, lowest), moved | better
            if bool((moved | ~live).all()):
                break
        live = live & (value - lowest > ENOUGH * value)
        x = best
        if not live.any():
            break
    return x


def _newton(seen: _Seen, x: Tensor, g: Tensor, task: _Task) -> Tensor:
    """The step to the minimum of the linearised problem, among pixels that no bound holds."""
    forward, back = seen.slopes(x)
    weight = task.weight[:, None, None, None]
    fall = back(seen.gap(x)) - weight * task.prior(x - g)
    free = (~(((x <= -1) & (fall < 0)) | ((x >= 1) & (fall > 0)))).double()

    def curvature(h: Tensor) -> Tensor:
        return free * (back(forward(h)) + weight * task.prior(h))

    near = task.prior.inverse
    return solved(curvature, free * fall, lambda h: free * near(h))


def _size(seen: _Seen, x: Tensor) -> Tensor:
    """Root mean square of A(x) - y over the known values, (n,), rounding and all."""
    gap = seen.known * (seen.damage(x) - seen.y)
    return (gap.square().sum((1, 2, 3)) / seen.known.sum((1, 2, 3))).sqrt()


def _no_worse(seen: _Seen, g: Tensor, x: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
    """As much of the way from g to x as lowers the residual, and what it then is."""
    pictures, after = g, before
    for share in reversed(SHORTER):
        tried = g + share * (x - g)
        size = _size(seen, tried)
        better = size <= before
        pictures = torch.where(better[:, None, None, None], tried, pictures)
        after = torch.where(better, size, after)
    return pictures, after
