"""A discriminator whose features a second net reads."""

from __future__ import annotations

import pytest
import torch

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.codes import Codes
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.heads.code_head import CodePredictor, SharedFeatures

CODES = Codes(noise=3, choices=2, categories=4, scales=2)


@pytest.mark.parametrize(
    "discriminator", [mlp.Discriminator(8), dcgan.Discriminator(8), resnet.Discriminator(8)]
)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 8), (4, 28, 28)])
def test_any_discriminator_and_any_picture_give_features_that_the_guess_takes(
    discriminator: DiscriminatorBuilder, shape: tuple[int, ...]
) -> None:
    space = Space(shape, CODES.size)
    net, guess = SharedFeatures(discriminator)(space), CodePredictor(CODES, 8)(space)
    x = torch.randn(6, *shape)
    assert net(x).shape == (6,)
    assert guess(net.features(x)).shape == (6, CODES.length)


def test_the_score_is_read_off_the_features() -> None:
    net = SharedFeatures(mlp.Discriminator(8))(Space((4,), CODES.size))
    x = torch.randn(6, 4)
    assert torch.equal(net.read(net.features(x)), net(x))


def test_a_latent_of_another_size_is_refused_in_one_line() -> None:
    with pytest.raises(BadInput, match=r"13 numbers, but there are 12: set .*nets\.Q\.codes alike$"):
        CodePredictor(CODES)(Space((1, 8, 8), 12))
