"""Practices on the real/fake labels of the discriminator's loss, and on the generator's loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sparring.core.errors import BadInput
from sparring.core.recipe import Loss, Recipe, Stage, discriminate, generate
from sparring.objectives.adversarial import LossPair, Minimax, NonSaturating
from sparring.objectives.smoothing import RandomLabels, SmoothedLabels
from sparring.practice.players import (
    discriminator_pair,
    find_player_turns,
    generator_pair,
    require_logistic,
    with_discriminator_loss,
    with_generator_loss,
)
from sparring.zoo.gan import Discriminate, Generate


@dataclass(frozen=True)
class InvertedLabels:
    """Label fakes as data in the generator's step, which equals the non-saturating loss.

    Chintala et al. 2016, item 2; Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        return GeneratorLoss("ns")(recipe)


@dataclass(frozen=True)
class GeneratorLoss:
    """Set the generator's loss: non-saturating, -E log D(G(z)), or minimax, E log(1 - D(G(z))).

    The minimax loss's gradient vanishes where the discriminator is confident.
    Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    kind: Literal["ns", "minimax"] = "ns"

    def __call__(self, recipe: Recipe) -> Recipe:
        require_logistic(recipe, generator_pair(recipe))
        pair = NonSaturating() if self.kind == "ns" else Minimax()
        return with_generator_loss(recipe, lambda loss: replace(loss, pair=pair))


@dataclass(frozen=True)
class PlainLosses:
    """Replace all losses by the non-saturating game on D(x) and D(G(z)), and remove all other turns.

    This also removes an error inside a custom loss.
    Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        players = find_player_turns(recipe)
        if (
            players is None
            or len(recipe.stages) != 1
            or recipe.sampler is not generate
            or recipe.judge is not discriminate
        ):
            raise BadInput(f"{recipe.name}: is no game of one stage with samples G(z) and scores D(x)")
        losses: dict[str, Loss] = {players.discriminator: Discriminate(), players.generator: Generate()}
        turns = {key: replace(recipe.turns[key], loss=loss) for key, loss in losses.items()}
        return replace(recipe, turns=turns, stages=(Stage(),))


@dataclass(frozen=True)
class LabelSmoothing:
    """One-sided label smoothing: data have the label `real`, fakes keep 0.

    Salimans et al. 2016, arXiv:1606.03498, section 3.4.  Lectures give labels 0.1 and 0.9 for this, which is
    `two_sided_smoothing`.
    """

    real: float = 0.9

    def __call__(self, recipe: Recipe) -> Recipe:
        return _labelled(recipe, SmoothedLabels(self.real, 0.0))


@dataclass(frozen=True)
class TwoSidedSmoothing:
    """Two-sided label smoothing: data have the label 1 - `by`, fakes `by`.

    Salimans et al. 2016, section 3.4, advise against it: the fakes' density then enters the numerator of the
    optimal D, and bad samples far from the data get no gradient towards it.
    """

    by: float = 0.1

    def __call__(self, recipe: Recipe) -> Recipe:
        return _labelled(recipe, SmoothedLabels(1 - self.by, self.by))


@dataclass(frozen=True)
class LabelJitter:
    """Draw a label for each sample in each step: data's from [low, high], fakes' from [0, fake].

    With probability `flips` a sample gets a label from the other range.

    Chintala et al. 2016, item 6; two-sided, so the caution of `two_sided_smoothing` applies.
    """

    low: float = 0.7
    high: float = 1.2
    fake: float = 0.3
    flips: float = 0.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return _labelled(recipe, RandomLabels((self.low, self.high), (0.0, self.fake), self.flips))


@dataclass(frozen=True)
class LabelFlips:
    """Flip each of the discriminator's labels with probability `chance`.

    Chintala et al. 2016, How to train a GAN?, item 6.
    """

    chance: float = 0.05

    def __call__(self, recipe: Recipe) -> Recipe:
        return _labelled(recipe, RandomLabels((1.0, 1.0), (0.0, 0.0), self.chance))


def _labelled(recipe: Recipe, pair: LossPair) -> Recipe:
    require_logistic(recipe, discriminator_pair(recipe))
    return with_discriminator_loss(recipe, lambda loss: replace(loss, pair=pair))
