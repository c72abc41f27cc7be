"""A bout: a short training in memory, through the same engine as a run, for claims and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets
from sparring.core.recipe import Builder, Recipe
from sparring.core.space import Space
from sparring.data.dataset import Dataset
from sparring.data.feed import Feed
from sparring.engine import randomness
from sparring.engine.game import Game, stage_starts
from sparring.engine.machine import Machine
from sparring.engine.trained import samples
from sparring.engine.trainer import drawn, shown_nets
from sparring.runs.split import space_of


@dataclass(frozen=True)
class Bout:
    """A game that is being played, or has been."""

    game: Game
    space: Space
    draw: Callable[[], Batch]
    """The next batch of training data."""
    terms: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    """What every turn's loss was made of: (step, {"turn.term": value})."""

    @property
    def recipe(self) -> Recipe:
        """The recipe as it is played, its nets exchanged and its latent fitted."""
        return self.game.recipe

    @property
    def nets(self) -> Nets:
        """The nets with their last weights."""
        return self.game.nets

    @property
    def shown(self) -> Nets:
        """The nets that samples are made with, averages where they are kept, in evaluation mode for good."""
        return Nets({**self.game.nets, **self.game.averages}).eval()

    def samples(self, n: int, seed: int = 1) -> Tensor:
        """`n` samples from fresh latents, on the CPU, as the nets stand; training may go on."""
        z = self.recipe.latent.sample(n, torch.Generator().manual_seed(seed))
        with shown_nets(self.game) as nets:
            return samples(self.recipe.sampler, nets, Batch.of(z))


def bout(
    recipe: Recipe,
    data: Dataset,
    rounds: int,
    seed: int,
    *,
    batch: int | None = None,
    nets: Mapping[str, Builder] | None = None,
    averages: bool = True,
    watch: Callable[[Bout, int], None] | None = None,
    every: int = 0,
) -> Bout:
    """Play `rounds` rounds of `recipe` on all of `data` in float32, uncompiled; same seed, same bits.

    `nets` exchanges the recipe's nets by key; without `averages` samples come from the last weights.  `watch`
    is called with the bout and the round, from 1, after every `every` rounds.  Raises `Diverged` where a loss
    or a gradient is not finite.
    """
    recipe = replace(
        recipe,
        nets={**recipe.nets, **(nets or {})},
        averages=recipe.averages if averages else {},
    )
    index = np.arange(len(data))
    space = space_of(recipe, data, index)
    recipe = replace(recipe, latent=recipe.latent.fitted(space))
    starts = stage_starts(recipe, rounds)
    game = Game(recipe, space, seed=seed, machine=Machine(), starts=starts, rounds=rounds)
    feed = Feed(data, index, batch or recipe.batch, seed=seed, device="cpu", domains=recipe.domains)
    with randomness.kept():
        chance = randomness.Randomness.seeded(seed, "cpu")
        found = Bout(game, space, drawn(feed, recipe, chance.noise, Machine()))
        for step in range(1, rounds + 1):
            game.round(found.draw)
            if step % 100 == 0 or step == rounds:
                found.terms.extend(game.settled())
            if watch is not None and every and step % every == 0:
                watch(found, step)
    return found
