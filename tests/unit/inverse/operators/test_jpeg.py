import numpy as np
import pytest
import skimage.data
import torch

from sparring.core.errors import BadInput
from sparring.core.pixels import to_float
from sparring.data.noise import smooth
from sparring.inverse.operators.jpeg import Jpeg

QUALITIES = (10, 20, 30, 50, 75, 90, 95)


def fields():
    draw = np.random.default_rng(0)
    return np.rint(255 * np.stack([smooth(3, (61, 83), draw, cells) for cells in (3, 6, 12)], -1))


PICTURES = {
    "smooth fields": fields,
    "astronaut": lambda: skimage.data.astronaut()[None, 90:217, 150:301],
    "cat": lambda: skimage.data.chelsea()[None, ::3, ::3],
    "coffee": lambda: skimage.data.coffee()[None, ::4, ::4],
}
named = pytest.mark.parametrize("name", PICTURES)


def pictures(name, grey=False):
    x = to_float(torch.from_numpy(PICTURES[name]().astype(np.uint8)))
    return x[:, 1:2] if grey else x


def levels_apart(a, b):
    return float((a - b).abs().mean() * 127.5)


@named
@pytest.mark.parametrize(("grey", "most"), [(False, 1.0), (True, 0.5)], ids=["colour", "grey"])
def test_the_model_makes_what_the_codec_makes(name, grey, most):
    x = pictures(name, grey)
    apart = {q: levels_apart(Jpeg(q)(x), Jpeg(q).degraded(x, torch.Generator())) for q in QUALITIES}
    assert max(apart.values()) < most, apart


@named
def test_the_codec_is_real_and_worse_at_low_quality(name):
    x = pictures(name)
    lost = [levels_apart(Jpeg(q).degraded(x, torch.Generator()), x) for q in (10, 50, 95)]
    assert lost[0] > 1.3 * lost[1] > 1.6 * lost[2] > 1.6


def test_slopes_pass_whole_for_grey_and_in_the_mean_for_colours():
    x = pictures("cat")[:, :, :64, :80].requires_grad_()
    v = torch.randn(1, 1, 64, 80, generator=torch.Generator().manual_seed(0))
    grey = x[:, 1:2]
    (slope,) = torch.autograd.grad(Jpeg(20)(grey), grey, v)
    torch.testing.assert_close(slope, v)
    colour = torch.tensor([1.0, -2.0, 3.0]).view(1, 3, 1, 1).expand(x.shape)
    (slope,) = torch.autograd.grad(Jpeg(20)(x), x, colour)
    torch.testing.assert_close(slope, colour.contiguous())


def test_descent_finds_a_picture_of_the_same_file():
    y = Jpeg(30).degraded(pictures("astronaut", grey=True), torch.Generator())
    x = torch.zeros_like(y)
    for _ in range(12):
        x.requires_grad_()
        (slope,) = torch.autograd.grad((Jpeg(30)(x) - y).square().sum() / 2, x)
        x = (x - 0.5 * slope).detach()
    assert levels_apart(Jpeg(30)(x), y) < 1


def test_only_grey_and_rgb_and_known_qualities():
    for call in (Jpeg(50), lambda x: Jpeg(50).degraded(x, torch.Generator())):
        with pytest.raises(BadInput, match="these have 4; drop the alpha"):
            call(torch.zeros(1, 4, 8, 8))
    for quality in (0, 101):
        with pytest.raises(BadInput, match="from 1 to 100"):
            Jpeg(quality)
