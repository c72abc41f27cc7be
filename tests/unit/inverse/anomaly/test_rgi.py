from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from tests.unit.inverse.anomaly.scene import made
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.inverse.anomaly.rgi import RobustInversion, invert_robustly
from sparring.inverse.cache import Batching
from sparring.inverse.optimise import FrozenModel

QUICK = RobustInversion(steps=300)
START = np.array([0.4, -0.7, 0.1, 0.9])


@dataclass(frozen=True)
class Fixed:
    """A prior on [-1, 1] whose draws are all the same."""

    size: int = 4

    def sample(self, n, generator):
        return torch.from_numpy(START).float().expand(n, 4).clone()

    def project(self, z):
        return z.clamp(-1, 1)

    def energy(self, z):
        return torch.zeros_like(z[:, 0])


def damaged(x):
    """The pictures, each with a bright square somewhere else, and where it is."""
    square = torch.zeros(len(x), *x.shape[2:], dtype=torch.bool)
    for i in range(len(x)):
        top, left = 1 + i % 6, 1 + 3 * i % 7
        square[i, top : top + 4, left : left + 4] = True
    return torch.where(square[:, None], 1.0, x), square


@pytest.mark.parametrize("channels", [1, 3])
def test_a_bright_square_is_found_and_healed(channels):
    G, D, x = made(6, channels)
    bad, square = damaged(x)
    found = invert_robustly(FrozenModel(G, D, Normal(8)), bad, QUICK, seed=0)
    both = (found.missing & square).sum((1, 2)) / (found.missing | square).sum((1, 2))
    assert both.min() > 0.7
    assert found.mask.min() >= 0
    assert found.mask.max() <= 1

    def error(a):
        return (a - x).square().mean(1)[square].mean()

    assert error(found.raw) < 0.05 * error(bad)


def test_what_is_whole_is_kept():
    G, D, x = made(4)
    found = invert_robustly(FrozenModel(G, D, Normal(8)), x, QUICK, seed=0)
    assert found.missing.float().mean() < 0.02
    assert (found.raw - x).abs().mean() < 0.05


def by_hand(A, w, y, steps, rate=0.1, weight=0.07, realism=0.1):
    """z, mask and loss after so many steps of Adam on the objective, its slope written out."""
    z, logit = START.copy(), np.zeros(25)
    moments = [np.zeros(29), np.zeros(29)]
    for t in range(1, steps + 1):
        mask, gap = 1 / (1 + np.exp(-logit)), A @ z - y
        in_z = A.T @ (2 * (1 - mask) ** 2 * gap) - realism * A.T @ w
        in_logit = (weight - 2 * (1 - mask) * gap**2) * mask * (1 - mask)
        slope = np.concatenate([in_z, in_logit])
        moments = [0.9 * moments[0] + 0.1 * slope, 0.999 * moments[1] + 0.001 * slope**2]
        step = rate * (moments[0] / (1 - 0.9**t)) / (np.sqrt(moments[1] / (1 - 0.999**t)) + 1e-8)
        z, logit = np.clip(z - step[:4], -1, 1), logit - step[4:]
    mask, gap = 1 / (1 + np.exp(-logit)), A @ z - y
    return z, mask, ((1 - mask) ** 2 * gap**2).sum() + weight * mask.sum() - realism * w @ A @ z


@pytest.mark.parametrize("steps", [1, 15])
def test_it_steps_as_written_by_hand(steps):
    random = np.random.default_rng(3)
    A, w, y = random.normal(0, 0.4, (25, 4)), random.normal(0, 2, 25), random.uniform(-1, 1, 25)
    G = nn.Sequential(nn.Linear(4, 25, bias=False), nn.Unflatten(1, (1, 5, 5)))
    D = nn.Sequential(nn.Flatten(), nn.Linear(25, 1, bias=False), nn.Flatten(0))
    G[0].weight.data = torch.from_numpy(A).float()
    D[1].weight.data = torch.from_numpy(w[None]).float()
    z, mask, loss = by_hand(A, w, y, steps)
    picture = torch.from_numpy(y).float().view(1, 1, 5, 5)
    found = invert_robustly(FrozenModel(G, D, Fixed()), picture, RobustInversion(steps=steps, bank=0), seed=0)
    np.testing.assert_allclose(found.z[0].numpy(), z, atol=2e-5)
    np.testing.assert_allclose(found.mask[0].flatten().numpy(), mask, atol=2e-5)
    np.testing.assert_allclose(found.loss[0].item(), loss, rtol=1e-4)


@pytest.mark.parametrize("bank", [0, 64])
def test_a_result_does_not_depend_on_batch_mates(bank):
    G, D, x = made(5)
    bad, _ = damaged(x)
    how = RobustInversion(steps=12, bank=bank, restarts=3)
    together = invert_robustly(FrozenModel(G, D, Normal(8)), bad, how, seed=2)
    for i in (0, 3):
        alone = invert_robustly(FrozenModel(G, D, Normal(8)), bad[i : i + 1], how, seed=2)
        for name in ("raw", "z", "mask", "loss"):
            assert torch.equal(getattr(alone, name)[0], getattr(together, name)[i]), name


def test_it_begins_where_an_encoder_says_and_nets_come_back_as_they_were():
    G, D, x = made(2)
    E = nn.Sequential(nn.Flatten(), nn.Linear(2 * 144, 16))
    nets = (G.train(), D.train(), E)
    ticks = []
    plain, led = (
        invert_robustly(
            FrozenModel(G, D, Normal(8), net),
            x,
            RobustInversion(steps=1),
            seed=0,
            batching=Batching(progress=lambda *t: ticks.append(t)),
        )
        for net in (None, E)
    )
    assert not torch.equal(plain.z, led.z)
    assert ticks == [(1, 1), (1, 1)]
    assert all(module.training for net in nets for module in net.modules())
    assert all(p.requires_grad and p.grad is None for net in nets for p in net.parameters())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"restarts": 0}, "restarts is 0"),
        ({"weight": 0.0}, "weight is 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_named(change, words):
    with pytest.raises(BadInput, match=words):
        replace(QUICK, **change)


@pytest.mark.parametrize(
    ("pictures", "batch", "words"),
    [
        (torch.zeros(2, 1, 10, 10), None, "the generator makes 1 x 12 x 12"),
        (torch.zeros(2, 3, 12, 12), None, "the pictures are 3 x 12 x 12"),
        (torch.zeros(0, 1, 12, 12), None, "do not fit"),
        (torch.zeros(2, 1, 12, 12), 0, "batch is 0"),
    ],
)
@pytest.mark.parametrize("bank", [0, 64])
def test_what_does_not_fit_is_named(pictures, batch, words, bank):
    G, D, _ = made(1)
    with pytest.raises(BadInput, match=words):
        invert_robustly(
            FrozenModel(G, D, Normal(8)),
            pictures,
            RobustInversion(steps=1, bank=bank),
            seed=0,
            batching=Batching(size=batch),
        )
