"""Interactive search for latents: many starts in one batch, one step at a time.

Zhu et al. 2016, Generative Visual Manipulation on the Natural Image Manifold, arXiv:1609.03552, section 4.1:
z minimises the sum of the constraints' losses by Adam; under a uniform prior z = tanh(u) and u is free.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.optim import Adam, Optim
from sparring.engine.machine import device_of
from sparring.inverse.edit.constraints import Constraint
from sparring.inverse.latents import interpolate, is_boxed, to_unbounded

FRAMES = 16
"""Number of pictures from before an edit to after it."""


@dataclass(frozen=True)
class EditSearch:
    """Settings of the search for latents."""

    starts: int = 8
    """Number of parallel starts.  With a DCGAN of 64x64 pixels on one thread, a step of 8 starts takes 40 ms
    at width 32 and 69 ms at width 64; 16 starts take 60 and 114 ms (benchmarks/results/editing.json)."""
    optim: Optim = field(default_factory=lambda: Adam(0.1, (0.9, 0.999)))
    spread: float = 0.3
    """Distance of the starts from the edited latent, as a share of the way to a draw of the prior, 0 to 1;
    the first start is the edited latent itself."""
    bf16: bool = False
    """Whether the generator computes in bfloat16 (autocast): up to twice as many starts in the same time on
    processors with bfloat16; pictures and losses of a step are then slightly less precise."""


SEARCHES = {"default": EditSearch(), "igan": EditSearch(starts=64)}
"""Searches by name; that of the paper needs a GPU."""


class EditStep(NamedTuple):
    """The starts of one step, in order of loss; on the generator's device."""

    z: Tensor
    """Latents, (starts, d)."""
    pictures: Tensor
    """Their pictures, float32 (starts, c, h, w) in [-1, 1]."""
    losses: Tensor
    """Their losses, the sum over the constraints, (starts,)."""


@final
class Editor:
    """Edit pictures of a generator under constraints, one optimiser step at a time.

    It uses a copy of the generator, frozen and in evaluation mode.  Start k depends only on the seed and on
    k, and the starts are independent: their number and order change a result only by rounding.
    """

    def __init__(
        self,
        generator: nn.Module,
        latent: Latent,
        *,
        anchor: Tensor | None = None,
        search: EditSearch | None = None,
        seed: int = 0,
    ) -> None:
        """`generator` maps z (n, d) to pictures (n, c, h, w), and `latent` is the prior of z.

        `anchor`, (d,), is the latent to edit; None: the starts are draws of the prior.  `search` None is
        `EditSearch()`.  Raises `BadInput` for an anchor of another size, no starts, or a generator without
        gradients or of other data than pictures.
        """
        self.search, self.latent, self.seed = search or EditSearch(), latent, seed
        if self.search.starts < 1:
            raise BadInput(f"{self.search.starts} starts; give a whole number of at least 1")
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False)
        self._boxed = is_boxed(latent)
        self.anchor: Tensor | None = None
        self._begin(anchor)
        z = self._z()
        with torch.enable_grad():
            pictures = self.generator(z[:1])
        if pictures.dim() != 4:
            raise BadInput(f"an editor needs pictures (n, c, h, w), not {tuple(pictures.shape)}")
        if not pictures.requires_grad:
            raise BadInput("these pictures do not follow their latents smoothly: no search can edit them")

    def step(self, constraints: Sequence[Constraint]) -> EditStep:
        """Return all starts, best first, then do one optimiser step on each.

        Pictures, latents and losses are those before the step; the next call returns those after it.
        Constraints may differ from call to call.  Raises `BadInput` without constraints.
        """
        if not constraints:
            raise BadInput("no constraints; give at least one: Colour, Sketch, Warp or StayNear")
        with torch.enable_grad():
            z = self._z()
            with torch.autocast(z.device.type, torch.bfloat16, enabled=self.search.bf16):
                pictures = self.generator(z)
            pictures = pictures.float()
            losses = torch.stack([constraint(pictures, z) for constraint in constraints]).sum(0)
            (self._parameter.grad,) = torch.autograd.grad(losses.sum(), self._parameter)
        order = losses.detach().argsort(stable=True)
        result = EditStep(z.detach()[order], pictures.detach()[order], losses.detach()[order])
        self._optimiser.step()  # after z was copied, which it may change in place
        if not self._boxed:
            with torch.no_grad():
                self._parameter.copy_(self.latent.project(self._parameter))
        return result

    def accept(self, z: Tensor) -> None:
        """Make `z`, (d,), the anchor from now on, with new starts around it and a new optimiser.

        Raises `BadInput` for another shape.
        """
        self._begin(z)

    @torch.no_grad()
    def walk_to(self, z: Tensor, frames: int = FRAMES) -> Tensor:
        """Return pictures of `frames` latents from the anchor to `z`, (d,), float32 (frames, c, h, w).

        Both ends are included; the latents are even steps of `latents.interpolate`.  Raises `BadInput`
        without an anchor, for under 2 frames and for another shape.
        """
        if self.anchor is None:
            raise BadInput(
                "there is nothing to walk from; make the editor with an anchor, or accept a latent"
            )
        if frames < 2:
            raise BadInput(f"{frames} frames; give at least 2")
        t = torch.linspace(0, 1, frames, dtype=torch.float64)
        latents = interpolate(self.latent, self.anchor[None], self._checked_latent(z)[None], t)[0]
        pictures: Tensor = self.generator(latents)
        return pictures.float()

    def _begin(self, anchor: Tensor | None) -> None:
        """Set new starts: draws of the prior, or points between the anchor and them; reset the optimiser."""
        device = device_of(self.generator)
        # Each start has its own random generator, so that it does not depend on their number.
        randoms = [_random(self.seed, k) for k in range(self.search.starts)]
        z = torch.cat([self.latent.sample(1, random) for random in randoms]).to(device)
        if anchor is not None:
            self.anchor = self._checked_latent(anchor).to(device)
            spread = torch.tensor([self.search.spread], dtype=torch.float64)
            z = interpolate(self.latent, self.anchor.expand_as(z), z, spread)[:, 0]
            z[0] = self.anchor
        self._parameter = nn.Parameter(to_unbounded(z) if self._boxed else z)
        self._optimiser = self.search.optim.build([self._parameter])

    def _checked_latent(self, z: Tensor) -> Tensor:
        if z.shape != (self.latent.size,):
            raise BadInput(f"a latent of shape {tuple(z.shape)}; give one of ({self.latent.size},)")
        return z.detach().float()

    def _z(self) -> Tensor:
        return self._parameter.tanh() if self._boxed else self._parameter


def _random(seed: int, k: int) -> torch.Generator:
    """Return the random generator of start k; it takes 32 bits, so seed and k are mixed to as many."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence([seed, k]).generate_state(1)[0]))


def run_edit(editor: Editor, constraints: Sequence[Constraint], steps: int = 40) -> EditStep:
    """Do `steps` steps of `editor` under the same constraints and return the starts after them, best first.

    To compute their losses `Editor.step` is called once more, so that the editor itself is then `steps` + 1
    steps on.  Raises `BadInput` for a negative number of steps and without constraints.
    """
    if steps < 0:
        raise BadInput(f"{steps} steps; give 0 or more")
    for _ in range(steps):
        editor.step(constraints)
    return editor.step(constraints)
