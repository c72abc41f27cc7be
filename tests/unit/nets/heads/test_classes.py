"""A critic with a logit a class."""

from __future__ import annotations

import pytest
import torch

from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.families import noisy_mlp as noisy
from sparring.nets.heads.classes import Classes


@pytest.mark.parametrize(
    "critic", [mlp.Critic(8), noisy.Critic(8), dcgan.Critic(8), resnet.Critic(8)], ids=repr
)
@pytest.mark.parametrize(("classes", "shape"), [(0, (4,)), (1, (4,)), (3, (4, 3))])
def test_there_are_as_many_logits_as_classes_and_at_least_one(critic, classes, shape) -> None:
    net = Classes(critic)(Space((1, 8, 8), 2, classes))
    assert net(torch.zeros(4, 1, 8, 8)).shape == shape
    assert net.features(torch.zeros(4, 1, 8, 8)).dim() == 2
