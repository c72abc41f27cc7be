"""The machinery of the claim at a toy size; whether the claim holds is for `sparring verify`."""

import numpy as np
import pytest
import torch

from sparring.claims import seqgan as module
from sparring.claims.seqgan import ConstantReward, RandomReward, claim, ours, trial
from sparring.core.batch import Batch
from sparring.core.space import Space
from sparring.data.chains import LENGTH, TOKENS, oracle

LATENT = ours.latent.fit_to(Space((LENGTH,), 0))


def nets() -> torch.nn.ModuleDict:
    torch.manual_seed(0)
    space = Space((LENGTH,), LATENT.size, tokens=TOKENS)
    return torch.nn.ModuleDict({key: builder(space) for key, builder in ours.nets.items()})


def test_a_trial_measures_every_number_that_the_bounds_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUNDS", {"L": 3, "D": 1, "G": 1})
    monkeypatch.setattr(module, "REAL", 100)
    monkeypatch.setattr(module, "DRAWN", 200)
    numbers = trial(10)
    wanted = {bound.number for bound in claim.bounds} | {str(bound.than) for bound in claim.bounds}
    assert {*wanted, claim.headline, claim.baseline_number} <= numbers.keys()
    controls = [numbers[f"{name} oracle"] for name in ("likelihood", "constant", "chance")]
    assert numbers["best control"] == min(controls)
    assert len({numbers[f"{name} oracle"] for name in ("seqgan", "likelihood", "constant", "chance")}) == 4


def test_the_numbers_are_surprises_a_token() -> None:
    """A writer with even odds: ln V of test and entropy, and the oracle's mean over all tokens of samples."""
    even = nets()
    with torch.no_grad():
        for weight in even.G.policy.head.parameters():
            weight.zero_()
    found = module._measures(even, "even")
    log_v = torch.tensor(float(TOKENS)).log().item()
    assert found["even test"] == pytest.approx(log_v, abs=1e-4)
    assert found["even entropy"] == pytest.approx(log_v, abs=1e-4)
    chain = oracle()
    steps = -(np.log(chain.first).mean() + (LENGTH - 1) * np.log(chain.then).mean()) / LENGTH
    assert found["even oracle"] == pytest.approx(steps, abs=0.05)


def test_a_colder_writer_has_less_entropy_and_the_warm_one_stays() -> None:
    warm = nets()
    with torch.no_grad():
        warm.G.policy.head.weight.mul_(5)
    cold = module._measures(module._with_temperature(warm, 0.5), "cold")
    assert cold["cold entropy"] < module._measures(warm, "warm")["warm entropy"] - 0.05


def test_arms_begin_with_copies_of_the_same_nets() -> None:
    begun = nets()
    copies = module._copies(begun)
    one, two = copies["G"](Space((1,), 0)), copies["G"](Space((1,), 0))
    assert one is not two
    assert torch.equal(one.policy.head.weight, begun.G.policy.head.weight)
    assert copies["D"](Space((1,), 0)).head.weight.shape != one.policy.head.weight.shape


def test_controls_reward_without_a_discriminator() -> None:
    z = LATENT.sample(500, torch.Generator().manual_seed(0))
    y, b = torch.zeros(500, LENGTH, dtype=torch.int64), Batch.of(z)
    empty = torch.nn.ModuleDict()
    assert (ConstantReward()(empty, b, y) == 1).all()
    chance = RandomReward()(empty, b, y)
    assert chance.shape == y.shape
    assert 0 <= chance.min() < 0.01 < 0.99 < chance.max() <= 1
    assert not torch.equal(chance, (z[:, :LENGTH] + 1) / 2)  # not the noise that wrote the sample
