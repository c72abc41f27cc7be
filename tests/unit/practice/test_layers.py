from __future__ import annotations

import pytest
import torch
from tests.unit.practice.games import PICTURES, played, small
from torch import nn

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.layers.minibatch import BatchSimilarity, BatchStdDev
from sparring.nets.wrappers.dcgan_check import departures
from sparring.nets.wrappers.replace_layers import SmoothLayers
from sparring.practice.catalogue import apply_practices


def test_likeness_tells_twins_and_keeps_to_its_rows():
    torch.manual_seed(0)
    layer, x = BatchSimilarity(20, 100, 5), torch.randn(6, 20)
    alone, twins = layer(x)[:, 20:], layer(torch.cat([x, x[:1]]))[:, 20:]
    assert (twins[0] > alone[0]).all()
    order = torch.randperm(6)
    assert torch.allclose(layer(x[order]), layer(x)[order], atol=1e-6)


def test_deviation_is_that_of_the_group():
    layer, x = BatchStdDev(4), torch.randn(8, 5)
    found = layer(x)
    assert torch.equal(found[:, :5], x)
    assert torch.allclose(found[:4, 5], x[:4].std(0, correction=0).mean().expand(4), atol=1e-4)
    assert float(layer(x[:1].expand(8, 5))[0, 5]) < 1e-3
    assert layer(x[:6])[:, 5].unique().numel() == 1  # six are no groups of four: all are one


def test_a_row_of_a_generator_with_virtual_batch_norm_stands_alone():
    game, draw = played(apply_practices(small("dcgan"), ["virtual_batch_norm=G,16"]))
    game.round(draw)
    z = draw().z
    other = torch.cat([z[:1], torch.randn_like(z[1:])])
    assert torch.allclose(game.nets["G"](z)[0], game.nets["G"](other)[0], atol=1e-6)
    plain, _ = played(small("dcgan"))
    assert not torch.allclose(plain.nets["G"](z)[0], plain.nets["G"](other)[0], atol=1e-4)


def test_the_reference_batch_is_drawn_when_the_run_begins():
    game, draw = played(apply_practices(small("dcgan"), ["virtual_batch_norm=both,16"]))
    before = game.nets["D"].reference.clone()
    game.round(draw)
    assert not torch.equal(game.nets["D"].reference, before)
    kept = game.nets["D"].reference.clone()
    game.round(draw)
    assert torch.equal(game.nets["D"].reference, kept)


def pooled(space: Space) -> nn.Module:
    torch.manual_seed(0)
    pool = nn.MaxPool2d(2)
    layers = [nn.Conv2d(1, 2, 1), nn.ReLU(), pool, nn.Conv2d(2, 8, 1), nn.ReLU(), pool]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 1))


def test_smooth_layers_leave_fewer_slopes_at_zero():
    x = torch.randn(16, 1, 16, 16, requires_grad=True)
    shares = []
    for build in (pooled, SmoothLayers(pooled)):
        (slope,) = torch.autograd.grad(build(PICTURES)(x).sum(), x)
        shares.append(float((slope == 0).float().mean()))
    assert shares[0] > 0.05
    assert shares[1] == 0


def test_dcgan_follows_its_guidelines_and_others_are_told_where_not():
    played(apply_practices(zoo.get("dcgan"), ["dcgan_guidelines"]))
    with pytest.raises(BadInput, match="no batch norm"):
        played(apply_practices(zoo.get("r3gan"), ["dcgan_guidelines"]))
    with pytest.raises(BadInput, match="hidden dense layers"):
        played(apply_practices(zoo.get("gan"), ["dcgan_guidelines"]))


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([nn.Conv2d(1, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2)], "input layer"),
        ([nn.Conv2d(1, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 4, 2, 1), nn.BatchNorm2d(4)], "leaky"),
        ([nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.BatchNorm2d(4), nn.MaxPool2d(2)], "pools"),
        ([nn.Conv2d(1, 4, 3), nn.LeakyReLU(0.2), nn.BatchNorm2d(4)], "strided"),
        ([nn.Conv2d(1, 4, 4, 2, 1), nn.Linear(4, 4), nn.BatchNorm2d(4), nn.Linear(4, 1)], "dense"),
    ],
)
def test_each_departure_of_a_discriminator_is_named(layers, said):
    assert any(said in departure for departure in departures(nn.Sequential(*layers)))


def test_dropout_drops_its_share_in_training_alone():
    game, _ = played(apply_practices(small("dcgan"), ["generator_dropout=0.3"]))
    drops = [part for part in game.nets["G"].modules() if isinstance(part, nn.Dropout)]
    assert len(drops) >= 2
    seen: list[torch.Tensor] = []
    drops[0].register_forward_hook(
        lambda part, given, out: seen.append((out[given[0] > 0] == 0).float().mean())
    )
    z = torch.randn(256, game.recipe.latent.size)
    game.nets["G"](z)
    assert float(seen[0]) == pytest.approx(0.3, abs=0.03)
    game.nets["G"].eval()
    assert torch.equal(game.nets["G"](z), game.nets["G"](z))


def test_every_layer_of_the_discriminator_keeps_its_norm():
    game, draw = played(apply_practices(small("r1_gan"), ["spectral_norm"]))
    for _ in range(5):
        game.round(draw)
    weights = [part.weight for part in game.nets["D"].modules() if isinstance(part, nn.Linear | nn.Conv2d)]
    assert len(weights) >= 3
    for weight in weights:
        assert float(torch.linalg.matrix_norm(weight.detach().flatten(1), 2)) == pytest.approx(1, rel=0.05)
