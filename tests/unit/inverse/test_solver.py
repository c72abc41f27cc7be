from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.latent import Normal, Uniform
from sparring.inverse.blend.poisson import poisson
from sparring.inverse.cache import Batching
from sparring.inverse.masks import masks
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.inverse.solver import batch_size, complete_pictures
from sparring.metrics.images import psnr_hole

START = torch.tensor([[0.4, -0.7, 0.1, 0.9]])


@dataclass(frozen=True)
class Fixed:
    """A prior on [-1, 1] whose draws are all the same, with the normal's energy."""

    size: int = 4

    def sample(self, n, generator):
        return START.expand(n, 4).clone()

    def project(self, z):
        return z.clamp(-1, 1)

    def energy(self, z):
        return z.square().sum(1) / 2


def linear_game():
    random = np.random.default_rng(3)
    A, w, y = random.normal(0, 0.4, (25, 4)), random.normal(0, 2, 25), random.uniform(-1, 1, 25)
    G = nn.Sequential(nn.Linear(4, 25, bias=False), nn.Unflatten(1, (1, 5, 5)))
    D = nn.Sequential(nn.Flatten(), nn.Linear(25, 1, bias=False), nn.Flatten(0))
    G[0].weight.data = torch.from_numpy(A).float()
    D[1].weight.data = torch.from_numpy(w[None]).float()
    missing = np.zeros((5, 5), bool)
    missing[1:3, 2:4] = True
    return G, D, A, w, y, missing


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def yeh_slope(A, w, y, missing, z):
    weight = np.zeros((5, 5))
    for i, j in np.argwhere(~missing):
        square = missing[max(i - 3, 0) : i + 4, max(j - 3, 0) : j + 4]
        weight[i, j] = square.sum() / (square.size - 1)
    return A.T @ (weight.ravel() * np.sign(A @ z - y)) - 0.003 * sigmoid(w @ A @ z) * A.T @ w


def bamos_slope(A, w, y, missing, z):
    return A.T @ (~missing.ravel() * np.sign(A @ z - y)) - 0.1 * sigmoid(-(w @ A @ z)) * A.T @ w


def csgm_slope(A, w, y, missing, z):
    return 2 * A.T @ (~missing.ravel() * (A @ z - y)) / (~missing).sum() + 2 * 0.001 * z


def igan_slope(A, w, y, missing, z):
    pull = PRESETS["igan"].smoothness
    apart = z - START[0].double().numpy()
    return 2 * A.T @ (~missing.ravel() * (A @ z - y)) / (~missing).sum() + 2 * pull * apart / 4


@pytest.mark.parametrize(
    ("name", "slope", "rate"),
    [
        ("yeh2017", yeh_slope, 0.01),
        ("bamos", bamos_slope, 0.01),
        ("csgm", csgm_slope, 0.1),
        ("igan", igan_slope, 0.1),
    ],
)
@pytest.mark.parametrize("steps", [1, 15])
def test_presets_step_as_written_by_hand(name, slope, rate, steps):
    G, D, A, w, y, missing = linear_game()
    z = START[0].double().numpy()
    m, v = np.zeros(4), np.zeros(4)
    for t in range(1, steps + 1):
        g = slope(A, w, y, missing, z)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        z = np.clip(z - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), -1, 1)
    picture, hole = torch.from_numpy(y).float().view(1, 1, 5, 5), torch.from_numpy(missing)[None]
    found = complete_pictures(
        FrozenModel(G, D, Fixed()), picture, hole, replace(PRESETS[name], steps=steps, restarts=1), seed=0
    )
    np.testing.assert_allclose(found.z[0].numpy(), z, atol=2e-5)
    assert np.abs(z - START[0].numpy()).max() > rate / 2


class Boxed(Uniform):
    """The uniform prior, all its draws the same."""

    def sample(self, n, generator):
        return START.expand(n, 4).clone()


@pytest.mark.parametrize("steps", [1, 15])
def test_under_a_uniform_prior_igan_moves_u_with_z_its_tanh(steps):
    G, D, A, w, y, missing = linear_game()
    u = np.arctanh(START[0].double().numpy())
    m, v = np.zeros(4), np.zeros(4)
    for t in range(1, steps + 1):
        g = igan_slope(A, w, y, missing, np.tanh(u)) * (1 - np.tanh(u) ** 2)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        u = u - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    picture, hole = torch.from_numpy(y).float().view(1, 1, 5, 5), torch.from_numpy(missing)[None]
    found = complete_pictures(
        FrozenModel(G, D, Boxed(4)), picture, hole, replace(PRESETS["igan"], steps=steps, restarts=1), seed=0
    )
    np.testing.assert_allclose(found.z[0].numpy(), np.tanh(u), atol=2e-5)
    assert np.abs(u - np.arctanh(START[0].numpy())).max() > 0.05


def nets(latent=6, channels=1, size=12):
    """A small random convolutional generator and discriminator with batch norm and dropout."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        G = nn.Sequential(
            nn.Linear(latent, 16 * (size // 2) ** 2),
            nn.Unflatten(1, (16, size // 2, size // 2)),
            nn.BatchNorm2d(16),
            nn.Tanh(),
            nn.ConvTranspose2d(16, channels, 4, 2, 1),
            nn.Tanh(),
        )
        D = nn.Sequential(
            nn.Conv2d(channels, 8, 4, 2, 1), nn.Dropout(0.5), nn.Flatten(), nn.LazyLinear(1), nn.Flatten(0)
        )
        D(torch.zeros(1, channels, size, size))
        G[4].weight.data *= 6
    return G, D


def scene(n=5, spec="centre", channels=1):
    G, D = nets(channels=channels)
    with torch.no_grad():
        truth = G.eval()(torch.randn(n, 6, generator=torch.Generator().manual_seed(9)))
    return G, D, truth, torch.from_numpy(masks(spec, n, 12, 12, 0))


FAITHFUL = replace(PRESETS["default"], prior=0.02, steps=100)


@pytest.mark.parametrize(
    ("spec", "preset"),
    [("centre", PRESETS["default"]), ("half", PRESETS["default"]), ("random:0.8", FAITHFUL)],
)
def test_what_the_generator_made_is_recovered(spec, preset):
    G, D, truth, missing = scene(12, spec)
    damaged = torch.where(missing[:, None], 0.0, truth)
    found = complete_pictures(FrozenModel(G, D, Normal(6)), damaged, missing, preset, seed=1)

    def as_bytes(x):
        return ((x + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()

    filled = poisson(as_bytes(damaged), as_bytes(found.raw), missing.numpy())
    assert np.median(psnr_hole(filled, as_bytes(truth), missing.numpy())) >= 30


@pytest.mark.parametrize("name", list(PRESETS))
@pytest.mark.parametrize("latent", [Normal(6), Uniform(6)])
def test_a_result_does_not_depend_on_batch_mates(name, latent):
    G, D, truth, missing = scene(5, "pattern:0.3")
    model, preset = FrozenModel(G, D, latent), replace(PRESETS[name], steps=12)
    together = complete_pictures(model, truth, missing, preset, seed=2)
    for i in (0, 3):
        alone = complete_pictures(model, truth[i : i + 1], missing[i : i + 1], preset, seed=2)
        for field in ("raw", "z", "loss", "residual", "spread"):
            assert torch.equal(getattr(alone, field)[0], getattr(together, field)[i]), field


def test_another_batch_size_differs_by_rounding_only():
    G, D, truth, missing = scene(5)
    model, preset = FrozenModel(G, D, Normal(6)), replace(PRESETS["csgm"], steps=10)
    a, b = (
        complete_pictures(model, truth, missing, preset, seed=2, batching=Batching(size=k)) for k in (1, 4)
    )
    torch.testing.assert_close(a.raw, b.raw, atol=1e-4, rtol=0)


def test_nets_come_back_as_they_were():
    G, D, truth, missing = scene(2)
    G.train()
    D.train()
    D[1].eval()
    G[0].bias.requires_grad_(False)
    before = {f"{i}{k}": v.clone() for i, net in enumerate((G, D)) for k, v in net.state_dict().items()}
    modes = [m.training for net in (G, D) for m in net.modules()]
    flags = [p.requires_grad for net in (G, D) for p in net.parameters()]
    complete_pictures(
        FrozenModel(G, D, Normal(6)), truth, missing, replace(PRESETS["bamos"], steps=2), seed=0
    )
    after = {f"{i}{k}": v for i, net in enumerate((G, D)) for k, v in net.state_dict().items()}
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert modes == [m.training for net in (G, D) for m in net.modules()]
    assert flags == [p.requires_grad for net in (G, D) for p in net.parameters()]
    assert all(p.grad is None for net in (G, D) for p in net.parameters())


def test_what_lies_under_the_mask_is_never_read():
    G, D, truth, missing = scene(2, "half")
    junk = torch.where(missing[:, None], float("nan"), truth)
    model, preset = FrozenModel(G, D, Normal(6)), replace(PRESETS["default"], steps=3)
    a, b = (complete_pictures(model, x, missing, preset, seed=0) for x in (truth, junk))
    assert torch.equal(a.raw, b.raw)


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_search_lowers_the_loss_and_reports_it(name):
    G, D, truth, missing = scene(3)
    ticks = []
    preset = replace(PRESETS[name], steps=25)
    batching = Batching(progress=lambda *t: ticks.append(t))
    found = complete_pictures(
        FrozenModel(G, D, Uniform(6)), truth, missing, preset, seed=0, batching=batching
    )
    points = [step for step, _ in found.trace]
    assert points[0] == 0
    assert points[-1] == 25
    assert len(points) >= 10
    assert (found.trace[-1][1] < found.trace[0][1]).all()
    assert torch.equal(found.trace[-1][1], found.loss)
    assert [done for done, _ in ticks] == list(range(1, ticks[-1][1] + 1))
    assert found.z.abs().max() <= 1  # the uniform prior's support
    assert (found.spread.amax((1, 2)) > 0).all() == (preset.restarts > 1)


def test_another_seed_starts_elsewhere():
    G, D, truth, missing = scene(1)
    for name in ("yeh2017", "default"):
        model, preset = FrozenModel(G, D, Normal(6)), replace(PRESETS[name], steps=1)
        a, b = (complete_pictures(model, truth, missing, preset, seed=s) for s in (0, 1))
        assert not torch.equal(a.z, b.z)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"pictures": torch.zeros(2, 1, 10, 10), "missing": torch.zeros(2, 10, 10) > 1},
            "the generator makes 1 x",
        ),
        ({"pictures": torch.zeros(2, 3, 12, 12)}, "the generator makes 1 x 12 x 12"),
        ({"missing": torch.zeros(1, 12, 12) > 1}, "do not fit"),
        ({"missing": torch.ones(2, 12, 12) > 0}, "no known pixel"),
        ({"preset": {"steps": -1}}, "steps is -1"),
        ({"preset": {"restarts": -1}}, "restarts is -1"),
        ({"batching": Batching(size=0)}, "batch is 0"),
    ],
)
@pytest.mark.parametrize("name", ["default", "bamos"])
def test_what_does_not_fit_is_named(change, words, name):
    G, D, truth, missing = scene(2)
    preset = replace(PRESETS[name], **{"steps": 1, **change.get("preset", {})})
    given = {"pictures": truth, "missing": missing, "seed": 0, **change, "preset": preset}
    with pytest.raises(BadInput, match=words):
        complete_pictures(FrozenModel(G, D, Normal(6)), **given)


@pytest.mark.parametrize(
    ("side", "restarts", "rows"), [(8, 16, 256), (64, 16, 64), (128, 16, 32), (8, 3, 240), (128, 3, 48)]
)
def test_many_small_pictures_and_few_large_ones_are_searched_at_once(side, restarts, rows):
    G = nn.Sequential(nn.Linear(4, side * side), nn.Unflatten(1, (1, side, side)))
    size = batch_size(FrozenModel(G, G, Normal(4)), restarts)
    assert size * restarts == rows
    assert batch_size(FrozenModel(G, G, Normal(4)), restarts, no_steps=True) * restarts in (240, 256)
