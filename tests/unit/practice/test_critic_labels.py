from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.recipe import Loss
from sparring.practice.catalogue import apply_practices
from sparring.practice.players import discriminator_pair, generator_pair


def slope(loss, v: torch.Tensor) -> torch.Tensor:
    (found,) = torch.autograd.grad(loss(v), v)
    return found


def logits() -> torch.Tensor:
    return torch.linspace(-8, 8, 33).requires_grad_()


def test_inverted_labels_are_the_non_saturating_loss():
    pair = generator_pair(apply_practices(zoo.get("gan"), ["generator_loss=minimax", "inverted_labels"]))
    v = logits()
    flipped = slope(lambda v: binary_cross_entropy_with_logits(v, torch.ones_like(v)), v)
    assert torch.allclose(slope(pair.g, v), flipped, atol=1e-6)


@dataclass(frozen=True)
class Upside:
    """A loss of one's own."""

    loss: Loss

    def __call__(self, n, b):
        return {"adv": -self.loss(n, b)["adv"]}


def test_plain_losses_put_losses_of_ones_own_aside():
    gan = zoo.get("gan")
    own = {key: replace(turn, loss=Upside(turn.loss)) for key, turn in gan.turns.items()}
    assert apply_practices(replace(gan, turns=own), ["plain_losses"]) == apply_practices(
        gan, ["plain_losses"]
    )
    penalised = apply_practices(gan, ["r1=5", "plain_losses"])
    assert penalised.turns == gan.turns
    assert apply_practices(zoo.get("wgan"), ["plain_losses"]).turns["G"].loss == gan.turns["G"].loss
    for other in ("lapgan", "cyclegan", "bigan", "cgan"):
        with pytest.raises(BadInput, match="is no game of one stage"):
            apply_practices(zoo.get(other), ["plain_losses"])


def test_the_minimax_slope_vanishes_where_the_discriminator_is_sure():
    sure = torch.full((4,), -8.0).requires_grad_()
    ns, minimax = (
        slope(generator_pair(apply_practices(zoo.get("gan"), [f"generator_loss={kind}"])).g, sure).norm()
        for kind in ("ns", "minimax")
    )
    assert float(ns / minimax) == pytest.approx(2981, rel=1e-3)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("label_smoothing", 0.45), ("two_sided_smoothing", 0.5), ("label_smoothing=0.8", 0.4)],
)
def test_the_best_discriminator_of_equal_samples(word, wanted):
    pair = discriminator_pair(apply_practices(zoo.get("gan"), [word]))
    v = torch.zeros(1, requires_grad=True)
    descent = torch.optim.LBFGS([v], max_iter=100)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        loss = pair.d(v, v)
        loss.backward()
        return loss

    descent.step(closure)
    assert v.sigmoid().item() == pytest.approx(wanted, abs=0.01)


def targets(word: str, n: int = 200_000) -> tuple[torch.Tensor, torch.Tensor]:
    """What the discriminator is asked for, found from its slopes s(v) - target at v = 0."""
    torch.manual_seed(0)
    pair = discriminator_pair(apply_practices(zoo.get("gan"), [word]))
    real, fake = (torch.zeros(n, requires_grad=True) for _ in range(2))
    slopes = torch.autograd.grad(pair.d(real, fake), (real, fake))
    return tuple(0.5 - n * found for found in slopes)  # type: ignore[return-value]


def test_jittered_labels_fill_their_ranges():
    real, fake = targets("label_jitter")
    for found, low, high in ((real, 0.7, 1.2), (fake, 0.0, 0.3)):
        assert found.min() == pytest.approx(low, abs=0.01)
        assert found.max() == pytest.approx(high, abs=0.01)
        assert found.mean() == pytest.approx((low + high) / 2, abs=0.01)
        assert found.std() == pytest.approx((high - low) / 12**0.5, abs=0.01)


def test_flipped_labels_come_at_their_rate():
    real, fake = targets("label_flips=0.05")
    assert (real < 0.5).float().mean() == pytest.approx(0.05, abs=0.003)
    assert (fake > 0.5).float().mean() == pytest.approx(0.05, abs=0.003)


def test_labels_change_inside_what_other_practices_put_around_them():
    one = apply_practices(zoo.get("gan"), ["replayed_fakes", "historical_averaging", "label_smoothing"])
    assert discriminator_pair(one) == discriminator_pair(apply_practices(zoo.get("gan"), ["label_smoothing"]))
