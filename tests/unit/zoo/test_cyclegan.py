"""CycleGAN's losses against arithmetic, its symmetry, and what must not reach whom."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families.patch import Discriminator
from sparring.nets.families.translator import Translator
from sparring.nets.state.fake_buffer import FakeBuffer
from sparring.zoo.cyclegan import CycleConsistency, cyclegan

NETS = {
    "G": Translator(4, 1), "F": Translator(4, 1), "DA": Discriminator(4), "DB": Discriminator(4),
    "PA": FakeBuffer(8), "PB": FakeBuffer(8),
}  # fmt: skip


@pytest.fixture
def nets() -> nn.ModuleDict:
    return Game(replace(cyclegan, nets=NETS), Space((1, 8, 8), 0)).nets


def _batch() -> Batch:
    draw = torch.Generator().manual_seed(0)
    x, y = (torch.rand(4, 1, 8, 8, generator=draw) * 2 - 1 for _ in range(2))
    return Batch(x=x, z=torch.zeros(4, 0), u=torch.rand(4, 1, 1, 1, generator=draw), columns={"second": y})


@final
class Plus(nn.Module):
    """A translator that adds."""

    def __init__(self, much: float) -> None:
        super().__init__()
        self.much = much

    def forward(self, x: Tensor) -> Tensor:
        return x + self.much


@final
class Pixels(nn.Module):
    """A discriminator whose map is the picture."""

    def map(self, x: Tensor) -> Tensor:
        return x


@final
class Open(nn.Module):
    """A history without memory."""

    def forward(self, fakes: Tensor, u: Tensor) -> Tensor:
        return fakes


def _stubs(there: float, back: float) -> nn.ModuleDict:
    nets = {"G": Plus(there), "F": Plus(back), "DA": Pixels(), "DB": Pixels(), "PA": Open(), "PB": Open()}
    return nn.ModuleDict(nets)


def test_terms_are_those_of_the_paper() -> None:
    """LS on the map, not on its mean; D halved, G not; both cycles."""
    nets, b = _stubs(0.25, -0.5), _batch()
    discriminator = cyclegan.turns["D"].loss(nets, b)
    assert torch.allclose(
        discriminator["a"], ((b.x - 1).square().mean() + (b["second"] - 0.5).square().mean()) / 2
    )
    assert torch.allclose(
        discriminator["b"], ((b["second"] - 1).square().mean() + (b.x + 0.25).square().mean()) / 2
    )
    answer = CycleConsistency(weight=3.0)(nets, b)
    assert torch.allclose(answer["a"], (b["second"] - 0.5 - 1).square().mean())
    assert torch.allclose(answer["b"], (b.x + 0.25 - 1).square().mean())
    assert answer["cycle_a"].item() == pytest.approx(3 * 0.25, rel=1e-5)
    assert answer["cycle_b"].item() == pytest.approx(3 * 0.25, rel=1e-5)
    undone = CycleConsistency()(_stubs(0.25, -0.25), b)
    assert undone["cycle_a"] + undone["cycle_b"] < 1e-5


@pytest.mark.parametrize("turn", ["D", "G"])
def test_the_two_directions_are_mirror_images(nets: nn.ModuleDict, turn: str) -> None:
    b = _batch()
    mirror = {"G": "F", "F": "G", "DA": "DB", "DB": "DA", "PA": "PB", "PB": "PA"}
    terms = cyclegan.turns[turn].loss(nets, b)
    other = nn.ModuleDict({key: nets[mirrored] for key, mirrored in mirror.items()})
    mirrored = cyclegan.turns[turn].loss(other, replace(b, x=b["second"], columns={"second": b.x}))
    for one, two in ((key, key[:-1] + {"a": "b", "b": "a"}[key[-1]]) for key in terms):
        assert torch.allclose(terms[one], mirrored[two], atol=1e-6)


def test_discriminators_learn_nothing_through_translators_and_translators_nothing_for_discriminators(
    nets: nn.ModuleDict,
) -> None:
    nets.requires_grad_(True)
    sum(cyclegan.turns["D"].loss(nets, _batch()).values()).backward()
    reached = {key for key, net in nets.items() if any(p.grad is not None for p in net.parameters())}
    assert reached == {"DA", "DB"}
    assert cyclegan.movers("D") == ("DA", "DB")
    assert cyclegan.movers("G") == ("G", "F")


def test_the_pools_hold_the_fakes_of_the_discriminators_turn(nets: nn.ModuleDict) -> None:
    b = _batch()
    nets.requires_grad_(False)
    cyclegan.turns["D"].loss(nets, b)
    cyclegan.turns["G"].loss(nets, b)
    assert nets["PA"].held == nets["PB"].held == 4
    assert torch.equal(nets["PB"].store[:4], nets["G"](b.x))
    assert torch.equal(nets["PA"].store[:4], nets["F"](b["second"]))


def test_a_sample_is_a_translation_and_is_judged_as_the_second_set(nets: nn.ModuleDict) -> None:
    b = _batch()
    assert torch.equal(cyclegan.sampler(nets, b), nets["G"](b.x))
    assert torch.equal(cyclegan.judge(nets, Batch.shown(b["second"])), nets["DB"](b["second"]))
