"""Discriminators of pairs, and encoders."""

from __future__ import annotations

import pytest
import torch

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.heads.joint import JointDiscriminator, LatentEncoder

DISCRIMINATORS = [mlp.Discriminator(8), dcgan.Discriminator(8), resnet.Discriminator(8)]
PICTURES = [(1, 8, 8), (3, 16, 8), (4, 28, 28)]


@pytest.mark.parametrize("discriminator", DISCRIMINATORS, ids=lambda c: type(c).__module__.rsplit(".", 1)[-1])
@pytest.mark.parametrize("shape", PICTURES)
@pytest.mark.parametrize("latent", [1, 5])
def test_a_pair_gets_a_logit_and_a_picture_a_code(
    discriminator: DiscriminatorBuilder, shape: tuple[int, ...], latent: int
) -> None:
    space = Space(shape, latent)
    x, z = torch.randn(6, *shape), torch.randn(6, latent)
    assert JointDiscriminator(discriminator, 8)(space)(x, z).shape == (6,)
    assert LatentEncoder(discriminator)(space)(x).shape == (6, latent)


def test_points_are_for_dense_nets() -> None:
    space = Space((2,), 3)
    x = torch.randn(6, 2)
    assert JointDiscriminator(mlp.Discriminator(8), 8)(space)(x, torch.randn(6, 3)).shape == (6,)
    assert LatentEncoder(mlp.Discriminator(8))(space)(x).shape == (6, 3)
    for builder in (JointDiscriminator(dcgan.Discriminator()), LatentEncoder(dcgan.Discriminator())):
        with pytest.raises(BadInput, match="pictures"):
            builder(space)


def test_the_joint_discriminator_weighs_both_and_each_depends_on_the_other() -> None:
    torch.manual_seed(0)
    net = JointDiscriminator(mlp.Discriminator(16), 16)(Space((4,), 3))
    x, z = torch.randn(5, 4, requires_grad=True), torch.randn(5, 3, requires_grad=True)
    slope_x, slope_z = torch.autograd.grad(net(x, z).sum(), (x, z))
    assert slope_x.abs().sum(1).min() > 0
    assert slope_z.abs().sum(1).min() > 0
    (other,) = torch.autograd.grad(net(x, z.flip(0)).sum(), x)
    assert not torch.allclose(slope_x, other)  # no sum of a score of x and a score of z


@pytest.mark.parametrize("bounded", [True, False])
def test_a_new_encoder_spreads_its_codes_as_widely_as_the_prior(bounded: bool) -> None:
    torch.manual_seed(0)
    encoder = LatentEncoder(dcgan.Discriminator(8), bounded)(Space((1, 8, 8), 5))
    z = encoder(0.3 * torch.randn(256, 1, 8, 8))
    low, high = (0.5, 0.7) if bounded else (0.9, 1.1)  # a uniform's deviation is 0.58
    assert low < z.std(0).min() <= z.std(0).max() < high
    assert (z.abs().max() < 1) == bounded


def test_an_encoder_is_deterministic_and_in_evaluation_treats_samples_apart() -> None:
    torch.manual_seed(0)
    encoder = LatentEncoder(dcgan.Discriminator(8))(Space((1, 16, 16), 5))
    x = torch.randn(16, 1, 16, 16)
    together = encoder(x)
    assert not torch.allclose(encoder(x[:4]), together[:4], atol=1e-3)  # statistics of the batch
    encoder.eval()
    assert torch.allclose(encoder(x[:4]), encoder(x)[:4], atol=1e-6)
    assert torch.equal(encoder(x), encoder(x))


def test_the_encoders_head_reads_its_features() -> None:
    encoder = LatentEncoder(mlp.Discriminator(8))(Space((4,), 3)).eval()
    x = torch.randn(6, 4)
    assert encoder.features(x).shape == (6, 8)
    assert torch.equal(encoder.head(encoder.features(x)).tanh(), encoder(x))
