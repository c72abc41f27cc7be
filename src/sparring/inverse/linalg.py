"""Conjugate gradients and Lanczos quadrature for a batch of linear systems."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Conjugate gradients stop when the norm of the residual is at most this share of that of the right side."""

ITERATIONS = 200
"""Maximum number of iterations of conjugate gradients."""


def conjugate_gradient(
    apply: Callable[[Tensor], Tensor], b: Tensor, preconditioner: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return the approximate solution x, of b's shape, of M x = b for n right-hand sides `b`, (n, ...).

    By preconditioned conjugate gradients from x = 0.  `apply` multiplies all rows by M, and `preconditioner`
    by an approximate inverse of M; both are linear, symmetric and positive on the space that `b` lies in, and
    map each row alone.  A row stops when |b - M x| <= `TOLERANCE` |b|, all after `ITERATIONS` (Hestenes and
    Stiefel 1952).
    """

    def dot(a: Tensor, c: Tensor) -> Tensor:
        return (a * c).flatten(1).sum(1).view(-1, *[1] * (b.ndim - 1))

    x, residual = torch.zeros_like(b), b
    z = preconditioner(residual)
    direction, energy = z, dot(residual, z)
    goal = TOLERANCE**2 * dot(b, b)
    for _ in range(ITERATIONS):
        active = (dot(residual, residual) > goal) & (energy > 0)
        if not active.any():
            break
        image = apply(direction)
        step = torch.where(active, energy / dot(direction, image), 0.0)
        x, residual = x + step * direction, residual - step * image
        z = preconditioner(residual)
        new_energy = dot(residual, z)
        direction = torch.where(
            active, z + torch.where(active, new_energy / energy, 0.0) * direction, direction
        )
        energy = torch.where(active, new_energy, energy)
    return x


PROBES = 4
"""Number of random vectors that estimate the determinant."""

LANCZOS_STEPS = 30
"""Steps of the Lanczos method: the quadrature is exact for polynomials of a degree below twice that."""

SCALES = torch.logspace(-8, 4, 97, dtype=torch.float64)
"""The scales that `likeliest_scale` tries, eight per decade."""


def likeliest_scale(
    covariance: Callable[[Tensor], Tensor], r: Tensor, known: Tensor, variance: Tensor
) -> Tensor:
    """Return for each of n rows the v of `SCALES` that makes r most likely under N(0, v K + s^2 I): (n,).

    `r` is (n, ...), and `known`, of the same shape, is 1 for values that count and 0 for others, where r must
    be 0.  `variance` is s^2, (n,), and must be above 0.  `covariance` multiplies vectors (n * k, ...) by the
    row's K, symmetric, with eigenvalues of at least 0, and 0 where `known` is 0; the k vectors of a row stand
    together.

    The negative log-likelihood is (r^T (v K + s^2 I)^-1 r + log det (v K + s^2 I)) / 2 over the known values.
    Both terms are Gauss quadratures in the eigenvalues of K, which the Lanczos method computes once for all
    v; the log determinant is a mean over `PROBES` random sign vectors (Ubaru, Chen and Saad 2017, SIAM J.
    Matrix Anal. Appl. 38(4), section 3).
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
    """Return nodes and weights, (m, steps) each, of the spectral measure of K for each of m vectors.

    Golub and Meurant 2010, Matrices, Moments and Quadrature, theorem 6.6.  When the Krylov
    space of a vector is exhausted, further nodes have weight 0.
    """
    flat = vectors.flatten(1)
    size = flat.norm(dim=1, keepdim=True)
    vector = torch.where(size > 0, flat / size, 0.0)
    previous, beta = torch.zeros_like(vector), torch.zeros_like(size)
    diagonal, betas = [], []
    steps = min(LANCZOS_STEPS, flat.shape[1])
    for _ in range(steps):
        image = covariance(vector.view_as(vectors)).flatten(1) - beta * previous
        alpha = (image * vector).sum(1, keepdim=True)
        image = image - alpha * vector
        diagonal.append(alpha)
        beta = image.norm(dim=1, keepdim=True)
        top = torch.cat(diagonal, 1).abs().amax(1, keepdim=True)
        beta = torch.where(beta > 1e-9 * top, beta, 0.0)
        previous, vector = vector, torch.where(beta > 0, image / beta, 0.0)
        betas.append(beta)
    matrix = torch.diag_embed(torch.cat(diagonal, 1))
    if steps > 1:
        off_diagonal = torch.diag_embed(torch.cat(betas[:-1], 1), 1)
        matrix = matrix + off_diagonal + off_diagonal.mT
    nodes, directions = torch.linalg.eigh(matrix)
    return nodes.clamp(min=0), directions[:, 0].square()
