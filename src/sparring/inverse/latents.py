"""Ways between latents that stay where the prior has its mass.

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
"""Where the sine of the angle is below this, the great circle is a straight line or not determined."""

EDGE = 1e-9
"""How near a uniform latent may come to its ends before the normal quantile is no longer finite."""

RIM = 0.999
"""How far out in a prior's box a search may begin: at the very edge tanh has no slope."""


class Way(Enum):
    """How two latents are joined."""

    SPHERE = "slerp"
    STRAIGHT = "lerp"


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """sin((1-t)w)/sin(w) a + sin(tw)/sin(w) b with w the angle between a and b: along a great circle.

    `a` and `b` (n, d), `t` (k,) in [0, 1]; (n, k, d).  Between latents of different length the length
    changes gradually.  Rows that are parallel, opposite or zero are joined by `lerp`.
    """
    one, other = _ends(a, b)
    lengths = one.norm(dim=1) * other.norm(dim=1)
    cosine = ((one * other).sum(1) / lengths.clamp_min(torch.finfo(one.dtype).tiny)).clamp(-1, 1)
    angle = cosine.arccos()[:, None, None]
    sine, at = angle.sin(), t.to(one)[None, :, None]
    curved = ((1 - at) * angle).sin() / sine * one[:, None] + (at * angle).sin() / sine * other[:, None]
    straight = (sine < PARALLEL) | (lengths == 0)[:, None, None]
    return torch.where(straight, _straight(one, other, at), curved).to(a.dtype)


def lerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """(1 - t) a + t b; shapes as in `slerp`.

    Half-way between two draws of N(0, I_d) the length is only sqrt(1/2) = 0.71 of theirs.
    """
    one, other = _ends(a, b)
    return _straight(one, other, t.to(one)[None, :, None]).to(a.dtype)


def slerp_uniform(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """`slerp` for z ~ U[-1, 1]: through the normal distribution, whose quantiles take the place of z's.

    Every point of the way is distributed as z is.  Values outside [-1, 1] count as the nearest inside.
    """
    one, other = (torch.special.ndtri(((end + 1) / 2).clamp(EDGE, 1 - EDGE)) for end in _ends(a, b))
    way: Tensor = 2 * torch.special.ndtr(slerp(one, other, t)) - 1
    return way.to(a.dtype)


def between(latent: Latent, a: Tensor, b: Tensor, t: Tensor, way: Way = Way.SPHERE) -> Tensor:
    """The way of kind `way` from `a` to `b`, latents of the prior `latent`; shapes as in `slerp`.

    A prior that is neither normal nor uniform has no sphere: there the straight way is projected onto it.  Of
    latents with a label the noise goes its own way, and the label is that of the nearer end.
    """
    if isinstance(latent, Labels):
        size = latent.noise.size
        noise = between(latent.noise, a[:, :size], b[:, :size], t, way)
        whole = torch.cat([noise, lerp(a[:, size:], b[:, size:], t)], 2)
        return latent.project(whole.flatten(0, 1)).view_as(whole)
    if way is Way.SPHERE and isinstance(latent, Normal):
        return slerp(a, b, t)
    if way is Way.SPHERE and isinstance(latent, Uniform | Planes):
        return slerp_uniform(a, b, t)
    points = lerp(a, b, t)
    return latent.project(points.flatten(0, 1)).view_as(points)


def rescaled(latent: Latent, z: Tensor) -> Tensor:
    """`z` (n, d) at the length that the prior's draws have, in the same direction; then on its support.

    sqrt(d) for a normal prior, sqrt(d/3) for a uniform one.  Others are projected only; of latents with a
    label that is done to the noise.
    """
    if isinstance(latent, Labels):
        size = latent.noise.size
        return latent.project(torch.cat([rescaled(latent.noise, z[:, :size]), z[:, size:]], 1))
    length = {Normal: 1.0, Uniform: 1 / 3, Planes: 1 / 3}.get(type(latent))
    if length is None:
        return latent.project(z)
    norm = z.norm(dim=1, keepdim=True).clamp_min(torch.finfo(z.dtype).tiny)
    return latent.project(z * (length * z.shape[1]) ** 0.5 / norm)


def boxed(latent: Latent) -> bool:
    """Whether each number of a latent lies anywhere in [-1, 1]: all are tanh(u), and u is free."""
    return isinstance(latent, Uniform | Planes)


def freed(z: Tensor) -> Tensor:
    """u with z = tanh(u), for z of a prior that is `boxed`; no further out than `RIM`."""
    return z.clamp(-RIM, RIM).atanh()


def _ends(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    if a.dim() != 2 or a.shape != b.shape:
        raise BadInput(f"latents to join are (n, d), equally many on either side, not {_of(a)} and {_of(b)}")
    return a.double(), b.double()


def _straight(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    return (1 - t) * a[:, None] + t * b[:, None]


def _of(x: Tensor) -> tuple[int, ...]:
    return tuple(x.shape)
