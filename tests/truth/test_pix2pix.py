"""pix2pix's losses where the logits are known in closed form."""

from __future__ import annotations

from math import exp, log, log1p

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.zoo.pix2pix import pix2pix


class Shifted(nn.Module):
    """Translates a source s to s + 1/4."""

    def forward(self, s: Tensor) -> Tensor:
        return s + 0.25


class Agreement(nn.Module):
    """The logit of every patch is `gain` times the mean difference of the pair: it must see both."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def map(self, x: Tensor, s: Tensor) -> Tensor:
        return self.gain * (x - s).mean((1, 2, 3))[:, None, None, None].expand(-1, 1, 2, 2)

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        return self.map(x, s).flatten(1).mean(1)


def batch() -> Batch:
    """Pairs whose picture is the source minus 1/2."""
    s = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return Batch(x=s - 0.5, z=torch.zeros(5, 0), u=torch.zeros(5, 1, 1, 1), columns={"source": s})


def terms(turn: str, gain: float) -> dict[str, float]:
    nets = Nets({"G": Shifted(), "D": Agreement(gain)})
    return {key: float(value) for key, value in pix2pix.turns[turn].loss(nets, batch()).items()}


def test_an_undecided_discriminator_costs_log_two_and_the_error_is_weighed():
    assert terms("D", 0.0) == pytest.approx({"adv": log(2)})
    assert terms("G", 0.0) == pytest.approx({"adv": log(2), "l1": 100 * 0.75})


def test_logits_are_those_of_the_pairs():
    """Real pairs have logit -1, translations 1/2: D is wrong on both, and G pleases it."""
    assert terms("D", 2.0)["adv"] == pytest.approx((log1p(exp(1)) + log1p(exp(0.5))) / 2)
    assert terms("G", 2.0)["adv"] == pytest.approx(log1p(exp(-0.5)))


def test_sampler_and_judge_read_the_source():
    nets, b = Nets({"G": Shifted(), "D": Agreement(2.0)}), batch()
    assert torch.equal(pix2pix.sampler(nets, b), b["source"] + 0.25)
    assert pix2pix.judge(nets, b) == pytest.approx(torch.full((5,), -1.0))
