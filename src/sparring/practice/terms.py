"""Practices that add a loss term or replace one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from torch import nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.recipe import Builder, Loss, Recipe, Turn
from sparring.core.space import Space
from sparring.nets.heads.heads import Score
from sparring.nets.heads.joint import JointScore
from sparring.nets.layers.virtual_batch_norm import ReferenceBatchNet
from sparring.nets.state.past_weights import PastWeights
from sparring.objectives.gradient import input_gradient
from sparring.objectives.history import WithHistoryPenalty
from sparring.objectives.penalties import zero_centred_penalty
from sparring.objectives.renamed import RenamedNets
from sparring.practice.players import (
    change_losses,
    discriminators,
    generators,
    plain_game,
    with_state,
    wrap_nets,
    zoo_loss,
)
from sparring.zoo.improved_gan import MatchFeatures
from sparring.zoo.r1_gan import R1Penalty
from sparring.zoo.r3gan import RelativisticR1R2
from sparring.zoo.wgan_gp import WassersteinGradientPenalty


@dataclass(frozen=True)
class FeatureMatching:
    """Feature matching: G minimises the distance of the mean features, in D, of fakes and data.

    Salimans et al. 2016, arXiv:1606.03498, section 3.1.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        game = plain_game(recipe)
        recipe = wrap_nets(recipe, (game.discriminator.net,), RequireFeatures)
        return change_losses(recipe, (game.generator.turn,), lambda _, loss: zoo_loss(MatchFeatures(), game))


@dataclass(frozen=True)
class RequireFeatures:
    """Build the discriminator of `inner`; raises `BadInput` where it has no features before its head."""

    inner: Builder

    def __call__(self, space: Space) -> nn.Module:
        net = self.inner(space)
        if not isinstance(net, Score | ReferenceBatchNet):
            raise BadInput(
                "feature matching needs a discriminator with features; give --family mlp, dcgan or resnet"
            )
        return net


@dataclass(frozen=True)
class HistoricalAveraging:
    """Penalise the squared distance of each net's weights from their historical mean.

    Salimans et al. 2016, arXiv:1606.03498, section 3.3, who give no weight; with 0.05 to 0.5 the toy game
    converges.
    """

    weight: float = 0.1

    def __call__(self, recipe: Recipe) -> Recipe:
        for net in (*discriminators(recipe), *generators(recipe)):
            turn = recipe.turn_of(net)
            if turn is not None:
                recipe = with_state(recipe, {f"Past{net}": PastWeights(recipe.nets[net])})
                recipe = change_losses(recipe, (turn,), partial(self._with_history, net))
        return recipe

    def _with_history(self, net: str, _turn: str, loss: Loss) -> Loss:
        return WithHistoryPenalty(loss, net, f"Past{net}", self.weight)


@dataclass(frozen=True)
class AddR1Penalty:
    """R1: add gamma / 2 E |grad D(x)|^2 to D's loss, every `interval` steps and scaled up by `interval`.

    Mescheder et al. 2018, arXiv:1801.04406, equation 9; lazy after Karras et al. 2019, arXiv:1912.04958.
    """

    gamma: float = 0.5
    interval: int = 8

    def __call__(self, recipe: Recipe) -> Recipe:
        return _with_penalty(recipe, "R1", R1Penalty(self.gamma, self.interval), self.interval)


@dataclass(frozen=True)
class AddR2Penalty:
    """R2: add gamma / 2 E |grad D(G(z))|^2 to D's loss, every `interval` steps, scaled up by `interval`.

    Mescheder et al. 2018, arXiv:1801.04406, equation 10.
    """

    gamma: float = 0.5
    interval: int = 8

    def __call__(self, recipe: Recipe) -> Recipe:
        return _with_penalty(recipe, "R2", R2Penalty(self.gamma, self.interval), self.interval)


@dataclass(frozen=True)
class R2Penalty:
    """The R2 loss, scaled up by `interval`, so that its mean strength over steps is gamma."""

    gamma: float = 0.5
    interval: int = 1

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"penalty": self.interval * self.gamma * zero_centred_penalty(input_gradient(n.D, n.G(b.z)))}


@dataclass(frozen=True)
class RequirePenalisable:
    """Build the discriminator of `inner`; raises `BadInput` where it scores pairs or has batch norm.

    With batch norm a score depends on the whole batch, so that a sample has no gradient of its own.
    """

    inner: Builder

    def __call__(self, space: Space) -> nn.Module:
        net = self.inner(space)
        if isinstance(net, JointScore):
            raise BadInput("R1 and R2 need a discriminator of single samples, but this one scores pairs")
        if any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in net.modules()):
            raise BadInput(
                "R1 and R2 need a discriminator without batch norm; use r1_gan, or --family dcgan or mlp"
            )
        return net


@dataclass(frozen=True)
class PenaltiesAtMost:
    """Cap the weights of gradient penalties at `weight`: gamma of R1 and R2, lambda of WGAN-GP.

    Gulrajani et al. 2017, arXiv:1704.00028, use 10, and so do Mescheder et al. 2018, arXiv:1801.04406.
    """

    weight: float = 10.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return change_losses(recipe, tuple(recipe.turns), lambda _, loss: self._capped(loss))

    def _capped(self, loss: Loss) -> Loss:
        if isinstance(loss, RenamedNets):
            return replace(loss, loss=self._capped(loss.loss))
        if isinstance(loss, R1Penalty | R2Penalty | RelativisticR1R2):
            return replace(loss, gamma=min(loss.gamma, self.weight))
        return (
            replace(loss, weight=min(loss.weight, self.weight))
            if isinstance(loss, WassersteinGradientPenalty)
            else loss
        )


def _with_penalty(recipe: Recipe, key: str, loss: Loss, interval: int) -> Recipe:
    game = plain_game(recipe)
    if key in recipe.turns:
        raise BadInput(f"{recipe.name}: has {key} already; give --turns.{key}.loss.gamma")
    if interval < 1:
        raise BadInput(f"{key.lower()}: interval is {interval}; give 1 or more")
    if any(stage.turns for stage in recipe.stages):
        raise BadInput(f"{recipe.name}: its stages name their turns, so no penalty turn can be added")
    recipe = wrap_nets(recipe, (game.discriminator.net,), RequirePenalisable)
    penalty = Turn(zoo_loss(loss, game), moves=recipe.movers(game.discriminator.turn), every=interval)
    return replace(recipe, turns={**recipe.turns, key: penalty})
