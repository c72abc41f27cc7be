"""Discriminators that rebuild: what their score is made of, on points and on pictures."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp
from sparring.nets.families import upsampling as nearest
from sparring.nets.families.autoencoder import Discriminator

MLP = Discriminator(mlp.Discriminator(16, 1, outputs=5), mlp.Generator(16, 1))
DCGAN = Discriminator(dcgan.Discriminator(8, norm=None, outputs=5), dcgan.Generator(8, norm=None))
NEAREST = Discriminator(nearest.Discriminator(8, outputs=5), nearest.Generator(8))


@dataclass(frozen=True)
class Scale:
    """Builds x -> by * x on points, as encoder or decoder."""

    by: float = 1.0
    outputs: int = 2

    def __call__(self, space: Space) -> nn.Module:
        layer = nn.Linear(2, 2, bias=False)
        nn.init.eye_(layer.weight).data.mul_(self.by)
        return layer


@pytest.mark.parametrize(
    ("build", "shape"),
    [(MLP, (2,)), (MLP, (1, 8, 8)), (DCGAN, (1, 8, 8)), (DCGAN, (3, 32, 16)), (NEAREST, (4, 28, 28))],
)
def test_the_score_is_minus_the_mean_error(build: Discriminator, shape: tuple[int, ...]) -> None:
    net = build(Space(shape, 100))
    x = torch.randn(3, *shape).tanh()
    assert net.code(x).shape == (3, 5)
    assert net.reconstruct(x).shape == x.shape
    expected = -((x - net.reconstruct(x)) ** 2).flatten(1).mean(1)
    assert net(x).shape == (3,)
    assert torch.allclose(net(x), expected)
    assert (net(x) < 0).all()


def test_the_energy_by_hand() -> None:
    x = torch.tensor([[1.0, -2.0], [0.0, 4.0]])
    space = Space((2,), 7)
    assert not Discriminator(Scale(), Scale())(space)(x).any()  # rebuilt without an error
    assert Discriminator(Scale(0.5), Scale())(space)(x).tolist() == [-(0.25 + 1) / 2, -(0 + 4) / 2]
    assert Discriminator(Scale(0.5), Scale(), power=1)(space)(x).tolist() == [-(0.5 + 1) / 2, -(0 + 2) / 2]
    assert Discriminator(Scale(3.0), Scale())(space).code(x).tolist() == (3 * x).tolist()


def test_an_energy_does_not_grow_with_the_picture() -> None:
    energies = []
    for side in (8, 32):
        net = DCGAN(Space((1, side, side), 100))
        for parameter in net.decoder.parameters():
            nn.init.zeros_(parameter)  # so that all is rebuilt as 0
        energies.append(net(torch.full((1, 1, side, side), 0.5)).item())
    assert energies == [-0.25, -0.25]


def test_energies_are_float32_under_autocast() -> None:
    net = DCGAN(Space((1, 8, 8), 100))
    with torch.autocast("cpu", torch.bfloat16):
        assert net(torch.randn(2, 1, 8, 8)).dtype == torch.float32


@pytest.mark.parametrize(
    "build", [Discriminator(power=3), Discriminator(encoder=dcgan.Discriminator(8, norm=None))]
)
def test_what_cannot_be_built_is_refused(build: Discriminator) -> None:
    with pytest.raises(BadInput, match="autoencoder"):
        build(Space((1, 8, 8), 100))
