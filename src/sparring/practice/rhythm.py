"""Practices on schedules: steps per net, gates, learning rates, penalty intervals and averages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from sparring.core.batch import Terms
from sparring.core.errors import BadInput
from sparring.core.optim import Adam, Optim
from sparring.core.recipe import IDLE, Average, Recipe, Turn
from sparring.objectives.weighed import WeightedLoss
from sparring.practice.players import generators, player_turns

MAX_WAIT = 100
"""Steps after which a gate opens regardless of the losses."""


@dataclass(frozen=True)
class DiscriminatorSteps:
    """Take k steps of D per step of G; 0.5: two of G per step of D; 1.5: three of D per two of G.

    `k` is in [0.01, 100].

    Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1.
    """

    k: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 1 / 100 <= self.k <= 100:
            raise BadInput(f"discriminator_steps={self.k}: give 0.01 to 100")
        ratio = Fraction(self.k).limit_denominator(100)
        d, g = player_turns(recipe)
        repeats = {d: ratio.numerator, g: ratio.denominator}
        return replace(recipe, turns=_changed(recipe, {t: {"repeat": n} for t, n in repeats.items()}))


@dataclass(frozen=True)
class LossGate:
    """Train G while L_G > `generator`, D while L_D > `discriminator`, and both where neither holds.

    Chintala et al. 2016, item 11, advise against it unless there is a principle behind it; lectures recommend
    it.  A net that waits is trained after 100 steps in any case, because its loss is unknown while it waits.
    """

    generator: float = 0.6
    discriminator: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        d, g = player_turns(recipe)
        gates = {d: LossAbove(d, self.discriminator, g, self.generator)}
        gates[g] = LossAbove(g, self.generator, d, self.discriminator)
        return replace(recipe, turns=_changed(recipe, {t: {"gate": gate} for t, gate in gates.items()}))


@dataclass(frozen=True)
class LossAbove:
    """Gate that is open while the loss of `turn` > `level`, or the loss of `other` <= `other_level`.

    It is also open before the first loss of `turn`, and at least every `longest`-th step.
    """

    turn: str
    level: float
    other: str
    other_level: float
    longest: int = MAX_WAIT

    def __call__(self, terms: Terms) -> bool:
        own, other = _loss(terms, self.turn), _loss(terms, self.other)
        waited = terms.get(f"{self.turn}.{IDLE}")
        overdue = waited is not None and float(waited) >= self.longest - 1
        return own is None or own > self.level or overdue or not (other is None or other > self.other_level)


def _loss(terms: Terms, turn: str) -> float | None:
    """Return the sum of a turn's loss terms, or None before its first step."""
    rest = {f"{turn}.gradient", f"{turn}.{IDLE}"}
    losses = [float(value) for key, value in terms.items() if key.startswith(f"{turn}.") and key not in rest]
    return sum(losses) if losses else None


@dataclass(frozen=True)
class TwoTimeScales:
    """Two time-scale update rule (TTUR): learning rate `d` for D and `g` for G.

    Heusel et al. 2017, arXiv:1706.08500.
    """

    d: float = 4e-4
    g: float = 1e-4

    def __call__(self, recipe: Recipe) -> Recipe:
        rates = zip(player_turns(recipe), (self.d, self.g), strict=True)
        optims = {turn: _at_rate(recipe.turns[turn].optim, rate) for turn, rate in rates}
        return replace(recipe, turns=_changed(recipe, {k: {"optim": o} for k, o in optims.items()}))


@dataclass(frozen=True)
class RatesAtMost:
    """Lower every optimiser's learning rate to at most `lr`; lower ones stay unchanged.

    Mescheder et al. 2018, arXiv:1801.04406: a game that circles the equilibrium at one learning rate can
    converge at a lower one.
    """

    lr: float = 2e-4

    def __call__(self, recipe: Recipe) -> Recipe:
        if not self.lr > 0:
            raise BadInput(f"rates_at_most={self.lr}: give a learning rate above 0")
        own = {key: turn.optim for key, turn in recipe.turns.items() if turn.optim is not None}
        changed = {key: {"optim": _at_rate(optim, min(_rate(optim), self.lr))} for key, optim in own.items()}
        return replace(recipe, turns=_changed(recipe, changed))


@dataclass(frozen=True)
class AveragedWeights:
    """Sample from an exponential moving average of G's weights; `decay` 0: from the last weights.

    Yazici et al. 2018, arXiv:1806.04498.
    """

    decay: float = 0.999

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 0 <= self.decay < 1:
            raise BadInput(f"averaged_weights={self.decay}: give a decay in [0, 1)")
        others = {key: mean for key, mean in recipe.averages.items() if key not in generators(recipe)}
        means = {key: Average(self.decay) for key in generators(recipe)} if self.decay else {}
        return replace(recipe, averages={**others, **means})


@dataclass(frozen=True)
class LazyPenalties:
    """Take penalties that have a turn of their own every `interval` steps, scaled up by the longer interval.

    With c = interval / (interval + 1) the shared Adam optimiser gets learning rate c lr and betas beta^c, so
    that its moments average over as many steps as without the penalty.
    Karras et al. 2019, arXiv:1912.04958, appendix B.
    """

    interval: int = 16

    def __call__(self, recipe: Recipe) -> Recipe:
        lazy = {key: turn for key, turn in recipe.turns.items() if turn.every > 1}
        if not lazy or self.interval < 1:
            raise BadInput(f"{recipe.name}: has no penalty in a turn of its own; give --with r1 first")
        turns = dict(recipe.turns)
        for key, turn in lazy.items():
            stronger = WeightedLoss(turn.loss, self.interval / turn.every)
            turns[key] = replace(turn, every=self.interval, loss=stronger)
        for owner in {recipe.owner(key) for key in lazy}:
            turns[owner] = replace(turns[owner], optim=_lazy_adam(turns[owner].optim, self.interval))
        return replace(recipe, turns=turns)


def _lazy_adam(optim: Optim | None, interval: int) -> Adam:
    if not isinstance(optim, Adam):
        raise BadInput(f"lazy_penalties: {optim} is not Adam, whose learning rate and betas it corrects")
    share = interval / (interval + 1)
    first, second = optim.betas
    return replace(optim, lr=optim.lr * share, betas=(first**share, second**share))


def _at_rate(optim: Optim | None, lr: float) -> Optim:
    changed: Optim = replace(optim, lr=lr)  # type: ignore[type-var, assignment]  # every optimiser has a learning rate
    return changed


def _rate(optim: Optim) -> float:
    lr: float = optim.lr  # type: ignore[attr-defined]  # every optimiser has a learning rate
    return lr


def _changed(recipe: Recipe, changes: Mapping[str, Mapping[str, object]]) -> dict[str, Turn]:
    changed = {key: replace(recipe.turns[key], **fields) for key, fields in changes.items()}  # type: ignore[arg-type]
    return {**recipe.turns, **changed}
