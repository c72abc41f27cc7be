"""One backward pass through D gives both players the gradients that they would have taken apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.optim import SGD
from sparring.core.recipe import Recipe, Turn
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.families import noisy_mlp as noisy
from sparring.objectives.adversarial import Hinge, LeastSquares, LossPair, Minimax, NonSaturating, Wasserstein
from sparring.objectives.one_stage import OneStage, loses_generator_gradient
from sparring.practice.order import require_independent_samples, train_at_once
from sparring.zoo.gan import Discriminate, Generate

SPACE = Space((1, 8, 8), 6)
FAMILIES = {
    "mlp": {"G": mlp.Generator(16), "D": mlp.Discriminator(16)},
    "dcgan": {"G": dcgan.Generator(8), "D": dcgan.Discriminator(8, norm=None)},
    "resnet": {"G": resnet.Generator(8), "D": resnet.Discriminator(8)},
}
PAIRS = [NonSaturating(), Minimax(), Wasserstein(), LeastSquares(), LeastSquares(-1.0, 1.0, 0.5)]


def game_of(pair: LossPair, family: str = "mlp", lr: float = 0.1) -> Recipe:
    turns = {"D": Turn(Discriminate(pair), SGD(lr)), "G": Turn(Generate(pair), SGD(lr))}
    return replace(zoo.get("gan"), nets=FAMILIES[family], turns=turns, averages={})


def batch(seed: int = 0) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(5, *SPACE.shape, generator=draw) * 2 - 1
    return Batch(x=x, z=torch.randn(5, SPACE.latent, generator=draw), u=torch.zeros(5, 1, 1, 1))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_each_player_s_gradient_is_that_of_its_own_loss(pair: LossPair, family: str) -> None:
    nets, b = Game(game_of(pair, family), SPACE).nets, batch()
    nets.requires_grad_(True)
    players = {key: list(nets[key].parameters()) for key in "DG"}
    loss_d, loss_g = Discriminate(pair)(nets, b)["adv"], Generate(pair)(nets, b)["adv"]
    apart = {"D": torch.autograd.grad(loss_d, players["D"]), "G": torch.autograd.grad(loss_g, players["G"])}
    terms = OneStage(pair)(nets, b)
    assert terms["D"]["adv"].item() == pytest.approx(loss_d.item(), abs=1e-5)
    assert terms["G"]["adv"].item() == pytest.approx(loss_g.item(), abs=1e-5)
    both = iter(torch.autograd.grad(terms["D"]["adv"] + terms["G"]["adv"], [*players["D"], *players["G"]]))
    for key in "DG":
        for expected in apart[key]:
            gap = (next(both) - expected).norm()
            assert gap < 1e-5 * max(expected.norm(), 1.0)


def test_a_sure_discriminators_tiny_slopes_still_carry_the_generators() -> None:
    """At fake logits near -40 the discriminator's slope is 1e-18 of the generator's."""
    nets, b = Game(game_of(NonSaturating()), SPACE).nets, batch()
    nets.requires_grad_(True)
    with torch.no_grad():
        nets["D"].head.bias.fill_(-40.0)
    mine = list(nets["G"].parameters())
    expected = torch.autograd.grad(Generate(NonSaturating())(nets, b)["adv"], mine)
    found = torch.autograd.grad(OneStage(NonSaturating())(nets, b)["D"]["adv"], mine)
    assert all(torch.allclose(f, e, rtol=1e-4, atol=1e-9) for f, e in zip(found, expected, strict=True))
    assert sum(e.norm() for e in expected) > 0


def test_the_engine_takes_both_steps_from_the_same_weights() -> None:
    pair, b, rate = NonSaturating(), batch(), 0.1
    before = Game(game_of(pair), SPACE).nets.requires_grad_(True)
    expected = {}
    for key, loss in (("D", Discriminate(pair)), ("G", Generate(pair))):
        slopes = torch.autograd.grad(loss(before, b)["adv"], list(before[key].parameters()))
        expected[key] = [p - rate * s for p, s in zip(before[key].parameters(), slopes, strict=True)]
    game = Game(train_at_once(game_of(pair, lr=rate)), SPACE)
    game.round(lambda: b)
    for key, weights in expected.items():
        for found, wanted in zip(game.nets[key].parameters(), weights, strict=True):
            assert torch.allclose(found, wanted, atol=1e-6)
    ((_, d), (_, g)) = game.read_terms()
    assert set(d) == {"D.adv", "D.gradient"}
    assert set(g) == {"G.adv", "G.gradient"}


def test_other_turns_are_taken_beside_it() -> None:
    recipe = replace(train_at_once(zoo.get("r1_gan")), nets=FAMILIES["dcgan"])
    game = Game(recipe, replace(SPACE, latent=recipe.latent.size))
    z = torch.randn(5, recipe.latent.size)
    for _ in range(9):
        game.round(lambda: replace(batch(), z=z))
    steps = [step for step, row in game.read_terms() if "R1.penalty" in row]
    assert steps == [0, 8]


@pytest.mark.parametrize(
    ("pair", "expected"), [*[(pair, False) for pair in PAIRS], (Hinge(), True)], ids=repr
)
def test_a_hinge_loses_what_the_generator_asks(pair: LossPair, expected: bool) -> None:
    assert loses_generator_gradient(pair) is expected


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("wgan_gp", "see D"),
        ("began", "see D"),
        ("wgan", "one step each"),
        ("sngan", "flat"),
        ("bigan", "see D"),
    ],
)
def test_games_that_cannot_be_played_at_once_are_refused(name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        train_at_once(zoo.get(name))


def test_a_discriminator_that_mixes_samples_is_refused() -> None:
    with pytest.raises(BadInput, match="mixes the samples"):
        require_independent_samples(train_at_once(zoo.get("dcgan")), Space((1, 16, 16), 100))
    require_independent_samples(zoo.get("dcgan"), Space((1, 16, 16), 100))  # in turns it may
    noisy_one = replace(zoo.get("gan"), nets={"G": mlp.Generator(8), "D": noisy.Discriminator(8)})
    for recipe in (zoo.get("r1_gan"), noisy_one):
        require_independent_samples(train_at_once(recipe), Space((1, 16, 16), 100))
