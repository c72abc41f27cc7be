"""A search for latents that a hand steers: many starts, one graph, one step at a time.

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
from sparring.inverse.latents import between, boxed, freed

FRAMES = 16
"""Pictures from before an edit to after it."""


@dataclass(frozen=True)
class Search:
    """How latents are sought."""

    starts: int = 8
    """Searches side by side.  8 take a DCGAN of 64x64 pixels 40 ms a step at width 32 and 69 at width 64, on
    one thread; 16 take 60 and 114, over a tenth of a second (benchmarks/results/editing.json)."""
    optim: Optim = field(default_factory=lambda: Adam(0.1, (0.9, 0.999)))
    spread: float = 0.3
    """How far, as a share of the way to another draw of the prior, starts lie from the latent that is edited;
    the first start is that latent itself."""
    bf16: bool = False
    """Convolutions and products in bfloat16 while searching: up to twice as many starts in the same time
    where the processor knows it; pictures and losses of a step are then a little coarser."""


SEARCHES = {"default": Search(), "igan": Search(starts=64)}
"""Named searches; the paper's is for a graphics card."""


class Found(NamedTuple):
    """What a step looked at, the least loss first; on the generator's device."""

    z: Tensor
    """Latents, (starts, d)."""
    pictures: Tensor
    """What they become, float32 (starts, c, h, w) in [-1, 1]."""
    losses: Tensor
    """Their losses, the sum of the constraints', (starts,)."""


@final
class Editor:
    """A generator in the hand: constraints in, pictures out, a step at a time.

    A copy of the generator is used, frozen and in evaluation mode.  Start k depends on the seed and on k
    alone, and the starts share nothing: how many there are, and in which order, changes a result by rounding
    only.
    """

    def __init__(
        self,
        generator: nn.Module,
        latent: Latent,
        *,
        anchor: Tensor | None = None,
        search: Search | None = None,
        seed: int = 0,
    ) -> None:
        """`generator` takes z (n, d) to pictures; `anchor`, (d,), is the latent that is to be edited.

        Raises `BadInput` for an anchor of another size, no starts, or a generator without gradients.
        """
        self.search, self.latent, self.seed = search or Search(), latent, seed
        if self.search.starts < 1:
            raise BadInput(f"{self.search.starts} starts; give a whole number of at least 1")
        self.generator = copy.deepcopy(generator).eval().requires_grad_(False)
        self._boxed = boxed(latent)
        self.anchor: Tensor | None = None
        self._begin(anchor)
        z = self._z()
        with torch.enable_grad():
            made = self.generator(z[:1])
        if made.dim() != 4:
            raise BadInput(f"an editor needs pictures (n, c, h, w), not {tuple(made.shape)}")
        if not made.requires_grad:
            raise BadInput("these pictures do not follow their latents smoothly: no search can edit them")

    def step(self, constraints: Sequence[Constraint]) -> Found:
        """Look at all starts, then move each one step; what was looked at, best first.

        Pictures, latents and losses belong together; the step taken is seen by the next call.  Constraints
        may differ from call to call.
        """
        if not constraints:
            raise BadInput("no constraints; give at least one: Colour, Sketch, Warp or Smooth")
        with torch.enable_grad():
            z = self._z()
            with torch.autocast(z.device.type, torch.bfloat16, enabled=self.search.bf16):
                pictures = self.generator(z)
            pictures = pictures.float()
            losses = torch.stack([constraint(pictures, z) for constraint in constraints]).sum(0)
            (self._free.grad,) = torch.autograd.grad(losses.sum(), self._free)
        order = losses.detach().argsort(stable=True)
        found = Found(z.detach()[order], pictures.detach()[order], losses.detach()[order])
        self._optimiser.step()  # after z was copied, which it may change in place
        if not self._boxed:
            with torch.no_grad():
                self._free.copy_(self.latent.project(self._free))
        return found

    def accept(self, z: Tensor) -> None:
        """Take the latent `z`, (d,), as what is edited from now on, with new starts about it."""
        self._begin(z)

    @torch.no_grad()
    def walk_to(self, z: Tensor, frames: int = FRAMES) -> Tensor:
        """The way from the anchor to `z`, (d,): pictures (frames, c, h, w), both ends among them."""
        if self.anchor is None:
            raise BadInput(
                "there is nothing to walk from; make the editor with an anchor, or accept a latent"
            )
        if frames < 2:
            raise BadInput(f"{frames} frames; give at least 2")
        t = torch.linspace(0, 1, frames, dtype=torch.float64)
        way = between(self.latent, self.anchor[None], self._one(z)[None], t)[0]
        made: Tensor = self.generator(way)
        return made.float()

    def _begin(self, anchor: Tensor | None) -> None:
        """Fresh starts: draws of the prior, or points on the way from the anchor to them."""
        device = device_of(self.generator)
        # Each start has a generator of its own: it does not depend on how many there are.
        chances = [_chance(self.seed, k) for k in range(self.search.starts)]
        z = torch.cat([self.latent.sample(1, chance) for chance in chances]).to(device)
        if anchor is not None:
            self.anchor = self._one(anchor).to(device)
            near = torch.tensor([self.search.spread], dtype=torch.float64)
            z = between(self.latent, self.anchor.expand_as(z), z, near)[:, 0]
            z[0] = self.anchor
        self._free = nn.Parameter(freed(z) if self._boxed else z)
        self._optimiser = self.search.optim.build([self._free])

    def _one(self, z: Tensor) -> Tensor:
        if z.shape != (self.latent.size,):
            raise BadInput(f"a latent of shape {tuple(z.shape)}; give one of ({self.latent.size},)")
        return z.detach().float()

    def _z(self) -> Tensor:
        return self._free.tanh() if self._boxed else self._free


def _chance(seed: int, k: int) -> torch.Generator:
    """The k-th start's own source of chance; torch's reads 32 bits, so seed and k are mixed into as many."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence([seed, k]).generate_state(1)[0]))


def edited(editor: Editor, constraints: Sequence[Constraint], steps: int = 40) -> Found:
    """What the editor looks at after so many steps under the same constraints."""
    if steps < 0:
        raise BadInput(f"{steps} steps; give 0 or more")
    for _ in range(steps):
        editor.step(constraints)
    return editor.step(constraints)
