"""Corrected pictures: exact where a dense solve can tell, and never further from what is seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparring.inverse import linalg as conjugate
from sparring.inverse.blend.spline import Spline
from sparring.inverse.consistency import ROUNDING, correct
from sparring.inverse.linalg import SCALES, conjugate_gradient, likeliest_scale
from sparring.inverse.operators.compose import Composed, Custom, rows
from sparring.inverse.operators.jpeg import Jpeg
from sparring.inverse.operators.linear import Downsample, GaussianBlur, MotionBlur
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Grey, Mask, Quantise

SPLINE = Spline(0.7, 3.0)
SIDES = (6, 5)


def scene(n=3, channels=1, height=16, width=16, seed=0):
    """Smooth pictures, what a generator might make of them, and no missing pixels."""
    random = torch.Generator().manual_seed(seed)
    truth, error = (GaussianBlur(2)(torch.randn(n, channels, height, width, generator=random)) for _ in "xe")
    return 2 * truth, 2 * truth + error


def seen(damage, truth, known=None):
    y = damage.degraded(truth, torch.Generator().manual_seed(1))
    return y, torch.zeros(len(y), *y.shape[2:], dtype=torch.bool)


def holes(n=3, height=16, width=16):
    return Mask(torch.rand(n, height, width, generator=torch.Generator().manual_seed(2)) < 0.5)


def rms(x):
    return x.square().mean((1, 2, 3)).sqrt()


def dense(function, shape):
    """A linear function's matrix, column by column."""
    unit = torch.eye(int(np.prod(shape)), dtype=torch.float64).view(-1, *shape)
    return function(unit).flatten(1).T.numpy()


def precision(spline, height, width):
    """The spline's matrix, from differences of neighbours."""
    down, across = (np.diff(np.eye(n), axis=0) for n in (height, width))
    laplace = np.kron(down.T @ down, np.eye(width)) + np.kron(np.eye(height), across.T @ across)
    return spline.decay**2 * np.eye(height * width) + laplace + spline.stiffness * laplace @ laplace


def test_cosines_diagonalise_the_splines_energy():
    found = dense(SPLINE.energy(*SIDES), (1, *SIDES))
    np.testing.assert_allclose(found, precision(SPLINE, *SIDES), atol=1e-12)


SMALL = [
    GaussianBlur(1),
    Composed((holes(1, *SIDES), GaussianNoise(0.1))),
    Composed((MotionBlur(3, 20), Crop(1, 1, 4, 3))),
]


@pytest.mark.parametrize("damage", SMALL, ids=str)
def test_it_is_the_dense_solution(damage, monkeypatch):
    monkeypatch.setattr(conjugate, "TOLERANCE", 1e-9)
    truth, g = scene(2, 1, height=6, width=5)
    truth, g = truth / 4, g / 4  # bounds hold no pixel
    y, missing = seen(damage, truth)
    found = correct(g, y, missing, damage, SPLINE)
    a = dense(damage, (1, *SIDES))
    r = (y - damage(g)).flatten(1).double().numpy()
    for i, (s, v) in enumerate(zip(found.noise.tolist(), found.scale.tolist(), strict=True)):
        e = np.linalg.solve(a.T @ a / s**2 + precision(SPLINE, *SIDES) / v, a.T @ r[i] / s**2)
        np.testing.assert_allclose((found.pictures - g)[i].flatten(), e, atol=2e-6)


def test_conjugate_gradients_solve_each_row_to_its_own_end(monkeypatch):
    monkeypatch.setattr(conjugate, "TOLERANCE", 1e-10)
    random = np.random.default_rng(0)
    root = random.standard_normal((3, 8, 8))
    matrices = torch.from_numpy(root @ root.transpose(0, 2, 1) + np.eye(8))
    b = torch.from_numpy(random.standard_normal((3, 8)))
    b[1] = 0
    found = conjugate_gradient(lambda x: (matrices @ x[..., None])[..., 0], b, lambda x: x)
    np.testing.assert_allclose(found, np.linalg.solve(matrices, b[..., None])[..., 0], atol=1e-8)
    assert (found[1] == 0).all()


def test_the_scale_is_that_of_the_likelihood():
    random = np.random.default_rng(0)
    root = random.standard_normal((40, 40))
    k = root @ root.T / 40
    spread = 0.5 * k + 0.01 * np.eye(40)
    r = np.linalg.cholesky(spread) @ random.standard_normal((40, 3))
    matrix = torch.from_numpy(k)
    known, variance = torch.ones(3, 40), torch.full((3,), 0.01).double()
    found = likeliest_scale(lambda x: x @ matrix, torch.from_numpy(r.T.copy()), known.double(), variance)
    for i in range(3):
        loss = [
            r[:, i] @ np.linalg.solve(v * k + 0.01 * np.eye(40), r[:, i])
            + np.linalg.slogdet(v * k + 0.01 * np.eye(40))[1]
            for v in SCALES.numpy()
        ]
        nearest = loss[int((SCALES - found[i]).abs().argmin())]
        assert nearest < min(loss) + 0.5  # the determinant is estimated


LINEAR = {
    "blur": GaussianBlur(1),
    "motion": MotionBlur(5, 30),
    "down": Downsample(4),
    "bicubic": Downsample(2, "bicubic"),
    "mask and blur": Composed((holes(), GaussianBlur(0.7))),
    "crop": Crop(2, 3, 9, 8),
}


@pytest.mark.parametrize("damage", LINEAR.values(), ids=LINEAR)
@pytest.mark.parametrize("spline", [SPLINE, Spline(2, 30), Spline()], ids=str)
def test_without_noise_it_agrees_to_rounding(damage, spline):
    truth, g = (x.clamp(-1, 1) for x in scene())
    y, missing = seen(damage, truth)
    found = correct(g, y, missing, damage, spline)
    assert (found.after < 1 / 255).all()
    assert (found.before > 10 / 255).all()
    torch.testing.assert_close(found.after, rms(damage(found.pictures) - y).double(), atol=1e-5, rtol=1e-3)
    assert found.pictures.abs().max() <= 1
    assert (rms(found.pictures - truth) <= rms(g - truth)).all()
    assert (found.noise - ROUNDING).abs().max() < 1e-4


def test_grey_is_met_in_colour():
    truth, g = (x.clamp(-1, 1) for x in scene(2, 3))
    y, missing = seen(Grey(), truth)
    found = correct(g, y, missing, Grey(), SPLINE)
    assert (found.after < 1 / 255).all()
    assert (rms(found.pictures - truth) < rms(g - truth)).all()


@pytest.mark.parametrize(
    "damage", [GaussianNoise(0.3), Composed((GaussianBlur(1), GaussianNoise(0.1)))], ids=str
)
def test_noise_is_not_followed(damage):
    truth, g = (x.clamp(-1, 1) for x in scene(8))
    y, missing = seen(damage, truth)
    found = correct(g, y, missing, damage, SPLINE)
    np.testing.assert_allclose(found.noise, damage.noise, rtol=0.1)
    assert (found.after > 0.8 * damage.noise).all()
    assert (found.after <= found.before).all()
    assert rms(found.pictures - truth).mean() < 0.8 * min(rms(g - truth).mean(), rms(y - truth).mean())


def test_noise_that_is_averaged_later_counts_as_less():
    truth, g = scene()
    damage = Composed((GaussianNoise(0.4), Downsample(4)))
    found = correct(g, *seen(damage, truth), damage, SPLINE)
    np.testing.assert_allclose(found.noise, 0.1, rtol=0.3)


CURVED = {
    "jpeg": Jpeg(10),
    "jpeg of colour": Jpeg(20),
    "quantise": Quantise(4),
    "clipped": Custom(lambda x: x.clamp(-0.4, 0.4)),
    "tanh": Custom(lambda x: (2 * x).tanh()),
}


@pytest.mark.parametrize("name", CURVED)
def test_curved_and_rounding_damages_never_end_further_from_what_is_seen(name):
    truth, g = (x.clamp(-1, 1) for x in scene(2, 3 if "colour" in name else 1))
    damage = CURVED[name]
    y, missing = seen(damage, truth)
    found = correct(g, y, missing, damage, SPLINE)
    torch.testing.assert_close(found.after, rms(damage(found.pictures) - y).double(), atol=1e-4, rtol=1e-3)
    assert (found.after < 0.9 * found.before).all()
    assert (rms(found.pictures - truth) < rms(g - truth)).all()


def test_a_smooth_curve_is_met_to_rounding():
    truth, g = (x.clamp(-1, 1) for x in scene())
    found = correct(g, *seen(CURVED["tanh"], truth), CURVED["tanh"], SPLINE)
    assert (found.after < 1 / 255).all()


@pytest.mark.parametrize(
    "damage",
    [
        Composed((holes(3, 8, 8), GaussianBlur(1), GaussianNoise(0.05))),
        Jpeg(10),
        CURVED["tanh"],
        Downsample(2),
    ],
)
def test_a_picture_does_not_feel_those_beside_it(damage):
    truth, g = (x.clamp(-1, 1) for x in scene(3, 1, 8, 8))
    g[0] = g[0] + 0.3 * torch.randn(g[0].shape, generator=torch.Generator().manual_seed(0))  # a slower one
    y, missing = seen(damage, truth)
    whole = correct(g, y, missing, damage, SPLINE)
    for i in range(3):
        one = torch.tensor([i])
        alone = correct(g[one], y[one], missing[one], rows(damage, one), SPLINE)
        torch.testing.assert_close(whole.pictures[one], alone.pictures, atol=1e-5, rtol=0)
        torch.testing.assert_close(whole.scale[one], alone.scale)


def test_what_agrees_already_stays_as_it_is():
    truth, _ = (x.clamp(-1, 1) for x in scene())
    found = correct(truth, *seen(GaussianBlur(1), truth), GaussianBlur(1), SPLINE)
    torch.testing.assert_close(found.pictures, truth, atol=1e-5, rtol=0)


def test_what_is_not_known_is_not_read():
    truth, g = scene()
    damage = holes()
    y = damage(truth)
    strange = torch.where(damage.missing[:, None], 7.0, y)
    one, two = (correct(g, seen_, damage.missing, damage, SPLINE).pictures for seen_ in (y, strange))
    assert torch.equal(one, two)
