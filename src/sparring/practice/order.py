"""The order in which a recipe's nets train, and the batches that they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.objectives.one_stage import OneStage, loses_generator_gradient
from sparring.practice.players import find_player_turns, inner_loss, player
from sparring.zoo.gan import Discriminate, Generate


def with_order(recipe: Recipe, order: str) -> Recipe:
    """Return the recipe with its turns taken in `order`: "own", "shared" or "one_stage".

    "own": unchanged; "shared": one batch for all turns (`share_batches`); "one_stage": D and G in one
    backward pass (`train_at_once`).
    """
    orders: dict[str, Callable[[Recipe], Recipe]]
    orders = {"own": lambda recipe: recipe, "shared": share_batches, "one_stage": train_at_once}
    return orders[order](recipe)


def share_batches(recipe: Recipe) -> Recipe:
    """Return the recipe with one batch per step for all turns, so that the generator runs once per step.

    Most hand-written training loops do this.
    """
    return replace(recipe, stages=tuple(replace(stage, shared=True) for stage in recipe.stages))


def train_at_once(recipe: Recipe) -> Recipe:
    """Return the recipe with D and G trained at once: one batch and one backward pass give both gradients.

    Shen et al. 2021, Training Generative Adversarial Networks in One Stage, arXiv:2103.00430.  Other turns,
    such as a lazy penalty, are taken afterwards.  Raises `BadInput` where the players do not play the plain
    game on D(x) and D(G(z)) with one step each, or where the discriminator's loss has no gradient but the
    generator's has (as for the hinge).
    """
    players = find_player_turns(recipe)
    d, g = (recipe.turns[key] for key in players) if players else (None, None)
    if not (players and d and g and isinstance(d.loss, Discriminate) and isinstance(g.loss, Generate)):
        raise BadInput(
            f"{recipe.name}: one_stage needs losses that see D(x) and D(G(z)) alone; give --order own"
        )
    if d.loss.pair != g.loss.pair or len(recipe.stages) != 1 or d.moves or g.moves:
        raise BadInput(f"{recipe.name}: D and G do not play the same game in one stage; give --order own")
    if d.repeat != 1 or g.repeat != 1 or d.every != 1 or g.every != 1 or d.gate or g.gate:
        raise BadInput(f"{recipe.name}: D and G do not take one step each per round; give --order own")
    if loses_generator_gradient(d.loss.pair):
        raise BadInput(f"{recipe.name}: D's loss is flat where G's has a gradient; give --order own")
    return replace(recipe, stages=(replace(recipe.stages[0], joint=OneStage(d.loss.pair, *players)),))


def require_independent_samples(recipe: Recipe, space: Space) -> None:
    """Raise `BadInput` where D mixes the samples of a batch, as batch norm does, but must not.

    D must not where D and G train at once (`train_at_once`), or where data and fakes pass D in one batch.  D
    mixes samples if its output on one of 4 random samples depends on another of them.
    """
    at_once = any(isinstance(stage.joint, OneStage) for stage in recipe.stages)
    plain = [inner_loss(turn.loss, Discriminate) for turn in recipe.turns.values()]
    mixed = any(loss is not None and loss.joint for loss in plain)
    if not (at_once or mixed):
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        builder = recipe.nets[player(recipe, "discriminator").net]
        discriminator, x = builder(space).train(), torch.rand(4, *space.shape, requires_grad=True)
        (gradient,) = torch.autograd.grad(discriminator(x)[0], x)
    if gradient[1:].any():
        parts, flag = ("D and G", "--order own") if at_once else ("data and fakes", "batches=separate")
        raise BadInput(
            f"{recipe.name}: its discriminator mixes the samples of a batch (batch norm?), so {parts} cannot "
            f"share one pass; give {flag}, or nets without batch norm, such as --family dcgan"
        )
