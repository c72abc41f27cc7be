"""The discriminator that is told a label."""

from __future__ import annotations

import pytest
import torch

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.heads.conditional import ConditionalDiscriminator
from sparring.nets.heads.joint import JointDiscriminator
from sparring.nets.wrappers.batch_statistics import BatchSimilarityFeatures, BatchStdDevFeature
from sparring.nets.wrappers.packed import Packed

SPACE = Space((1, 8, 8), 5, 3)


@pytest.mark.parametrize(
    "discriminator", [mlp.Discriminator(8), dcgan.Discriminator(8), resnet.Discriminator(8)]
)
def test_a_pair_gets_a_logit_and_without_a_label_the_best(discriminator: DiscriminatorBuilder) -> None:
    net, x = ConditionalDiscriminator(discriminator, 8)(SPACE).eval(), torch.randn(6, 1, 8, 8)
    y = torch.tensor([0, 1, 2, -1, -1, 2])
    each = net.each(x)
    assert each.shape == (6, 3)
    assert net.features(x).shape[0] == 6
    assert torch.equal(net(x), each.amax(1))
    expected = [each[i].max() if label < 0 else each[i, label] for i, label in enumerate(y.tolist())]
    assert torch.equal(net(x, y), torch.stack(expected))


def test_labels_and_data_are_weighed_together() -> None:
    torch.manual_seed(0)
    net, x = ConditionalDiscriminator(mlp.Discriminator(16), 16)(SPACE), torch.randn(5, 1, 8, 8)
    gaps = (net.each(x)[:, 1] - net.each(x)[:, 0]).detach()
    assert gaps.std() > 0.01  # no sum of a score of x and a score of y


@pytest.mark.parametrize("classes", [0, 1])
def test_data_without_two_classes_are_refused(classes: int) -> None:
    with pytest.raises(BadInput, match="two classes"):
        ConditionalDiscriminator(dcgan.Discriminator())(Space((1, 8, 8), 5, classes))


@pytest.mark.parametrize("compared", [BatchSimilarityFeatures, BatchStdDevFeature])
def test_it_can_compare_the_samples_of_a_batch(compared: type) -> None:
    net = compared(ConditionalDiscriminator(mlp.Discriminator(16), 16))(SPACE)
    x, y = torch.randn(8, 1, 8, 8), torch.zeros(8, dtype=torch.int64)
    (slope,) = torch.autograd.grad(net(x.requires_grad_(), y)[0], x)
    assert slope[1:].abs().max() > 0


@pytest.mark.parametrize(
    "pairs", [ConditionalDiscriminator(dcgan.Discriminator()), JointDiscriminator(dcgan.Discriminator())]
)
def test_pairs_cannot_be_packed(pairs: ConditionalDiscriminator | JointDiscriminator) -> None:
    with pytest.raises(BadInput, match="has other inputs"):
        Packed(pairs)(SPACE)
