"""Practices on who learns how often and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from sparring.core.batch import Terms
from sparring.core.errors import BadInput
from sparring.core.optim import Adam, Optim
from sparring.core.recipe import IDLE, Average, Recipe, Turn
from sparring.objectives.weighed import Weighed
from sparring.practice.players import generators

LONGEST = 100
"""Rounds after which a gate opens whatever the losses are."""


@dataclass(frozen=True)
class CriticSteps:
    """k steps of D to one of G; 1/2 are two steps of G to one of D, 3/2 three of D to two of G.

    Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1.
    """

    k: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 1 / 100 <= self.k <= 100:
            raise BadInput(f"critic_steps={self.k}: give 0.01 to 100")
        ratio = Fraction(self.k).limit_denominator(100)
        repeats = {"D": ratio.numerator, "G": ratio.denominator}
        return replace(recipe, turns=_changed(recipe, {t: {"repeat": n} for t, n in repeats.items()}))


@dataclass(frozen=True)
class LossGate:
    """G learns while L_G > `generator`, D while L_D > `critic`, and both where neither is.

    Chintala et al. 2016, item 11, advise against it unless there is a principle behind it; lectures recommend
    it.  A shut gate opens after 100 rounds in any case, for a loss that is not taken is not known.
    """

    generator: float = 0.6
    critic: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        gates = {"D": Above("D", self.critic, "G", self.generator)}
        gates["G"] = Above("G", self.generator, "D", self.critic)
        return replace(recipe, turns=_changed(recipe, {t: {"gate": gate} for t, gate in gates.items()}))


@dataclass(frozen=True)
class Above:
    """Open while the loss of `turn` is above `level`, or the other's is not above its own."""

    turn: str
    level: float
    other: str
    other_level: float
    longest: int = LONGEST

    def __call__(self, terms: Terms) -> bool:
        own, other = _loss(terms, self.turn), _loss(terms, self.other)
        waited = terms.get(f"{self.turn}.{IDLE}")
        overdue = waited is not None and float(waited) >= self.longest - 1
        return own is None or own > self.level or overdue or not (other is None or other > self.other_level)


def _loss(terms: Terms, turn: str) -> float | None:
    """The sum of a turn's terms, or None before its first step."""
    rest = {f"{turn}.gradient", f"{turn}.{IDLE}"}
    found = [float(value) for key, value in terms.items() if key.startswith(f"{turn}.") and key not in rest]
    return sum(found) if found else None


@dataclass(frozen=True)
class TwoTimeScales:
    """D learns at rate `d` and G at `g`.

    Heusel et al. 2017, arXiv:1706.08500.
    """

    d: float = 4e-4
    g: float = 1e-4

    def __call__(self, recipe: Recipe) -> Recipe:
        owners = {recipe.owner(_turn(recipe, key)): rate for key, rate in (("D", self.d), ("G", self.g))}
        optims = {key: _at_rate(recipe.turns[key].optim, rate) for key, rate in owners.items()}
        return replace(recipe, turns=_changed(recipe, {k: {"optim": o} for k, o in optims.items()}))


@dataclass(frozen=True)
class RatesAtMost:
    """Every optimiser's rate is `lr` at most; the others stay as they are.

    Mescheder et al. 2018, arXiv:1801.04406: what circles the equilibrium at one rate can reach it at a lower.
    """

    lr: float = 2e-4

    def __call__(self, recipe: Recipe) -> Recipe:
        if not self.lr > 0:
            raise BadInput(f"rates_at_most={self.lr}: give a rate above 0")
        own = {key: turn.optim for key, turn in recipe.turns.items() if turn.optim is not None}
        changed = {key: {"optim": _at_rate(optim, min(_rate(optim), self.lr))} for key, optim in own.items()}
        return replace(recipe, turns=_changed(recipe, changed))


@dataclass(frozen=True)
class AveragedWeights:
    """Samples come from the running mean of G's weights; 0 takes them from the last weights.

    Yazici et al. 2018, arXiv:1806.04498.
    """

    decay: float = 0.999

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 0 <= self.decay < 1:
            raise BadInput(f"averaged_weights={self.decay}: give 0 to 1, 1 apart")
        others = {key: mean for key, mean in recipe.averages.items() if key not in generators(recipe)}
        means = {key: Average(self.decay) for key in generators(recipe)} if self.decay else {}
        return replace(recipe, averages={**others, **means})


@dataclass(frozen=True)
class LazyPenalties:
    """Turns of their own that come in every n-th round come in every `interval`-th, so much the stronger.

    With c = interval / (interval + 1) the optimiser that they share runs at rate c lr and betas beta^c, so
    that its memory, counted in rounds, is as long as without them.
    Karras et al. 2019, arXiv:1912.04958, appendix B.
    """

    interval: int = 16

    def __call__(self, recipe: Recipe) -> Recipe:
        lazy = {key: turn for key, turn in recipe.turns.items() if turn.every > 1}
        if not lazy or self.interval < 1:
            raise BadInput(f"{recipe.name}: has no penalty in a turn of its own; give --with r1 before this")
        turns = dict(recipe.turns)
        for key, turn in lazy.items():
            stronger = Weighed(turn.loss, self.interval / turn.every)
            turns[key] = replace(turn, every=self.interval, loss=stronger)
        for owner in {recipe.owner(key) for key in lazy}:
            turns[owner] = replace(turns[owner], optim=_slowed(turns[owner].optim, self.interval))
        return replace(recipe, turns=turns)


def _slowed(optim: Optim | None, interval: int) -> Adam:
    if not isinstance(optim, Adam):
        raise BadInput(f"lazy_penalties: rate and betas are corrected for Adam, not {optim}")
    share = interval / (interval + 1)
    first, second = optim.betas
    return replace(optim, lr=optim.lr * share, betas=(first**share, second**share))


def _at_rate(optim: Optim | None, lr: float) -> Optim:
    found: Optim = replace(optim, lr=lr)  # type: ignore[type-var, assignment]  # every optimiser has a rate
    return found


def _rate(optim: Optim) -> float:
    lr: float = optim.lr  # type: ignore[attr-defined]  # every optimiser has a rate
    return lr


def _turn(recipe: Recipe, key: str) -> str:
    if key not in recipe.turns:
        raise BadInput(f"{recipe.name}: has no turn {key}; its turns are {', '.join(recipe.turns)}")
    return key


def _changed(recipe: Recipe, changes: Mapping[str, Mapping[str, object]]) -> dict[str, Turn]:
    changed = {_turn(recipe, key): replace(recipe.turns[key], **fields) for key, fields in changes.items()}  # type: ignore[arg-type]
    return {**recipe.turns, **changed}
