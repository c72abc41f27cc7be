"""A discriminator with a logit a class."""

from __future__ import annotations

import pytest
import torch

from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.families import noisy_mlp as noisy
from sparring.nets.heads.classes import ClassLogits


@pytest.mark.parametrize(
    "discriminator",
    [mlp.Discriminator(8), noisy.Discriminator(8), dcgan.Discriminator(8), resnet.Discriminator(8)],
    ids=repr,
)
@pytest.mark.parametrize(("classes", "shape"), [(0, (4,)), (1, (4,)), (3, (4, 3))])
def test_there_are_as_many_logits_as_classes_and_at_least_one(discriminator, classes, shape) -> None:
    net = ClassLogits(discriminator)(Space((1, 8, 8), 2, classes))
    assert net(torch.zeros(4, 1, 8, 8)).shape == shape
    assert net.features(torch.zeros(4, 1, 8, 8)).dim() == 2
