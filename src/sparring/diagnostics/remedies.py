"""Likely causes of each complaint, and the practices that help, in the order to try them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass

import torch

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.diagnostics.verdict import Kind
from sparring.practice.catalogue import apply_practices
from sparring.practice.order import require_independent_samples
from sparring.practice.players import find_player_turns


@dataclass(frozen=True)
class Remedy:
    """A practice that helps against a complaint."""

    practice: str
    """Name and value, as `--with` takes it."""
    why: str
    source: str


CAUSES: Mapping[Kind, tuple[str, ...]] = {
    Kind.COLLAPSE: (
        "G takes many steps against a fixed D: the optimal G for a fixed D is a single point",
        "G learns faster than D can follow",
        "no loss asks for variety",
    ),
    Kind.IGNORED: (
        "the label alone decides: no loss asks that samples of one label differ",
        "G ignores z, or depends on it too weakly beside the label",
    ),
    Kind.OSCILLATION: (
        "D and G circle around the equilibrium instead of converging",
        "learning rates or momentum are too high",
        "the data are not shuffled, so that each part of the run sees other data",
    ),
    Kind.DIVERGENCE: ("learning rates or a penalty are too high", "numbers overflow"),
    Kind.DISCRIMINATOR_WINS: (
        "D is certain, so that G's gradient vanishes (minimax loss) or carries little information",
        "data and fakes have disjoint supports, which any D can tell apart",
        "D takes too many or too large steps for G to follow",
    ),
    Kind.DISCRIMINATOR_LOSES: ("D is too small, too slow or too noisy to detect existing differences",),
    Kind.UNINFORMATIVE: (
        "a penalty outweighs D's loss, so that its scores hardly differ",
        "D's learning rate is too low, or its weights are constrained too tightly",
    ),
    Kind.OVERFITTING: ("there are too few data for the capacity of D",),
    Kind.UNEQUAL: ("the learning rates of D and G differ too much",),
    Kind.CONTEXT: (
        "receptive fields are too small, or upsampling leaves a checkerboard",
        "the run is not finished",
    ),
    Kind.RANGE: ("pictures are not in [-1, 1], the range of fakes after tanh",),
    Kind.ASTRAY: (
        "the run is not finished",
        "G gets no useful gradient, since D is too certain or too flat",
    ),
    Kind.TWICE: ("a sigmoid at the end of D, or before its loss, although the loss includes one",),
    Kind.COPIES: (
        "G does not reach the data: the run is not finished, G is too small, or z is too short",
        "there are few data, so that copies are hard to beat, or many similar ones",
    ),
    Kind.PAST_BEST: ("training continued past its best step and got worse",),
}

EQUAL = Remedy(
    "two_time_scales=5e-4,5e-4",
    "the same learning rate for D and G, one that works for pictures of this kind",
    "house",
)

FAULT_REMEDIES = (
    Remedy("plain_losses", "a custom loss may not have the intended optimum", "1406.2661, section 3"),
    Remedy(
        "generator_loss=ns", "the minimax loss has no gradient where D is certain", "1406.2661, section 3"
    ),
    Remedy(
        "discriminator_steps=1", "one step each, so that neither outruns the other", "1406.2661, algorithm 1"
    ),
    Remedy(
        "batches=separate",
        "batch norm gives away a mixed batch by its statistics",
        "Chintala et al. 2016, item 4",
    ),
    Remedy(
        "penalties_at_most=10",
        "a penalty that outweighs the loss leaves D no freedom to separate data from fakes",
        "1704.00028",
    ),
    EQUAL,
    Remedy("rates_at_most=1e-3", "larger learning rates of Adam do not converge", "1511.06434"),
)
"""Remedies for plain faults, applied together; each is skipped where it would change nothing."""

R1 = Remedy("r1=0.1", "a D that is flat at the data makes training converge", "1801.04406")
NOISE = Remedy("instance_noise=0.2", "noise makes data and fakes overlap", "1701.04862")
SLOWER = Remedy(
    "rates_at_most=2e-4",
    "training that cycles at one learning rate can converge at a lower one",
    "1801.04406",
)
PACKED = Remedy("packed=2", "D sees two samples at once, and so whether they are similar", "1712.04086")
MINIBATCH = Remedy("minibatch_stddev", "D sees how much the samples of a batch vary", "1710.10196")
WEIGHT_AVERAGE = Remedy(
    "averaged_weights=0.999", "the average of weights that circle lies inside the circle", "1806.04498"
)
MORE_STEPS = Remedy("discriminator_steps=2", "D gets more steps", "1406.2661, algorithm 1")
AUGMENT = Remedy(
    "augmented", "D cannot memorise pictures that are augmented differently each time", "2006.10738"
)

REMEDIES: Mapping[Kind, tuple[Remedy, ...]] = {
    Kind.COLLAPSE: (R1, PACKED, SLOWER),
    Kind.IGNORED: (MINIBATCH, R1, SLOWER),
    Kind.OSCILLATION: (R1, SLOWER, WEIGHT_AVERAGE),
    Kind.DIVERGENCE: (R1, SLOWER),
    Kind.DISCRIMINATOR_WINS: (R1, NOISE, SLOWER),
    Kind.DISCRIMINATOR_LOSES: (MORE_STEPS, R1),
    Kind.UNINFORMATIVE: (MORE_STEPS,),
    Kind.OVERFITTING: (AUGMENT, R1),
    Kind.UNEQUAL: (R1,),
    Kind.CONTEXT: (Remedy("no_sparse_gradients", "every pixel gets a gradient", "1511.06434"), R1),
    Kind.RANGE: (),
    Kind.ASTRAY: (R1,),
    Kind.TWICE: (),
    Kind.COPIES: (),
    Kind.PAST_BEST: (SLOWER, WEIGHT_AVERAGE),
}

FEWEST_STEPS, MOST_STEPS = 1 / 2, 5
"""Range of steps of D per step of G that counts as balanced; WGAN takes five."""


PACKAGE = __name__.partition(".")[0]

MOST_RATES = 10
"""Largest ratio of learning rates that counts as balanced."""


def remedies(
    kinds: Iterable[Kind], recipe: Recipe, space: Space, tried: Collection[str] = ()
) -> list[Remedy]:
    """Return the remedies to try, in order: those for plain faults, then those for each of `kinds`.

    Left out are practices in `tried` (as "NAME=VALUE"), those that cannot be applied to `recipe` on data of
    `space`, and those that would change nothing. Three remedies need their fault in the recipe:
    `plain_losses` a loss that is not of this package, `discriminator_steps=1` fewer than 1/2 or more than 5
    steps of D per step of G, and `EQUAL` learning rates that differ by more than a factor of 10.
    """
    listed = dict.fromkeys([*FAULT_REMEDIES, *(remedy for kind in kinds for remedy in REMEDIES[kind])])
    return [remedy for remedy in listed if remedy.practice not in tried and _applies(remedy, recipe, space)]


def _applies(remedy: Remedy, recipe: Recipe, space: Space) -> bool:
    if remedy.practice == "plain_losses" and not any(
        _is_user_code(turn.loss) for turn in recipe.turns.values()
    ):
        return False
    if remedy.practice == "discriminator_steps=1" and not _has_unequal_steps(recipe):
        return False
    if remedy is EQUAL and not _has_unequal_rates(recipe):
        return False
    try:
        changed = apply_practices(recipe, [remedy.practice])
        with torch.device("meta"):
            for builder in changed.nets.values():
                builder(space)
        require_independent_samples(changed, space)
    except BadInput:
        return False
    return changed != recipe


def _is_user_code(loss: object) -> bool:
    """Return whether a loss, or one inside it, is user code."""
    if not type(loss).__module__.startswith(f"{PACKAGE}."):
        return True
    return is_dataclass(loss) and any(
        callable(inner) and _is_user_code(inner)
        for inner in (getattr(loss, field.name) for field in fields(loss))
    )


def _has_unequal_rates(recipe: Recipe) -> bool:
    """Return whether the learning rates of D and G differ by more than a factor of 10."""
    players = find_player_turns(recipe)
    if players is None:
        return False
    rates: list[float] = [knobs(recipe.turns[turn].optim).get("lr", 1.0) for turn in players]
    return max(rates) > MOST_RATES * min(rates)


def _has_unequal_steps(recipe: Recipe) -> bool:
    """Return whether one of D and G takes many more steps than the other."""
    players = find_player_turns(recipe)
    if players is None:
        return False
    d, g = (recipe.turns[turn].repeat for turn in players)
    return not FEWEST_STEPS <= d / g <= MOST_STEPS
