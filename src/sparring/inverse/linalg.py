"""Conjugate gradients for many right-hand sides at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Conjugate gradients end at this residual, relative to the right-hand side."""

ITERATIONS = 200
"""At most so many of them."""


def solved(apply: Callable[[Tensor], Tensor], b: Tensor, near: Callable[[Tensor], Tensor]) -> Tensor:
    """M^-1 b for each of n right-hand sides, (n, ...), by preconditioned conjugate gradients.

    `apply` is M and `near` about its inverse, both symmetric, positive and a picture at a time.  Each ends on
    its own (Hestenes and Stiefel 1952).
    """

    def product(a: Tensor, c: Tensor) -> Tensor:
        return (a * c).flatten(1).sum(1).view(-1, *[1] * (b.ndim - 1))

    x, left = torch.zeros_like(b), b
    z = near(left)
    direction, size = z, product(left, z)
    goal = TOLERANCE**2 * product(b, b)
    for _ in range(ITERATIONS):
        open_ = (product(left, left) > goal) & (size > 0)
        if not open_.any():
            break
        image = apply(direction)
        along = torch.where(open_, size / product(direction, image), 0.0)
        x, left = x + along * direction, left - along * image
        z = near(left)
        new = product(left, z)
        direction = torch.where(open_, z + torch.where(open_, new / size, 0.0) * direction, direction)
        size = torch.where(open_, new, size)
    return x


PROBES = 4
"""Random vectors that the determinant is estimated with."""

STEPS = 30
"""Of Lanczos' method: the quadrature is exact for polynomials up to twice that degree."""

SCALES = torch.logspace(-8, 4, 97, dtype=torch.float64)
"""What is tried, eight a decade."""


def likeliest(covariance: Callable[[Tensor], Tensor], r: Tensor, known: Tensor, variance: Tensor) -> Tensor:
    """The v of `SCALES`, (n,), at which r is the likeliest draw of N(0, v K + variance).

    r is (n, ...), 0 where `known`, of its shape, is; `covariance` takes k vectors for each of the n, those of
    one together, (n * k, ...), to K of them; `variance` is (n,).  The negative log-likelihood is half of
    r^T (v K + s^2)^-1 r + log det (v K + s^2); both are Gauss quadratures in the eigenvalues of K, which
    Lanczos' method finds once for all v, the determinant's in the mean over `PROBES` random signs (Ubaru,
    Chen and Saad 2017, SIAM J. Matrix Anal. Appl. 38(4), section 3).
    """
    random = torch.Generator().manual_seed(0)
    signs = torch.randint(2, (PROBES, *r.shape[1:]), generator=random).to(r) * 2 - 1
    vectors = torch.cat([r[:, None], signs * known[:, None]], 1)
    lengths = vectors.flatten(2).square().sum(2)
    nodes, shares = _quadrature(covariance, vectors.flatten(0, 1))
    nodes, shares = (t.view(len(r), 1 + PROBES, 1, -1) for t in (nodes, shares))
    spread = SCALES.to(r)[:, None] * nodes + variance[:, None, None, None]
    fit = lengths[:, 0, None] * (shares / spread)[:, 0].sum(-1)
    volume = (lengths[:, 1:, None] * (shares * spread.log())[:, 1:].sum(-1)).mean(1)
    return SCALES.to(r)[(fit + volume).argmin(1)]


def _quadrature(covariance: Callable[[Tensor], Tensor], vectors: Tensor) -> tuple[Tensor, Tensor]:
    """For each of m vectors of any length, the nodes and weights, (m, steps), of its share of K's spectrum.

    Golub and Meurant 2010, Matrices, Moments and Quadrature, theorem 6.6.  A vector whose Krylov space is
    exhausted gives further nodes no weight.
    """
    flat = vectors.flatten(1)
    size = flat.norm(dim=1, keepdim=True)
    now = torch.where(size > 0, flat / size, 0.0)
    past, link = torch.zeros_like(now), torch.zeros_like(size)
    diagonal, links = [], []
    steps = min(STEPS, flat.shape[1])
    for _ in range(steps):
        image = covariance(now.view_as(vectors)).flatten(1) - link * past
        middle = (image * now).sum(1, keepdim=True)
        image = image - middle * now
        diagonal.append(middle)
        link = image.norm(dim=1, keepdim=True)
        top = torch.cat(diagonal, 1).abs().amax(1, keepdim=True)
        link = torch.where(link > 1e-9 * top, link, 0.0)
        past, now = now, torch.where(link > 0, image / link, 0.0)
        links.append(link)
    matrix = torch.diag_embed(torch.cat(diagonal, 1))
    if steps > 1:
        beside = torch.diag_embed(torch.cat(links[:-1], 1), 1)
        matrix = matrix + beside + beside.mT
    nodes, directions = torch.linalg.eigh(matrix)
    return nodes.clamp(min=0), directions[:, 0].square()
