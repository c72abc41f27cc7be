"""In which order the players of a game learn, and on what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.objectives.one_stage import OneStage, lost
from sparring.practice.players import inner_loss
from sparring.zoo.gan import Discriminate, Generate


def ordered(recipe: Recipe, order: str) -> Recipe:
    """The recipe with its turns taken as `order` says: "own" changes nothing."""
    orders: dict[str, Callable[[Recipe], Recipe]]
    orders = {"own": lambda given: given, "shared": shared, "one_stage": one_stage}
    return orders[order](recipe)


def shared(recipe: Recipe) -> Recipe:
    """One batch a round for all turns, as loops written by hand have it: the generator runs once for both."""
    return replace(recipe, stages=tuple(replace(stage, shared=True) for stage in recipe.stages))


def one_stage(recipe: Recipe) -> Recipe:
    """D and G at once: each round both gradients come from one batch, in one backward pass, then both step.

    Shen et al. 2021, Training Generative Adversarial Networks in One Stage, arXiv:2103.00430.  Other turns,
    as a lazy penalty, are taken after them.  Raises `BadInput` where the recipe's turns D and G are not the
    plain game on D(x) and D(G(z)), step by step, or its critic's loss would lose what the generator's asks.
    """
    d, g = (recipe.turns.get(key) for key in "DG")
    if not (d and g and isinstance(d.loss, Discriminate) and isinstance(g.loss, Generate)):
        raise BadInput(
            f"{recipe.name}: only games whose losses see D(x) and D(G(z)) alone are played at once"
        )
    if d.loss.pair != g.loss.pair or len(recipe.stages) != 1 or d.moves or g.moves:
        raise BadInput(f"{recipe.name}: its D and G do not play one game of one stage, so not at once")
    if d.repeat != 1 or g.repeat != 1 or d.every != 1 or g.every != 1 or d.gate or g.gate:
        raise BadInput(f"{recipe.name}: D and G do not take one step each a round, so they cannot at once")
    if lost(d.loss.pair):
        raise BadInput(
            f"{recipe.name}: where the loss of D is flat that of G is not; play it in turns (--order own)"
        )
    return replace(recipe, stages=(replace(recipe.stages[0], joint=OneStage(d.loss.pair)),))


def require_untied(recipe: Recipe, space: Space) -> None:
    """Raise `BadInput` where D must not tie the samples of its batch together, but does.

    It must not where D and G learn at once, and where data and fakes pass D as one batch.
    """
    at_once = any(isinstance(stage.joint, OneStage) for stage in recipe.stages)
    plain = [inner_loss(turn.loss, Discriminate) for turn in recipe.turns.values()]
    mixed = any(loss is not None and loss.joint for loss in plain)
    if not (at_once or mixed):
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        critic, x = recipe.nets["D"](space).train(), torch.rand(4, *space.shape, requires_grad=True)
        (slope,) = torch.autograd.grad(critic(x)[0], x)
    if slope[1:].any():
        what, flag = ("D and G", "--order own") if at_once else ("data and fakes", "batches=separate")
        raise BadInput(
            f"{recipe.name}: its critic ties the samples of a batch together (batch norm?), so no one pass "
            f"serves {what}; give {flag}, or nets that do not, as --family dcgan"
        )
