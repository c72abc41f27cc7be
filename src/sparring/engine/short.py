"""Short trainings in memory, with the same engine as a run, for claims and comparisons."""

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
from sparring.engine.trainer import make_draw, sampling_nets
from sparring.runs.split import space_of


@dataclass(frozen=True)
class ShortTraining:
    """A training in memory, running or finished."""

    game: Game
    space: Space
    draw: Callable[[], Batch]
    """Returns the next batch of training data."""
    terms: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    """The terms of every turn taken, as `Game.read_terms` returns them; they are read every 100 steps."""

    @property
    def recipe(self) -> Recipe:
        """The recipe as it is trained, with its nets replaced and its latent fitted to the data."""
        return self.game.recipe

    @property
    def nets(self) -> Nets:
        """The nets with their latest weights."""
        return self.game.nets

    @property
    def shown(self) -> Nets:
        """The nets to generate samples with, averages if there are any; set to evaluation mode for good."""
        return Nets({**self.game.nets, **self.game.averages}).eval()

    def samples(self, n: int, seed: int = 1) -> Tensor:
        """Return `n` samples, (n, *shape) on the CPU, from latents drawn with `seed`, with the current nets.

        Averages replace the nets where there are any.  The nets stay as they are, so that training may
        continue.
        """
        z = self.recipe.latent.sample(n, torch.Generator().manual_seed(seed))
        with sampling_nets(self.game) as nets:
            return samples(self.recipe.sampler, nets, Batch.of(z))


def train_in_memory(
    recipe: Recipe,
    data: Dataset,
    steps: int,
    seed: int,
    *,
    batch: int | None = None,
    nets: Mapping[str, Builder] | None = None,
    averages: bool = True,
    watch: Callable[[ShortTraining, int], None] | None = None,
    every: int = 0,
) -> ShortTraining:
    """Train `recipe` for `steps` training steps on all of `data`, and return the finished training.

    It runs on the CPU in float32, uncompiled; same seed, same bits.  `batch` is the batch size, None the
    recipe's.  `nets` replaces the recipe's nets by key; without `averages` samples come from the latest
    weights.  `watch` is called with the training and the step, from 1, after every `every` steps.  Raises
    `Diverged` if a loss or a gradient is not finite.
    """
    recipe = replace(
        recipe,
        nets={**recipe.nets, **(nets or {})},
        averages=recipe.averages if averages else {},
    )
    index = np.arange(len(data))
    space = space_of(recipe, data, index)
    recipe = replace(recipe, latent=recipe.latent.fit_to(space))
    starts = stage_starts(recipe, steps)
    game = Game(recipe, space, seed=seed, machine=Machine(), starts=starts, steps=steps)
    feed = Feed(data, index, batch or recipe.batch, seed=seed, device="cpu", needs=recipe.needs)
    with randomness.preserve_random_state():
        chance = randomness.Randomness.from_seed(seed, "cpu")
        training = ShortTraining(game, space, make_draw(feed, recipe, chance.noise, Machine()))
        for step in range(1, steps + 1):
            game.round(training.draw)
            if step % 100 == 0 or step == steps:
                training.terms.extend(game.read_terms())
            if watch is not None and every and step % every == 0:
                watch(training, step)
    return training
