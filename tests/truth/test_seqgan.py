"""SeqGAN's gradient against the gradient of the expected reward, by enumerating all sequences."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families.recurrent import SequenceGenerator, SequenceNoise
from sparring.objectives.policy import reinforce_loss, reward_to_go, subtract_baseline
from sparring.zoo.seqgan import PolicyGradient, RolloutReward, seqgan

TOKENS, LENGTH = 3, 3
EVERY = torch.tensor(list(product(range(TOKENS), repeat=LENGTH)))


@final
class Taste(nn.Module):
    """A discriminator that likes some sequences, in no simple way."""

    def forward(self, x: Tensor) -> Tensor:
        return (2.0 * x[:, 0] - 3 * x[:, 1] * x[:, 2] + x[:, 2] ** 2).float() / 2


def game(rolls: int) -> Nets:
    latent = SequenceNoise(rolls).fit_to(Space((LENGTH,), 0))
    torch.manual_seed(0)
    written = SequenceGenerator(6)(Space((LENGTH,), latent.size, tokens=TOKENS))
    with torch.no_grad():
        for weight in written.policy.parameters():
            weight.mul_(2)
    written.follow(1.0)
    return nn.ModuleDict({"G": written, "D": Taste()})


def gradient(loss: Tensor, nets: Nets) -> Tensor:
    weights = list(nets.G.policy.parameters())
    return torch.cat([g.ravel() for g in torch.autograd.grad(loss, weights)])


def exact_to_go(nets: Nets) -> Tensor:
    """Q_t of every sequence: what those with the same first t tokens earn in the mean."""
    p, earned = nets.G.log_probability(EVERY).sum(1).exp().detach(), nets.D(EVERY).sigmoid()
    q = torch.empty(len(EVERY), LENGTH)
    for i, row in enumerate(EVERY):
        for t in range(LENGTH):
            alike = (EVERY[:, : t + 1] == row[: t + 1]).all(1)
            q[i, t] = (p[alike] * earned[alike]).sum() / p[alike].sum()
    return q


@pytest.mark.parametrize("baseline", [0.0, 0.7])
def test_the_expected_gradient_is_that_of_the_expected_reward(baseline: float) -> None:
    """sum_y p(y) grad of the loss at y = -grad sum_y p(y) R(y), for any baseline that y does not enter."""
    nets = game(1)
    log_p = nets.G.log_probability(EVERY)
    p = log_p.sum(1).exp()
    wanted = gradient(-(p * nets.D(EVERY).sigmoid()).sum(), nets)
    reward = (
        len(EVERY) * p.detach()[:, None] * (exact_to_go(nets) - baseline)
    )  # `reinforce_loss` takes a mean
    found = gradient(reinforce_loss(nets.G.log_probability(EVERY), reward), nets)
    assert torch.allclose(found, wanted, atol=1e-6)
    shifted = gradient(reinforce_loss(nets.G.log_probability(EVERY), reward.roll(1, 1)), nets)
    assert (shifted - wanted).norm() > 0.1 * wanted.norm()


def test_roll_outs_earn_the_conditional_mean() -> None:
    rolls = 4000
    nets = game(rolls)
    z = SequenceNoise(rolls).fit_to(Space((LENGTH,), 0)).sample(len(EVERY), torch.Generator().manual_seed(0))
    b = Batch.of(z)
    found = RolloutReward()(nets, b, EVERY)
    assert not found.requires_grad
    assert (found - subtract_baseline(exact_to_go(nets))).abs().max() < 0.03


def test_the_lagged_writer_follows_a_fifth_of_the_way_before_each_roll_out() -> None:
    nets = game(2)
    z = SequenceNoise(2).fit_to(Space((LENGTH,), 0)).sample(len(EVERY), torch.Generator().manual_seed(0))
    old = nets.G.lagged.get_buffer("head.bias").clone()
    with torch.no_grad():
        nets.G.policy.head.bias.add_(1.0)
    RolloutReward()(nets, Batch.of(z), EVERY)
    assert torch.allclose(nets.G.lagged.get_buffer("head.bias"), old + 0.2, atol=1e-6)


def test_the_loss_of_a_large_batch_has_the_expected_gradient() -> None:
    nets, n, rolls = game(8), 20_000, 8
    z = SequenceNoise(rolls).fit_to(Space((LENGTH,), 0)).sample(n, torch.Generator().manual_seed(0))
    found = gradient(PolicyGradient()(nets, Batch.of(z))["reward"], nets)
    p = nets.G.log_probability(EVERY).sum(1).exp()
    wanted = gradient(-(p * nets.D(EVERY).sigmoid()).sum(), nets)
    assert torch.cosine_similarity(found, wanted, 0) > 0.99
    assert (found.norm() / wanted.norm()).item() == pytest.approx(1, abs=0.1)


def test_a_constant_reward_teaches_nothing_once_the_mean_is_off() -> None:
    whole, rolled = torch.full((5,), 0.4), torch.full((2, 3, 5), 0.4)
    assert subtract_baseline(reward_to_go(rolled, whole)).abs().max() < 1e-7


def test_stages_train_the_writer_then_the_discriminator_then_both() -> None:
    latent = replace(seqgan.latent, rolls=2).fit_to(Space((4,), 0))
    recipe = replace(seqgan, latent=latent, nets={"G": SequenceGenerator(6), "D": seqgan.nets["D"]})
    played = Game(recipe, Space((4,), latent.size, tokens=5), starts=(0, 1, 2))
    noise = torch.Generator().manual_seed(0)

    def draw() -> Batch:
        x = torch.randint(5, (8, 4), generator=noise)
        return Batch(x=x, z=latent.sample(8, noise), u=torch.rand(8, 1, generator=noise))

    def kept(part: nn.Module) -> list[Tensor]:
        return [value.clone() for value in part.state_dict().values()]

    def moved(part: nn.Module, before: list[Tensor]) -> bool:
        return not all(torch.equal(a, b) for a, b in zip(before, part.state_dict().values(), strict=True))

    g, d = played.nets["G"], played.nets["D"]
    for writer, lagged, discriminator in ((True, False, False), (False, False, True), (True, True, True)):
        before = [kept(part) for part in (g.policy, g.lagged, d)]
        played.round(draw)
        found = [moved(part, old) for part, old in zip((g.policy, g.lagged, d), before, strict=True)]
        assert found == [writer, lagged, discriminator]
