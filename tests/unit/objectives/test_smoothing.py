"""One-sided label smoothing: whom it touches, and composed with recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sparring.core.batch import Batch
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import dcgan as convolutional
from sparring.objectives.adversarial import NonSaturating
from sparring.objectives.smoothing import SmoothedLabels
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate

REAL = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
FAKE = torch.tensor([-0.3, 0.7, 1.1], dtype=torch.float64)


def test_it_is_the_cross_entropy_against_its_targets() -> None:
    def entropy(v: torch.Tensor, target: float) -> torch.Tensor:
        s = 1 / (1 + torch.exp(-v))
        return -(target * s.log() + (1 - target) * (1 - s).log()).mean()

    for real, fake in ((0.9, 0.0), (0.7, 0.2), (1.0, 0.0)):
        assert torch.isclose(
            SmoothedLabels(real, fake).d(REAL, FAKE), entropy(REAL, real) + entropy(FAKE, fake)
        )


def test_without_smoothing_it_is_the_game() -> None:
    assert torch.isclose(SmoothedLabels(1.0, 0.0).d(REAL, FAKE), NonSaturating().d(REAL, FAKE))
    assert torch.isclose(SmoothedLabels().g(FAKE), NonSaturating().g(FAKE))


def test_smoothing_touches_reals_only() -> None:
    def slopes(pair: SmoothedLabels | NonSaturating) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.func.grad(pair.d, argnums=(0, 1))(REAL, FAKE)

    (real, fake), (plain_real, plain_fake) = slopes(SmoothedLabels()), slopes(NonSaturating())
    assert torch.equal(fake, plain_fake)
    assert torch.allclose(real, plain_real + 0.1 / 3)


def test_a_discriminator_surer_than_the_target_is_called_back() -> None:
    sure = torch.tensor([4.0])
    assert torch.func.grad(lambda v: SmoothedLabels().d(v, sure))(sure) > 0
    assert torch.func.grad(lambda v: NonSaturating().d(v, sure))(sure) < 0


def test_huge_logits_overflow_nowhere() -> None:
    v = torch.full((2,), 1e4)
    assert SmoothedLabels().d(-v, v).isfinite()
    assert SmoothedLabels().d(v, -v).isfinite()


def test_any_recipe_can_be_smoothed() -> None:
    """dcgan, unchanged but for the discriminator's pair: the first discriminator loss is higher by "
    "0.1 E v(x)."""
    nets = {"G": convolutional.Generator(8), "D": convolutional.Discriminator(8)}
    smooth = dcgan.but(
        "smooth",
        paper="",
        title="",
        year=2016,
        nets=nets,
        turns={"D": {"loss": Discriminate(SmoothedLabels())}},
    )
    noise = torch.Generator().manual_seed(0)
    x, z = torch.randn(8, 1, 8, 8, generator=noise).tanh(), dcgan.latent.sample(8, noise)
    batch = Batch(x=x, z=z, u=torch.rand(8, 1, 1, 1, generator=noise))
    losses = []
    for recipe in (smooth, replace(dcgan, nets=nets)):
        game = Game(recipe, Space((1, 8, 8), 100))
        losses.append(recipe.turns["D"].loss(game.nets, batch)["adv"].item())
        for _ in range(3):
            game.round(lambda: batch)
        assert len(game.read_terms()) == 6
    v = Game(smooth, Space((1, 8, 8), 100)).nets["D"](x)
    assert losses[0] - losses[1] == pytest.approx(0.1 * v.mean().item(), abs=1e-5)
