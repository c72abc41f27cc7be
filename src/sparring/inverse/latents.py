"""Interpolation between latents that stays where the prior has its mass.

White 2016, Sampling Generative Networks, arXiv:1609.04468, section 2.
"""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.labels import Labels
from sparring.core.latent import Latent, Normal, Uniform
from sparring.core.planes import Planes

PARALLEL = 1e-6
"""Below this sine of the angle, `slerp` falls back to `lerp`: the great circle is not determined."""

QUANTILE_MARGIN = 1e-9
"""Least distance of a uniform quantile from 0 and 1, so that the normal quantile is finite."""

BOX_LIMIT = 0.999
"""Greatest absolute value of a starting point in a prior's box: near 1 the gradient of tanh vanishes."""


class Interpolation(Enum):
    """How to interpolate between two latents."""

    SPHERE = "slerp"
    STRAIGHT = "lerp"


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Interpolate along a great circle: sin((1-t)w)/sin(w) a + sin(tw)/sin(w) b, w the angle of a and b.

    `a` and `b` are (n, d), `t` is (k,) in [0, 1]; returns (n, k, d), the k points from each row of `a` to the
    same row of `b`.  Between latents of different norms the norm changes gradually.  Rows that are parallel,
    opposite or zero are interpolated by `lerp`.  Raises `BadInput` for other shapes.
    """
    start, end = _double(a, b)
    lengths = start.norm(dim=1) * end.norm(dim=1)
    cosine = ((start * end).sum(1) / lengths.clamp_min(torch.finfo(start.dtype).tiny)).clamp(-1, 1)
    angle = cosine.arccos()[:, None, None]
    sine, at = angle.sin(), t.to(start)[None, :, None]
    curved = ((1 - at) * angle).sin() / sine * start[:, None] + (at * angle).sin() / sine * end[:, None]
    straight = (sine < PARALLEL) | (lengths == 0)[:, None, None]
    return torch.where(straight, _straight(start, end, at), curved).to(a.dtype)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Interpolate linearly: (1 - t) a + t b.

    `a` and `b` are (n, d), `t` is (k,) in [0, 1]; returns (n, k, d).  Half-way between two draws of N(0, I_d)
    the norm is about sqrt(1/2) = 0.71 of a draw's norm, sqrt(d).  Raises `BadInput` for other shapes.
    """
    start, end = _double(a, b)
    return _straight(start, end, t.to(start)[None, :, None]).to(a.dtype)


def slerp_uniform(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """Interpolate latents of U[-1, 1] by `slerp` of their normal quantiles, mapped back to [-1, 1].

    The result is 2 Phi(slerp(u, v, t)) - 1 with u = Phi^-1((a + 1) / 2) and v = Phi^-1((b + 1) / 2).  Phi is
    the standard normal distribution function, applied to each number.  `a` and `b` are (n, d), `t` is (k,) in
    [0, 1]; returns (n, k, d).  Between independent draws of a prior of many dimensions, every point is
    approximately distributed as the prior.  Values outside [-1, 1] are clamped.  Raises `BadInput` for other
    shapes.
    """
    start, end = (
        torch.special.ndtri(((z + 1) / 2).clamp(QUANTILE_MARGIN, 1 - QUANTILE_MARGIN)) for z in _double(a, b)
    )
    points: Tensor = 2 * torch.special.ndtr(slerp(start, end, t)) - 1
    return points.to(a.dtype)


def interpolate(
    latent: Latent, a: Tensor, b: Tensor, t: Tensor, interpolation: Interpolation = Interpolation.SPHERE
) -> Tensor:
    """Interpolate from `a` to `b`, latents (n, d) of the prior `latent`, at `t`, (k,) in [0, 1]: (n, k, d).

    `Interpolation.SPHERE` is `slerp` for a `Normal` prior, `slerp_uniform` for `Uniform` and `Planes`.  For
    any other prior, and with `Interpolation.STRAIGHT`, it is `lerp`, projected onto the prior's support.  For
    a prior with labels (`Labels`) the noise is interpolated by its own prior, and the label is that of the
    nearer end.
    """
    if isinstance(latent, Labels):
        size = latent.noise.size
        noise = interpolate(latent.noise, a[:, :size], b[:, :size], t, interpolation)
        whole = torch.cat([noise, lerp(a[:, size:], b[:, size:], t)], 2)
        return latent.project(whole.flatten(0, 1)).view_as(whole)
    if interpolation is Interpolation.SPHERE and isinstance(latent, Normal):
        return slerp(a, b, t)
    if interpolation is Interpolation.SPHERE and isinstance(latent, Uniform | Planes):
        return slerp_uniform(a, b, t)
    points = lerp(a, b, t)
    return latent.project(points.flatten(0, 1)).view_as(points)


def rescaled(latent: Latent, z: Tensor) -> Tensor:
    """Return each row of `z` (n, d) scaled to the norm of the prior's draws, then projected onto its support.

    The norm is sqrt(d) for `Normal`, and sqrt(d/3) for `Uniform` and `Planes`, whose projection then clamps z
    to [-1, 1].  For other priors z is only projected.  For a prior with labels (`Labels`) the noise alone is
    scaled.
    """
    if isinstance(latent, Labels):
        size = latent.noise.size
        return latent.project(torch.cat([rescaled(latent.noise, z[:, :size]), z[:, size:]], 1))
    length = {Normal: 1.0, Uniform: 1 / 3, Planes: 1 / 3}.get(type(latent))
    if length is None:
        return latent.project(z)
    norm = z.norm(dim=1, keepdim=True).clamp_min(torch.finfo(z.dtype).tiny)
    return latent.project(z * (length * z.shape[1]) ** 0.5 / norm)


def is_boxed(latent: Latent) -> bool:
    """Return whether the prior is `Uniform` or `Planes`: its support is [-1, 1]^d, so that z = tanh(u)."""
    return isinstance(latent, Uniform | Planes)


def to_unbounded(z: Tensor) -> Tensor:
    """Return u with z = tanh(u), for a prior that is `is_boxed`; |z| is first clamped to `BOX_LIMIT`."""
    return z.clamp(-BOX_LIMIT, BOX_LIMIT).atanh()


def _double(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    if a.dim() != 2 or a.shape != b.shape:
        raise BadInput(
            f"latents {tuple(a.shape)} and {tuple(b.shape)}: give two of (n, d), equally many on either side"
        )
    return a.double(), b.double()


def _straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return (1 - t) * a[:, None] + t * b[:, None]
