from __future__ import annotations

import math

import pytest
import torch
from tests.unit.practice.games import PICTURES, played, small
from torch.nn.functional import softplus

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.data.sources import dataset
from sparring.nets.families import mlp
from sparring.nets.layers.augment import Augment, cut_out, jitter_colour, shift
from sparring.nets.wrappers.input_transform import FadingNoise, InstanceNoise, TransformedInput
from sparring.nets.wrappers.packed import Packed, PackedNet
from sparring.practice.catalogue import apply_practices
from sparring.practice.inputs import AdaptiveAugmentationLoss
from sparring.practice.order import require_independent_samples


def fitted(deviation: float) -> tuple[float, float]:
    """J of a discriminator of two points one apart, and the size of the slope that the generator gets."""
    torch.manual_seed(0)
    discriminator = TransformedInput(mlp.Discriminator(width=32), InstanceNoise(deviation))(Space((1,), 0))
    optim = torch.optim.Adam(discriminator.parameters(), 3e-3)
    real, fake = torch.zeros(256, 1), torch.ones(256, 1)
    losses = []
    for _ in range(400):
        loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
        optim.zero_grad()
        loss.backward()
        optim.step()
        losses.append(float(loss.detach()))
    x = fake.clone().requires_grad_()
    (slope,) = torch.autograd.grad(-softplus(discriminator(x)).mean() * 256, x)  # of the minimax game
    return math.log(2) - sum(losses[-50:]) / 100, float(slope.abs().mean())


def test_noise_makes_disjoint_supports_meet():
    apart, met = fitted(0.0), fitted(0.5)
    assert apart[0] > 0.69
    assert apart[1] < 0.01
    assert met[0] < 0.6
    assert met[1] > 0.1


def test_noise_fades_and_is_none_in_evaluation():
    noise, x = FadingNoise(0.2, 0.5), torch.zeros(4000, 1)
    sizes = []
    for over in (0.0, 0.25, 0.5, 0.9):
        noise.set_progress(over)
        sizes.append(float(noise(x).std()))
    assert sizes == pytest.approx([0.2, 0.1, 0.0, 0.0], abs=0.01)
    noise.set_progress(0.0)
    assert torch.equal(noise.eval()(x), x)


def test_the_engine_tells_noise_how_far_the_run_is():
    game, draw = played(apply_practices(small("dcgan"), ["instance_noise=0.1,0.5"]))
    (noise,) = [part for part in game.nets.modules() if isinstance(part, FadingNoise)]
    left = []
    for _ in range(5):
        game.round(draw)
        left.append(float(noise.left))
    assert left == pytest.approx([1, 0.75, 0.5, 0.25, 0])  # of 8 rounds


def test_features_are_those_of_altered_data_too():
    discriminator = TransformedInput(mlp.Discriminator(width=8), InstanceNoise(1.0))(Space((2,), 0))
    x = torch.zeros(3, 2)
    assert not torch.equal(discriminator.features(x), discriminator.features(x))
    assert torch.equal(discriminator.eval().features(x), discriminator.features(x))


def test_tokens_have_no_noise():
    with pytest.raises(BadInput, match="tokens"):
        TransformedInput(mlp.Discriminator(), InstanceNoise())(Space((6,), 0, tokens=10))


def test_augmentations_are_smooth_and_for_training_alone():
    torch.manual_seed(0)
    pipe, x = Augment(1.0, 0.0), torch.rand(32, 3, 16, 16, requires_grad=True)
    y = pipe(x)
    assert y.shape == x.shape
    assert not torch.equal(y, x)
    (slope,) = torch.autograd.grad(y.square().sum(), x)
    assert torch.isfinite(slope).all()
    assert (slope.flatten(1) != 0).any(1).all()
    assert torch.equal(pipe.eval()(x), x)
    assert torch.equal(Augment(0.0, 0.0)(x), x)


def test_each_alteration_does_what_it_says():
    x, half = torch.rand(1, 3, 16, 16) - 0.5, torch.full((1, 3), 0.5)
    assert torch.allclose(jitter_colour(x, half), x, atol=1e-6)  # the middle of all ranges
    assert torch.allclose(jitter_colour(x, torch.tensor([[1.0, 0.5, 0.5]])), x + 0.5, atol=1e-6)
    grey = jitter_colour(x, torch.tensor([[0.5, 0.0, 0.5]]))
    assert torch.allclose(grey, grey.mean(1, keepdim=True).expand_as(grey), atol=1e-6)
    assert jitter_colour(x, torch.tensor([[0.5, 0.5, 0.0]])).std() == pytest.approx(
        float(x.std()) / 2, rel=0.05
    )
    assert torch.equal(shift(x, half), x)
    moved = shift(x, torch.zeros(1, 3))  # two pixels each way
    assert torch.equal(moved[..., 2:, 2:], x[..., :-2, :-2])
    assert not moved[..., :2, :].any()
    hole = cut_out(torch.ones(1, 1, 16, 16), half)
    assert int((hole == 0).sum()) == 64
    assert not hole[..., 4:12, 4:12].any()


def test_points_are_not_augmented():
    with pytest.raises(BadInput, match="points"):
        played(apply_practices(zoo.get("r1_gan"), ["augmented"]), Space((2,), 0))


def test_the_chance_follows_the_discriminator():
    pipe = Augment(0.0, 0.6)
    pipe.adapt(torch.ones(5000))
    assert float(pipe.chance) == pytest.approx(0.01)
    pipe.adapt(torch.cat([torch.ones(2500), -torch.ones(2500)]))
    assert float(pipe.chance) == pytest.approx(0.0, abs=1e-6)
    pipe.adapt(-torch.ones(5000))
    assert float(pipe.chance) == 0.0


def test_a_discriminator_that_is_sure_of_the_data_moves_the_chance():
    game, draw = played(apply_practices(small("r1_gan"), ["adaptively_augmented"]))
    loss = game.recipe.turns["D"].loss
    assert isinstance(loss, AdaptiveAugmentationLoss)
    with torch.no_grad():
        game.nets["D"].head.bias += 100
    (pipe,) = [part for part in game.nets.modules() if isinstance(part, Augment)]
    for _ in range(3):
        game.round(draw)
    assert float(pipe.chance) == pytest.approx(3 * 8 / 500_000)


def test_a_packed_discriminator_grows_at_its_input_alone():
    space = Space((1, 16, 16), 0)
    plain, packed = (
        build(space) for build in (small("dcgan").nets["D"], Packed(small("dcgan").nets["D"], 3))
    )
    shapes = [[tuple(p.shape) for p in net.parameters()] for net in (plain, packed)]
    assert shapes[0][1:] == shapes[1][1:]
    assert shapes[1][0] == (8, 3, 4, 4)
    assert apply_practices(small("dcgan"), ["packed=3"]).batch == 3 * small("dcgan").batch


def test_packs_hold_neighbours_in_training_and_copies_in_evaluation():
    seen = []

    class Sum(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return x.flatten(1).sum(1)

    pack, x = PackedNet(Sum(), 2), torch.arange(8.0).view(4, 2)
    assert torch.equal(pack(x), torch.tensor([6.0, 22.0]))
    assert torch.equal(pack.eval()(x), 2 * x.sum(1))
    with pytest.raises(BadInput, match="packs"):
        pack.train()(x[:3])


def test_half_of_the_fakes_are_old_ones():
    game, draw = played(apply_practices(small("r1_gan"), ["replayed_fakes=64"]))
    shown: list[torch.Tensor] = []
    game.nets["Old"].register_forward_hook(lambda net, given, out: shown.append((given[0], out)))
    for _ in range(60):
        game.round(draw)
    new = [float((a.flatten(1) == b.flatten(1)).all(1).float().mean()) for a, b in shown]
    assert new[:8] == [1.0] * 8  # until it is full
    assert sum(new[8:]) / len(new[8:]) == pytest.approx(0.5, abs=0.1)


def test_joint_and_separate_batches_agree_where_no_samples_are_tied():
    recipe = small("r1_gan")
    game, draw = played(recipe)
    batch = draw()
    losses = [
        apply_practices(recipe, [f"batches={kind}"]).turns["D"].loss(game.nets, batch)["adv"]
        for kind in ("joint", "separate")
    ]
    slopes = [torch.autograd.grad(loss, list(game.nets["D"].parameters())) for loss in losses]
    assert losses[0].item() == pytest.approx(losses[1].item(), abs=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*slopes, strict=True))


def test_joint_batches_are_refused_with_batch_norm():
    recipe = apply_practices(small("dcgan"), ["batches=joint"])
    with pytest.raises(BadInput, match="data and fakes"):
        require_independent_samples(recipe, Space(PICTURES.shape, recipe.latent.size))


def test_batch_norm_sees_other_statistics_in_a_mixed_batch():
    discriminator = small("dcgan").nets["D"](PICTURES)
    x = torch.from_numpy(dataset("shapes", size="16").x[:8]).float().movedim(-1, 1)[:, :1] / 127.5 - 1
    mixed = discriminator(torch.cat([x, -x])).chunk(2)[0]
    assert (mixed - discriminator(x)).abs().max() > 1e-3
