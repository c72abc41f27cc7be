"""What holds for the nets of every family."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.layers.norm import LayerNorm


@dataclass(frozen=True)
class Family:
    """A generator and a discriminator, small."""

    name: str
    generator: Builder
    discriminator: Builder


FAMILIES = [
    Family("mlp", mlp.Generator(16), mlp.Discriminator(16)),
    Family("dcgan", dcgan.Generator(4), dcgan.Discriminator(4)),
    Family("dcgan-layer", dcgan.Generator(4, LayerNorm()), dcgan.Discriminator(4, LayerNorm())),
    Family("dcgan-none", dcgan.Generator(4, None), dcgan.Discriminator(4, None)),
    Family("resnet", resnet.Generator(4, 2, 2, 4), resnet.Discriminator(4, 2, 2, 4)),
]
every_family = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


@every_family
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (32, 32), (64, 32), (30, 30)])
def test_pictures_and_logits_have_the_promised_shapes(
    family: Family, channels: int, height: int, width: int
) -> None:
    space = Space((channels, height, width), 10)
    x = family.generator(space)(torch.randn(3, 10))
    v = family.discriminator(space)(x)
    assert x.shape == (3, channels, height, width)
    assert x.abs().max() <= 1
    assert v.shape == (3,)
    assert x.dtype == v.dtype == torch.float32


@every_family
def test_outputs_are_float32_under_autocast(family: Family) -> None:
    space = Space((3, 16, 16), 10)
    with torch.autocast("cpu", torch.bfloat16):
        x = family.generator(space)(torch.randn(3, 10))
        v = family.discriminator(space)(x)
    assert x.dtype == v.dtype == torch.float32


@every_family
def test_every_parameter_has_a_gradient(family: Family) -> None:
    space = Space((3, 16, 16), 10)
    generator, discriminator = family.generator(space), family.discriminator(space)
    discriminator(generator(torch.randn(5, 10))).square().sum().backward()
    for net in (generator, discriminator):
        assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


@every_family
def test_a_new_discriminator_is_neither_deaf_nor_loud(family: Family) -> None:
    torch.manual_seed(0)
    x = torch.rand(64, 3, 32, 32) * 2 - 1
    spread = family.discriminator(Space((3, 32, 32), 10))(x).std()
    assert 1e-5 < spread < 10


def test_points_are_unbounded() -> None:
    space = Space((2,), 3)
    generator, discriminator = mlp.Generator(16)(space), mlp.Discriminator(16)(space)
    x = generator(torch.randn(50, 3) * 1000)
    assert x.shape == (50, 2)
    assert x.abs().max() > 1
    assert discriminator(x).shape == (50,)
