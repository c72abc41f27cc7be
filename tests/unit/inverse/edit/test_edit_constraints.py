"""What a hand asks: values known by arithmetic, gradients by differences."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.inverse.edit.constraints import Colour, Sketch, StayNear, Warp, disc, histograms

Z = torch.zeros(2, 4)


def pictures(n=2, c=3, side=12, seed=0):
    return torch.rand(n, c, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def turned(degrees, side=24):
    """Stripes at an angle."""
    rows, columns = torch.meshgrid(*[torch.arange(side) - (side - 1) / 2] * 2, indexing="ij")
    angle = torch.tensor(degrees).deg2rad()
    return (0.9 * (rows * angle.cos() + columns * angle.sin())).sin()


def test_colour_is_the_mean_square_over_the_mask_alone():
    x, mask = pictures(), disc((12, 12), (3, 4), 2)
    x[0, :, mask > 0] = 0.5
    found = Colour(mask, torch.tensor([0.5, 0.5, -0.5]))(x, Z)
    assert found[0] == pytest.approx(1 / 3)
    assert torch.allclose(found, Colour(mask * 7, torch.tensor([0.5, 0.5, -0.5]))(x, Z))
    assert Colour(mask, x[1])(x, Z)[1] == 0
    x[:, :, mask == 0] = 9
    assert torch.equal(found, Colour(mask, torch.tensor([0.5, 0.5, -0.5]))(x, Z))


def test_a_disc_has_its_area():
    assert disc((64, 64), (30, 20), 12).sum() == pytest.approx(torch.pi * 144, rel=0.03)


def test_a_sketch_is_content_with_itself_and_the_less_the_more_it_is_turned():
    mask, upright = torch.ones(24, 24), turned(0.0)
    sketch = Sketch(mask, upright, weight=1.0)
    found = [float(sketch(turned(d).expand(1, 3, -1, -1), Z)) for d in (0.0, 15.0, 30.0, 60.0, 90.0)]
    assert found[0] < 1e-12
    assert all(b > a + 0.02 for a, b in pairwise(found))
    assert float(sketch(-upright[None, None], Z)) == pytest.approx(
        0, abs=1e-6
    )  # light to dark is an edge too
    assert float(sketch(0.6 * upright[None, None], Z)) < 0.1 * found[4]


def test_a_sketch_sees_its_mask_only():
    x, mask = pictures(c=1, side=16), torch.zeros(16, 16)
    mask[:4, :4] = 1
    other = x.clone()
    other[:, :, 9:, 9:] = 0
    sketch = Sketch(mask, torch.eye(16))
    assert torch.equal(sketch(x, Z), sketch(other, Z))


def test_histograms_sort_edges_by_orientation():
    level, upright = (histograms(turned(d)[None, None])[0, :, 5, 5] for d in (0.0, 90.0))
    assert (level.argmax() - upright.argmax()).abs() == 4  # half of eight bins is a quarter turn
    assert histograms(torch.zeros(1, 1, 8, 8)).abs().max() < 1e-2


def test_a_warp_asks_for_the_patch_elsewhere():
    x = pictures()
    shifted = torch.roll(x, (2, 3), (2, 3))
    warp = Warp(x[0], [(5, 4)], [(7, 7)], radius=2)
    assert warp(shifted, Z)[0] == 0
    assert warp(x, Z)[0] > 0.1
    assert torch.equal(warp.colour.mask, disc((12, 12), (7, 7), 2))
    edge = Warp(x[0], [(0, 4)], [(7, 7)], radius=2)  # what lies outside is not asked for
    assert edge.colour.mask.sum() < disc((12, 12), (7, 7), 2).sum()


def test_smooth_is_the_mean_square():
    assert StayNear(torch.ones(4), 3.0)(pictures(), Z).tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    "constraint",
    [
        Colour(disc((6, 6), (2, 2), 2), torch.tensor([0.3])),
        Sketch(torch.ones(6, 6), turned(30.0, 6)),
        Warp(pictures(1, 1, 6)[0], [(2, 2)], [(3, 4)], 1.5),
        StayNear(torch.ones(4).double()),
    ],
    ids=["colour", "sketch", "warp", "smooth"],
)
def test_gradients_are_those_of_differences(constraint):
    z = Z.double().requires_grad_()
    x = pictures(2, 1, 6, seed=3).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, z: constraint(x, z) + 0 * z.sum(), (x, z), atol=1e-4)


def test_no_start_feels_another():
    x = pictures()
    for constraint in (Colour(torch.ones(12, 12), torch.zeros(3)), Sketch(torch.ones(12, 12), torch.eye(12))):
        alone = torch.cat([constraint(x[i : i + 1], Z[:1]) for i in range(2)])
        assert torch.allclose(constraint(x, Z), alone)


@pytest.mark.parametrize(
    ("make", "telling"),
    [
        (lambda: Colour(torch.zeros(8, 8), torch.zeros(3)), "somewhere above"),
        (lambda: Colour(-torch.ones(8, 8), torch.zeros(3)), "nowhere below 0"),
        (lambda: Colour(torch.ones(8), torch.zeros(3)), r"give \(h, w\)"),
        (lambda: Colour(torch.ones(8, 8), torch.zeros(3))(pictures(), Z), "give it their size"),
        (lambda: Colour(torch.ones(12, 12), torch.zeros(2))(pictures(), Z), r"give \(3,\)"),
        (lambda: Colour(torch.ones(12, 12), torch.zeros(3, 5, 5))(pictures(), Z), "give"),
        (lambda: Sketch(torch.ones(8, 8), torch.zeros(7, 8)), "a sketch's drawing"),
        (lambda: Sketch(torch.ones(8, 8), torch.zeros(8, 8), cell=9), "give 2 to 8"),
        (lambda: Warp(pictures()[0], [(1, 1)], []), "as many of each"),
        (lambda: Warp(pictures()[0], [(1, 1)], [(12, 1)]), "outside"),
        (lambda: StayNear(torch.zeros(3))(pictures(), Z), "one latent"),
    ],
)
def test_what_does_not_fit_is_refused(make, telling):
    with pytest.raises(BadInput, match=telling):
        make()
