"""Practices that add a term to the game or put one in another's place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.recipe import Builder, Loss, Recipe, Turn
from sparring.core.space import Space
from sparring.nets.heads.heads import Score
from sparring.nets.heads.joint import JointScore
from sparring.nets.layers.virtual_batch_norm import Referred
from sparring.nets.state.past_weights import Past
from sparring.objectives.gradient import input_gradient
from sparring.objectives.history import HeldBack
from sparring.objectives.penalties import zero_centred
from sparring.practice.players import rebuilt, retaught
from sparring.zoo.improved_gan import MatchFeatures
from sparring.zoo.r1_gan import RealSlope
from sparring.zoo.r3gan import SmoothJudge
from sparring.zoo.wgan_gp import SlopedCritic


@dataclass(frozen=True)
class FeatureMatching:
    """The generator answers with fakes whose features in D are on average those of the data.

    Salimans et al. 2016, arXiv:1606.03498, section 3.1.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        _require_game(recipe)
        recipe = rebuilt(recipe, ("D",), Featured)
        return retaught(recipe, ("G",), lambda _, loss: MatchFeatures())


@dataclass(frozen=True)
class Featured:
    """The critic made by `inner`; `BadInput` for one without features that its head reads."""

    inner: Builder

    def __call__(self, space: Space) -> nn.Module:
        net = self.inner(space)
        if not isinstance(net, Score | Referred):
            raise BadInput(
                "feature matching needs a critic with features; give --family mlp, dcgan or resnet"
            )
        return net


@dataclass(frozen=True)
class HistoricalAveraging:
    """Each player is held back towards the mean of what it has been.

    Salimans et al. 2016, arXiv:1606.03498, section 3.3, without a weight; 0.05 to 0.5 settle the toy game.
    """

    weight: float = 0.1

    def __call__(self, recipe: Recipe) -> Recipe:
        _require_game(recipe)
        past = {f"Past{key}": Past(recipe.nets[key]) for key in "DG"}
        recipe = replace(recipe, nets={**recipe.nets, **past})
        return retaught(recipe, ("D", "G"), self._held)

    def _held(self, key: str, loss: Loss) -> Loss:
        return HeldBack(loss, key, f"Past{key}", self.weight)


@dataclass(frozen=True)
class RealPenalty:
    """R1: gamma / 2 E |grad D(x)|^2 in every `interval`-th round, so much the stronger.

    Mescheder et al. 2018, arXiv:1801.04406, equation 9; lazy after Karras et al. 2019, arXiv:1912.04958.
    """

    gamma: float = 0.5
    interval: int = 8

    def __call__(self, recipe: Recipe) -> Recipe:
        return _penalised(recipe, "R1", RealSlope(self.gamma, self.interval), self.interval)


@dataclass(frozen=True)
class FakePenalty:
    """R2: the same at fakes, gamma / 2 E |grad D(G(z))|^2.

    Mescheder et al. 2018, arXiv:1801.04406, equation 10.
    """

    gamma: float = 0.5
    interval: int = 8

    def __call__(self, recipe: Recipe) -> Recipe:
        return _penalised(recipe, "R2", FakeSlope(self.gamma, self.interval), self.interval)


@dataclass(frozen=True)
class FakeSlope:
    """R2's loss; its mean strength is gamma whatever the interval between the rounds that take it."""

    gamma: float = 0.5
    interval: int = 1

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"slope": self.interval * self.gamma * zero_centred(input_gradient(n["D"], n["G"](b.z)))}


@dataclass(frozen=True)
class Penalisable:
    """The critic made by `inner`; `BadInput` for one of pairs, and with batch norm: no sample has a slope."""

    inner: Builder

    def __call__(self, space: Space) -> nn.Module:
        net = self.inner(space)
        if isinstance(net, JointScore):
            raise BadInput("R1 and R2 ask for a critic of samples alone, but this one judges pairs")
        if any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in net.modules()):
            raise BadInput(
                "R1 and R2 ask for a critic without batch norm: use r1_gan, or --family dcgan or mlp"
            )
        return net


@dataclass(frozen=True)
class PenaltiesAtMost:
    """Penalties on the critic's slope weigh `weight` at most: gamma of R1 and R2, lambda of WGAN-GP.

    Gulrajani et al. 2017, arXiv:1704.00028, take 10, and so do Mescheder et al. 2018, arXiv:1801.04406.
    """

    weight: float = 10.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return retaught(recipe, tuple(recipe.turns), lambda _, loss: self._softened(loss))

    def _softened(self, loss: Loss) -> Loss:
        if isinstance(loss, RealSlope | FakeSlope | SmoothJudge):
            return replace(loss, gamma=min(loss.gamma, self.weight))
        return replace(loss, weight=min(loss.weight, self.weight)) if isinstance(loss, SlopedCritic) else loss


def _penalised(recipe: Recipe, key: str, loss: Loss, interval: int) -> Recipe:
    _require_game(recipe)
    if key in recipe.turns:
        raise BadInput(f"{recipe.name}: has {key} already; set --turns.{key}.loss.gamma")
    if interval < 1:
        raise BadInput(f"{key.lower()}: interval {interval}; give 1 or more")
    if any(stage.turns for stage in recipe.stages):
        raise BadInput(f"{recipe.name}: names the turns of its stages, so that none can be added")
    recipe = rebuilt(recipe, ("D",), Penalisable)
    return replace(recipe, turns={**recipe.turns, key: Turn(loss, moves=recipe.movers("D"), every=interval)})


def _require_game(recipe: Recipe) -> None:
    if not {"D", "G"} <= recipe.nets.keys() & recipe.turns.keys():
        raise BadInput(f"{recipe.name}: is not a game of turns D and G between nets D and G")
