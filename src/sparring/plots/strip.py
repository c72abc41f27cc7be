"""Strips of samples on paths between latents, spherical and linear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.pixels import to_uint8
from sparring.inverse.latents import Interpolation, interpolate
from sparring.metrics.rows import rows
from sparring.plots.style import GENERATOR, OTHERS, WIDTH, canvas, hide_spines, legend_beside, tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

FINE = 32
"""Number of points of a path for the measure of smoothness."""

COLOURS = {Interpolation.SPHERE: GENERATOR, Interpolation.STRAIGHT: OTHERS[0]}

Features = Callable[[Tensor], np.ndarray]
"""Maps samples (n, *shape) to features (n, m)."""


class Strip(NamedTuple):
    """One path between two latents."""

    shown: np.ndarray
    """Samples at even steps, uint8 (steps, h, w, c)."""
    smoothness: float
    """`smoothness` on 32 points of the path."""
    norms: np.ndarray
    """Norms of the 32 latents over the prior's root mean square norm, (32,)."""


def smoothness(x: np.ndarray) -> float:
    """Return max_i |x_(i+1) - x_i| / mean_i |x_(i+1) - x_i| of a sequence of points x (n, ...), at least 1.

    The norm is Euclidean over a whole point. Even steps and a constant sequence give 1; 32 points with a
    single jump give 31. Raises `BadInput` for fewer than 2 points.

    >>> smoothness(np.array([[0.0], [1.0], [2.0]]))
    1.0
    """
    if len(x) < 2:
        raise BadInput(f"smoothness needs at least 2 points, not {len(x)}")
    steps = np.linalg.norm(np.diff(rows(x, "x"), axis=0), axis=1)
    return float(steps.max() / steps.mean()) if steps.any() else 1.0


@torch.no_grad()
def strip(
    generator: Callable[[Tensor], Tensor],
    latent: Latent,
    a: Tensor,
    b: Tensor,
    path: Interpolation,
    *,
    steps: int = 9,
    features: Features | None = None,
) -> Strip:
    """Return samples and measures of the path from latent `a` to `b`, (d,) each, of the prior `latent`.

    `path` is the kind of interpolation, and `steps`, at least 2, the number of samples in `Strip.shown`, both
    ends included. `generator` maps z (n, d) to pictures (n, c, h, w) in [-1, 1]. `features` maps these to the
    points (n, m) whose smoothness is measured; None: the pixels themselves. Raises `BadInput` for fewer
    steps, and for samples that are not pictures.
    """
    if steps < 2:
        raise BadInput(f"a strip needs at least 2 steps, not {steps}")
    coarse, fine = (
        interpolate(latent, a[None], b[None], torch.linspace(0, 1, n, dtype=torch.float64), path)[0]
        for n in (steps, FINE)
    )
    made = generator(fine)
    if made.dim() != 4:
        raise BadInput(f"a strip needs pictures (n, c, h, w), not {tuple(made.shape)}")
    prior_norm = latent.sample(4096, torch.Generator().manual_seed(0)).square().sum(1).mean().sqrt()
    feature_rows = made.flatten(1).numpy() if features is None else features(made)
    return Strip(
        to_uint8(generator(coarse)), smoothness(feature_rows), (fine.norm(dim=1) / prior_norm).numpy()
    )


def strips(
    generator: Callable[[Tensor], Tensor],
    latent: Latent,
    a: Tensor,
    b: Tensor,
    *,
    steps: int = 9,
    features: Features | None = None,
) -> Figure:
    """Return `strips_figure` of both kinds of path, spherical and linear, from row i of `a` to row i of `b`.

    `a` and `b` are n latents (n, d) of the prior `latent`; the other arguments are as in `strip`.

    >>> from torch import nn
    >>> from sparring.core.latent import Normal
    >>> G = nn.Sequential(nn.Linear(3, 64), nn.Tanh(), nn.Unflatten(1, (1, 8, 8)))
    >>> a, b = torch.randn(2, 2, 3)
    >>> strips(G, Normal(3), a, b).savefig("strips.png")
    """
    pairs = [
        {way: strip(generator, latent, p, q, way, steps=steps, features=features) for way in Interpolation}
        for p, q in zip(a, b, strict=True)
    ]
    return strips_figure(pairs)


def strips_figure(
    pairs: Sequence[Mapping[Interpolation, Strip]], names: Sequence[str] | None = None
) -> Figure:
    """Return a figure with a row of samples for each pair of latents and kind of path.

    `pairs` has for each pair of latents its strips by kind of path, all with equally many samples. Left of a
    row stand the pair's name, if `names` has any, and the kind of path; right of it its smoothness, max/mean
    step. Below are curves of `Strip.norms`, the norm of z along the path over that of the prior: linear paths
    cross the inside of the sphere, where a normal prior has no mass.
    """
    each = [
        (f"{name}\n{way.value}" if name else way.value, COLOURS[way], row)
        for pair, name in zip(pairs, names or [""] * len(pairs), strict=True)
        for way, row in pair.items()
    ]
    steps, height, width, _ = each[0][2].shown.shape
    tall = len(each) * (WIDTH / (steps + 2) * height / width + 0.12)
    figure = canvas(tall + 1.6)
    upper, lower = figure.subfigures(2, 1, height_ratios=[tall, 1.6], squeeze=False).flat
    _rows(upper, each, steps)
    _lengths(lower.subplots(), pairs)
    return figure


def _rows(figure: SubFigure, each: list[tuple[str, str, Strip]], steps: int) -> None:
    axes = figure.subplots(len(each), steps, squeeze=False)
    for places, (name, colour, row) in zip(axes, each, strict=True):
        tiles(places, row.shown)
        label = {"rotation": 0, "ha": "right", "va": "center", "fontsize": 10}
        places[0].set_ylabel(name, color=colour, **label)
        places[-1].yaxis.set_label_position("right")
        places[-1].set_ylabel(
            f"max/mean\nstep {row.smoothness:.1f}", **{**label, "ha": "left", "fontsize": 9}
        )


def _lengths(axes: Axes, strips: Sequence[Mapping[Interpolation, Strip]]) -> None:
    for number, pair in enumerate(strips):
        for way, row in pair.items():
            name = way.value if number == 0 else None
            t = np.linspace(0, 1, FINE)
            axes.plot(t, row.norms, color=COLOURS[way], linewidth=1.6, alpha=0.9, label=name)
    axes.set(xlabel="t", ylabel="|z| / prior's", xlim=(0, 1), ylim=(0, 1.3))
    axes.axhline(1.0, color="black", linewidth=0.8, linestyle=":")
    hide_spines(axes)
    legend_beside(axes)
