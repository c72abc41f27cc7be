"""What is likely behind a complaint, and the practices that are known to help, in the order to try them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass

import torch

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.diagnostics.verdict import Kind
from sparring.practice.catalogue import practised
from sparring.practice.order import require_untied


@dataclass(frozen=True)
class Remedy:
    """A practice that helps."""

    practice: str
    """As `--with` takes it."""
    why: str
    source: str


CAUSES: Mapping[Kind, tuple[str, ...]] = {
    Kind.COLLAPSE: (
        "G takes many steps against a D that stands still: the best answer to a fixed D is one point",
        "G learns faster than D can follow",
        "nothing in the game asks for variety",
    ),
    Kind.IGNORED: (
        "the label alone decides: nothing in the game asks that samples of one label differ",
        "G does not read z, or reads it too weakly beside the label",
    ),
    Kind.OSCILLATION: (
        "players circle around the equilibrium instead of going to it",
        "rates are too high, or momentum is",
        "the data come in an order, so that each stretch of the run is about other data",
    ),
    Kind.DIVERGENCE: ("rates or a penalty are too high", "numbers overflow"),
    Kind.CRITIC_WINS: (
        "D is sure, so the slope that G follows vanishes (minimax loss) or says little",
        "data and fakes lie on sets that do not meet, which any D can tell apart",
        "D takes more or larger steps than G can follow",
    ),
    Kind.CRITIC_LOST: ("D is too small, too slow or too noisy to see differences that are there",),
    Kind.SILENT: (
        "a penalty outweighs D's loss, so that its scores hardly differ",
        "D's rate is too low, or its weights are held too small",
    ),
    Kind.OVERFITTING: ("there are too few data for so able a D",),
    Kind.UNEQUAL: ("one player's rate is far from the other's",),
    Kind.CONTEXT: (
        "the nets cannot see neighbours together, or leave a checkerboard",
        "the run is not through yet",
    ),
    Kind.RANGE: ("pictures do not come in [-1, 1], where tanh puts the fakes",),
    Kind.ASTRAY: (
        "the run is not through yet",
        "G gets no slope worth following, from a D that is too sure or too flat",
    ),
    Kind.TWICE: ("a sigmoid at the end of D, or before its loss, where the loss has one already",),
    Kind.COPIES: (
        "G does not reach the data: the run is not through yet, G is too small, or z is too short",
        "there are few data, so that copies are hard to beat, or many much alike",
    ),
    Kind.PAST_BEST: ("the game went on after its best moment, and left it",),
}

EQUAL = Remedy(
    "two_time_scales=5e-4,5e-4", "both players at one rate that pictures of this kind bear", "house"
)

UNDO = (
    Remedy("plain_losses", "a loss of one's own may not ask what it should", "1406.2661, section 3"),
    Remedy("generator_loss=ns", "the minimax loss has no slope where D is sure", "1406.2661, section 3"),
    Remedy(
        "critic_steps=1", "one step each, so that neither plays against a stranger", "1406.2661, algorithm 1"
    ),
    Remedy(
        "batches=separate", "batch norm tells a mixed batch by its statistics", "Chintala et al. 2016, item 4"
    ),
    Remedy("penalties_at_most=10", "a penalty that outweighs the game leaves D nothing to say", "1704.00028"),
    EQUAL,
    Remedy("rates_at_most=1e-3", "larger steps of Adam than this do not settle", "1511.06434"),
)
"""What sets a plain fault right, all at once; each is skipped where it would change nothing."""

R1 = Remedy("r1=0.1", "a D that is flat at the data makes the game settle", "1801.04406")
NOISE = Remedy("instance_noise=0.2", "with noise data and fakes overlap", "1701.04862")
SLOWER = Remedy("rates_at_most=2e-4", "what circles at one rate can settle at a lower one", "1801.04406")
PACKED = Remedy("packed=2", "D sees two samples at once, and so whether they are alike", "1712.04086")
VARIED = Remedy("minibatch_deviation", "D sees how much the samples of a batch vary", "1710.10196")
AVERAGED = Remedy(
    "averaged_weights=0.999", "the mean of weights that circle lies within the circle", "1806.04498"
)
LONGER = Remedy("critic_steps=2", "D gets the time that it needs", "1406.2661, algorithm 1")
AUGMENTED = Remedy("augmented", "pictures that always look different cannot be learnt by heart", "2006.10738")

REMEDIES: Mapping[Kind, tuple[Remedy, ...]] = {
    Kind.COLLAPSE: (R1, PACKED, SLOWER),
    Kind.IGNORED: (VARIED, R1, SLOWER),
    Kind.OSCILLATION: (R1, SLOWER, AVERAGED),
    Kind.DIVERGENCE: (R1, SLOWER),
    Kind.CRITIC_WINS: (R1, NOISE, SLOWER),
    Kind.CRITIC_LOST: (LONGER, R1),
    Kind.SILENT: (LONGER,),
    Kind.OVERFITTING: (AUGMENTED, R1),
    Kind.UNEQUAL: (R1,),
    Kind.CONTEXT: (Remedy("no_sparse_gradients", "every pixel gets a slope", "1511.06434"), R1),
    Kind.RANGE: (),
    Kind.ASTRAY: (R1,),
    Kind.TWICE: (),
    Kind.COPIES: (),
    Kind.PAST_BEST: (SLOWER, AVERAGED),
}

FEWEST_STEPS, MOST_STEPS = 1 / 2, 5
"""Steps of D to one of G between which nobody is accused of too few or too many; WGAN takes five."""


HOUSE = __name__.partition(".")[0]

MOST_RATES = 10
"""Times that one rate may be the other."""


def remedies(
    kinds: Iterable[Kind], recipe: Recipe, space: Space, tried: Collection[str] = ()
) -> list[Remedy]:
    """What to try, the first first: plain faults set right, then what helps against each of `kinds`.

    Left out are those `tried`, those that cannot be done to `recipe` on data of `space`, and those that would
    change nothing.
    """
    listed = dict.fromkeys([*UNDO, *(remedy for kind in kinds for remedy in REMEDIES[kind])])
    return [remedy for remedy in listed if remedy.practice not in tried and _fits(remedy, recipe, space)]


def _fits(remedy: Remedy, recipe: Recipe, space: Space) -> bool:
    if remedy.practice == "plain_losses" and not any(_own(turn.loss) for turn in recipe.turns.values()):
        return False
    if remedy.practice == "critic_steps=1" and not _uneven(recipe):
        return False
    if remedy is EQUAL and not _unequal(recipe):
        return False
    try:
        changed = practised(recipe, [remedy.practice])
        with torch.device("meta"):
            for builder in changed.nets.values():
                builder(space)
        require_untied(changed, space)
    except BadInput:
        return False
    return changed != recipe


def _own(loss: object) -> bool:
    """Whether a loss, or one within it, is the user's and none of the house's."""
    if not type(loss).__module__.startswith(f"{HOUSE}."):
        return True
    return is_dataclass(loss) and any(
        callable(inner) and _own(inner) for inner in (getattr(loss, field.name) for field in fields(loss))
    )


def _unequal(recipe: Recipe) -> bool:
    """Whether one of D and G learns at a rate many times the other's."""
    if not {"D", "G"} <= recipe.turns.keys():
        return False
    rates: list[float] = [knobs(recipe.turns[recipe.owner(turn)].optim).get("lr", 1.0) for turn in "DG"]
    return max(rates) > MOST_RATES * min(rates)


def _uneven(recipe: Recipe) -> bool:
    """Whether one of D and G takes many more steps than the other."""
    if not {"D", "G"} <= recipe.turns.keys():
        return False
    ratio = recipe.turns["D"].repeat / recipe.turns["G"].repeat
    return not FEWEST_STEPS <= ratio <= MOST_STEPS
