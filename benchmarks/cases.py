"""The games that are timed: a recipe on data, and the loop that one would write for it by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from benchmarks import plain
from sparring import zoo
from sparring.core.optim import Adam
from sparring.core.pixels import to_float
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.data.dataset import Dataset
from sparring.data.feed import Feed
from sparring.data.sources import dataset
from sparring.engine.game import Game
from sparring.engine.machine import Machine
from sparring.engine.trainer import make_draw
from sparring.practice.catalogue import apply_practices
from sparring.practice.order import with_order

BATCH = 64
LOG_EVERY = 50
"""Rounds between two readings of the losses; a run's default."""

Once = Callable[[], None]


@dataclass(frozen=True)
class Case:
    """What is compared."""

    name: str
    recipe: Recipe
    data: Dataset
    loop: Callable[..., Once]
    batch: int = BATCH

    @property
    def space(self) -> Space:
        return Space(self.data.shape, self.recipe.latent.size)

    def ordered(self, order: str) -> Case:
        """The same with its turns in another order; "joint": shared, data and fakes in one pass of D."""
        if order == "joint":
            return replace(self, recipe=with_order(apply_practices(self.recipe, ["batches=joint"]), "shared"))
        return replace(self, recipe=with_order(self.recipe, order))

    def game(self, machine: Machine, seed: int = 0) -> Game:
        """The engine's game, not yet begun."""
        return Game(self.recipe, self.space, seed=seed, machine=machine)

    def engine(self, machine: Machine, seed: int = 0) -> tuple[Game, Once]:
        """The engine's game, and a round of it with its feed and its log."""
        game = self.game(machine, seed)
        feed = Feed(self.data, np.arange(len(self.data)), self.batch, seed=seed, device=machine.device)
        noise = torch.Generator(machine.device).manual_seed(seed)
        draw = make_draw(feed, self.recipe, noise, machine)

        def once() -> None:
            game.round(draw)
            if game.step % LOG_EVERY == 0:
                game.read_terms()

        return game, once

    def by_hand(self, seed: int = 0) -> tuple[plain.Nets, Once]:
        """The same nets, and a round of the plain loop."""
        nets = self.game(Machine(), seed).nets.requires_grad_(True)
        return nets, self._played(nets, plain.batches(self.floats(), self.batch), self._noise)

    def by_hand_on_gpu(self, fast: bool) -> Once:
        """A round of the plain loop there; `fast`: in bfloat16, channels last, its data held on the GPU."""
        nets = self.game(Machine("cuda")).nets.requires_grad_(True)
        x = self.floats()
        chance = torch.Generator("cuda").manual_seed(0)

        def noise(n: int) -> Tensor:
            return self.recipe.latent.sample(n, chance)

        if not fast:
            moved = (batch.to("cuda") for batch in plain.batches(x, self.batch))
            return self._played(nets, moved, noise)
        if x.dim() == 4:
            nets.to(memory_format=torch.channels_last)
            x = x.contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if x.dim() == 4 else torch.contiguous_format
        drawn = plain.held(x.to("cuda"), self.batch)
        once = self._played(nets, (batch.contiguous(memory_format=layout) for batch in drawn), noise)
        return torch.autocast("cuda", torch.bfloat16)(once)

    def floats(self) -> Tensor:
        """All data as floats."""
        return self.pictures() if self.data.pictures else torch.from_numpy(np.asarray(self.data.x))

    def _played(self, nets: plain.Nets, data: Iterator[Tensor], noise: plain.Noise) -> Once:
        adam = self.recipe.turns["D"].optim
        assert isinstance(adam, Adam)
        return self.loop(nets, data, noise, adam.lr, adam.betas)

    def pictures(self) -> Tensor:
        """All pictures as floats, contiguous, as a hand-written loop would hold them."""
        return to_float(torch.from_numpy(np.asarray(self.data.x[:]))).contiguous()

    def _noise(self, n: int) -> Tensor:
        return self.recipe.latent.sample(n, torch.default_generator)


def cases() -> list[Case]:
    """All of them."""
    shapes = {side: dataset("shapes", size=str(side)) for side in (16, 32, 64)}
    convolutional = [
        Case(f"dcgan {side}x{side}", zoo.get("dcgan"), data, plain.original) for side, data in shapes.items()
    ]
    return [
        *convolutional,
        Case("r1_gan 32x32, without R1", unpenalised(), shapes[32], plain.original),
        Case("wgan_gp 32x32", zoo.get("wgan_gp"), shapes[32], plain.penalised),
        Case("r3gan 32x32", zoo.get("r3gan"), shapes[32], plain.relativistic),
        Case("gan, ring8", zoo.get("gan"), dataset("ring8"), plain.original),
    ]


def unpenalised() -> Recipe:
    """DCGAN's game between nets that tie no samples, so that D and G can learn at once."""
    recipe = zoo.get("r1_gan")
    return replace(recipe, turns={key: recipe.turns[key] for key in "DG"})
