"""One call that solves an inverse problem with any generator: y = A(x) + noise, x = G(z), find z."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, final, runtime_checkable

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.latent import Latent, Normal
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import Preset, preset
from sparring.inverse.solution import Completion
from sparring.inverse.solver import complete_pictures


@runtime_checkable
class Physics(Protocol):
    """An operator object, such as DeepInverse's `LinearPhysics`, whose method `A` maps without noise."""

    def A(self, x: Tensor) -> Tensor:
        """The measurement of x (n, C, H, W), without noise."""
        ...


def solve(
    generator: Callable[[Tensor], Tensor],
    operator: Callable[[Tensor], Tensor] | Physics,
    y: Tensor,
    *,
    latent: Latent | int,
    discriminator: nn.Module | None = None,
    missing: Tensor | None = None,
    method: str | Preset = "default",
    steps: int | None = None,
    restarts: int | None = None,
    keep: int = 0,
    seed: int = 0,
) -> Completion:
    """Find z such that `operator(generator(z))` agrees with `y`; return the pictures, latents and residuals.

    `generator`, a function or a module (used frozen, in evaluation mode), maps z (n, size) to pictures (n, C,
    H, W).  `operator` maps pictures to measurements `y` (n, C', H', W') and must be differentiable: one of
    `inverse.operators`, any callable, or an object whose method `A` is the map, as DeepInverse's physics.
    `latent` is the prior of z, or its size for N(0, I).  `missing`, bool (n, H', W'), marks unknown values of
    `y`.  `discriminator` is needed by methods that score G(z) (`yeh2017`, `bamos`) or compare its features.
    `method` is a name in `inverse.PRESETS` or a `Preset`; `steps` and `restarts` replace its own.  In
    the result, on the CPU, `raw` (n, C, H, W) is G(z), or for methods with a temperature the weighted mean of
    the restarts' G(z), `z` is (n, size), `residual` (n,) the root mean square of A(raw) - y over known
    values, and `kept` has at most `keep` distinct solutions for each measurement.  Raises `BadInput` for
    shapes that do not fit, an unknown method, and a number out of range.

    >>> G = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.Tanh(), torch.nn.Unflatten(1, (1, 8, 8)))
    >>> solution = solve(G, lambda x: x[..., ::2], torch.zeros(2, 1, 8, 4), latent=3, steps=200)
    >>> solution.raw.shape
    torch.Size([2, 1, 8, 8])
    """
    _require_measurements(y)
    search = _search(method, steps, restarts, discriminator)
    unknown = torch.zeros(len(y), *y.shape[2:], dtype=torch.bool) if missing is None else missing
    G = generator if isinstance(generator, nn.Module) else _Function(generator)
    prior = Normal(latent) if isinstance(latent, int) else latent
    A = operator.A if isinstance(operator, Physics) else operator
    model = FrozenModel(G, discriminator or _Unused(), prior)
    return complete_pictures(model, y, unknown, search, seed=seed, damage=A, keep=keep)


def _require_measurements(y: Tensor) -> None:
    if y.ndim != 4:
        raise BadInput(f"y: has shape {tuple(y.shape)}; give measurements (n, channels, height, width)")


def _search(
    method: str | Preset, steps: int | None, restarts: int | None, discriminator: nn.Module | None
) -> Preset:
    search = preset(method) if isinstance(method, str) else method
    if discriminator is None and (search.perceptual is not None or search.features):
        raise BadInput(f"{method}: scores pictures by a discriminator; give one, or another method")
    if isinstance(method, str):
        return preset(method, steps=steps, restarts=restarts)
    return replace(
        method,
        steps=method.steps if steps is None else steps,
        restarts=method.restarts if restarts is None else restarts,
    )


@final
class _Function(nn.Module):
    """A function as a module without weights."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: Tensor) -> Tensor:
        return self.function(z)


@final
class _Unused(nn.Module):
    """Stands where a discriminator would; a method that has no use for one never calls it."""

    def forward(self, x: Tensor) -> Tensor:
        raise BadInput("the method asks for a discriminator, but none is given")
