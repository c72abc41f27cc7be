"""Small games for tests of practices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.knobs import knobs, set_knobs
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families.registry import replace_family
from sparring.objectives.renamed import RenamedNets

BATCH = 8
PICTURES = Space((1, 16, 16), 0, 3)


def small(name: str, family: str = "dcgan") -> Recipe:
    recipe = zoo.get(name)
    recipe = replace(recipe, nets=replace_family(recipe.nets, family)) if name == "gan" else recipe
    return set_knobs(
        recipe, {path: 8 for path in knobs(recipe) if path.startswith("nets.") and path.endswith("width")}
    )


NAMES = {"G": "Painter", "D": "Judge"}


def renamed(recipe: Recipe) -> Recipe:
    """The recipe with its generator and its discriminator, and their turns, called by other names."""
    turns = {
        NAMES.get(key, key): replace(
            turn, loss=RenamedNets(turn.loss, NAMES), moves=tuple(NAMES[net] for net in turn.moves)
        )
        for key, turn in recipe.turns.items()
    }
    nets, roles, averages = (
        {NAMES[key]: value for key, value in part.items()}
        for part in (recipe.nets, recipe.roles, recipe.averages)
    )
    return replace(
        recipe, nets=nets, turns=turns, roles=roles, averages=averages,
        sampler=lambda n, b: n.Painter(b.z), judge=lambda n, b: n.Judge(b.x),
    )  # fmt: skip


def played(recipe: Recipe, space: Space = PICTURES, seed: int = 0) -> tuple[Game, Callable[[], Batch]]:
    space = replace(space, latent=recipe.latent.fit_to(space).size)
    recipe = replace(recipe, latent=recipe.latent.fit_to(space))
    torch.manual_seed(seed)
    game = Game(recipe, space, seed=seed, steps=8)
    noise = torch.Generator().manual_seed(seed)

    def draw() -> Batch:
        x = torch.randn(BATCH, *space.shape, generator=noise).tanh()
        u = torch.rand(BATCH, *[1] * len(space.shape), generator=noise)
        y = torch.randint(3, (BATCH,), generator=noise)
        return Batch(x=x, z=recipe.latent.sample(BATCH, noise), u=u, y=y)

    return game, draw
