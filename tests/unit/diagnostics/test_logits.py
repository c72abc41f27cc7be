from dataclasses import dataclass, replace

import pytest
import torch

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.recipe import Turn
from sparring.core.space import Space
from sparring.diagnostics.logits import ScoreKind, detect_logits
from sparring.engine.game import Game
from sparring.nets.families.mlp import Discriminator, Generator
from sparring.objectives.adversarial import (
    Hinge,
    LeastSquares,
    LossPair,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)
from sparring.objectives.boundary import BoundarySeeking
from sparring.objectives.divergences import Hellinger, JensenShannon, Variational
from sparring.objectives.ratio import RatioMatching
from sparring.objectives.smoothing import SmoothedLabels
from sparring.zoo.gan import Discriminate, Generate, gan

PLAIN = (1.0, 0.0)


@dataclass(frozen=True)
class Weighted:
    """Half the discriminator's loss, in two terms, beside a third that has nothing to do with it."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real, fake = n.D(b.x), n.D(n.G(b.z))
        softplus = torch.nn.functional.softplus
        return {
            "real": softplus(-real).mean() / 2,
            "fake": softplus(fake).mean() / 2,
            "size": real.square().mean() + b.x.abs().mean(),
        }


def told(recipe, gain=1.0):
    recipe = replace(recipe, latent=Normal(4), nets={"G": Generator(16), "D": Discriminator(16)})
    nets = Game(recipe, Space((2,), 4)).nets
    with torch.no_grad():
        for parameter in nets.parameters():
            parameter.mul_(gain)
    before = {key: value.clone() for key, value in nets.state_dict().items()}
    state = torch.get_rng_state()
    found = detect_logits(recipe, nets, torch.randn(100, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(value, before[key]) for key, value in nets.state_dict().items())
    return found


def of_pair(pair: LossPair, answer: LossPair | None = None):
    turns = {"D": Turn(Discriminate(pair), gan.turns["D"].optim)}
    return replace(gan, turns={**turns, "G": Turn(Generate(answer or pair), gan.turns["G"].optim)})


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (NonSaturating(), ScoreKind(PLAIN, False)),
        (Minimax(), ScoreKind(PLAIN, True)),
        (SmoothedLabels(0.9, 0.0), ScoreKind((0.9, 0.0), False)),
        (SmoothedLabels(0.8, 0.1), ScoreKind((0.8, 0.1), False)),
        (Variational(JensenShannon()), ScoreKind(PLAIN, True)),
        (Variational(Hellinger()), ScoreKind(None, None)),
        (Wasserstein(), ScoreKind(None, None)),
        (Hinge(), ScoreKind(None, None)),
        (LeastSquares(), ScoreKind(None, None)),
        (RatioMatching(), ScoreKind(None, None)),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("gain", [0.3, 1.0, 3.0])
def test_a_cross_entropy_is_known_from_what_it_does(pair, expected, gain):
    assert told(of_pair(pair), gain) == expected


def test_other_games_on_the_same_discriminator():
    assert told(of_pair(NonSaturating(), BoundarySeeking())) == ScoreKind(PLAIN, None)
    assert told(replace(gan, turns={**gan.turns, "D": Turn(Weighted(), gan.turns["D"].optim)})) == ScoreKind(
        PLAIN, False
    )


@dataclass(frozen=True)
class Probability:
    """The discriminator's scores as probabilities, handed to a loss."""

    pair: LossPair

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": self.pair.d(n.D(b.x).sigmoid(), n.D(n.G(b.z)).sigmoid())}


def test_probabilities_taken_for_logits_are_seen_in_the_loss():
    def with_loss(pair):
        return replace(gan, turns={**gan.turns, "D": Turn(Probability(pair), gan.turns["D"].optim)})

    assert told(with_loss(NonSaturating())) == ScoreKind(None, None, True)
    assert told(with_loss(SmoothedLabels(0.9, 0.0))) == ScoreKind(None, None, True)
    assert told(with_loss(LeastSquares())) == ScoreKind(
        None, None, False
    )  # which may well have probabilities


def test_a_discriminator_that_ends_in_a_sigmoid_is_seen_too():
    def ending(space):
        return torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0), torch.nn.Sigmoid())

    game = Game(replace(gan, latent=Normal(4), nets={"G": Generator(16), "D": ending}), Space((2,), 4))
    data = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    assert detect_logits(game.recipe, game.nets, data).double_sigmoid


def test_a_relativistic_discriminator_has_no_logit_of_its_own():
    @dataclass(frozen=True)
    class Paired:
        def __call__(self, n: Nets, b: Batch) -> Terms:
            return {"adv": Relativistic().d(n.D(b.x), n.D(n.G(b.z)))}

    recipe = replace(gan, turns={**gan.turns, "D": Turn(Paired(), gan.turns["D"].optim)})
    assert told(recipe) == ScoreKind(None, None)
