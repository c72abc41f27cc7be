import numpy as np
import pytest
import torch
from PIL import Image

from sparring.core.errors import BadInput
from sparring.inverse.masks import masks
from sparring.inverse.operators.compose import Composed
from sparring.inverse.operators.jpeg import Jpeg
from sparring.inverse.operators.linear import Downsample, GaussianBlur, MotionBlur
from sparring.inverse.operators.parse import SYNTAXES, damage
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Grey, Mask, Quantise


def of(spec, n=2, height=24, width=36, channels=3, seed=0):
    return damage(spec, n, height, width, channels, seed)


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        ("down:4", Downsample(4)),
        ("down:4:area", Downsample(4)),
        ("down:4:bicubic", Downsample(4, "bicubic")),
        ("blur:2", GaussianBlur(2)),
        ("motion:9", MotionBlur(9)),
        ("motion:9:30", MotionBlur(9, 30)),
        ("motion:9:-30.5", MotionBlur(9, -30.5)),
        ("grey", Grey()),
        ("noise:0.05", GaussianNoise(0.1)),
        ("jpeg:30", Jpeg(30)),
        ("quantise:4", Quantise(4)),
        ("crop:8,9,10,11", Crop(8, 9, 10, 11)),
        ("blur:2+noise:0.05", Composed((GaussianBlur(2), GaussianNoise(0.1)))),
        ("grey+down:2+jpeg:30", Composed((Grey(), Downsample(2), Jpeg(30)))),
    ],
)
def test_words_are_values(spec, value):
    assert of(spec) == value


@pytest.mark.parametrize("word", SYNTAXES)
def test_examples_are_right(word):
    assert of(SYNTAXES[word].example, height=64, width=64)(torch.zeros(2, 3, 64, 64)).isfinite().all()


@pytest.mark.parametrize("kind", ["centre", "half", "left", "pattern:0.25", "random:0.8", "random"])
def test_masks_are_those_of_completion(kind):
    found = of(f"mask:{kind}", seed=4)
    expected = torch.from_numpy(masks(kind, 2, 24, 36, 4))
    assert torch.equal(found.missing.expand(2, -1, -1), expected)
    assert len(found.missing) == (1 if kind in ("centre", "half", "left") else 2)


def test_masks_are_made_for_the_size_at_their_place_and_drawn_anew():
    both = of("mask:random:0.5+crop:4,4,16,24+mask:random:0.5+down:2+mask:centre")
    first, second, third = (part.missing for part in both.parts if isinstance(part, Mask))
    assert [m.shape[1:] for m in (first, second, third)] == [(24, 36), (16, 24), (8, 12)]
    twice = of("mask:random:0.5+mask:random:0.5")
    assert not torch.equal(twice.parts[0].missing, twice.parts[1].missing)


def test_files_alpha_and_inversion_reach_the_mask(tmp_path):
    path = tmp_path / "c++" / "a+b.png"
    path.parent.mkdir()
    hole = np.zeros((24, 36), np.uint8)
    hole[2:5, 6:9] = 255
    Image.fromarray(hole).save(path)
    found = of(f"blur:1+mask:{path}+noise:0.1")
    assert torch.equal(found.parts[1].missing, torch.from_numpy(hole == 255)[None])
    assert len(found.parts) == 3
    turned = damage(f"mask:{path}", 1, 24, 36, 3, 0, invert=True)
    assert torch.equal(turned.missing, ~found.parts[1].missing)
    alpha = damage("mask:alpha", 1, 24, 36, 3, 0, alpha=255 - hole[None])
    assert torch.equal(alpha.missing, found.parts[1].missing)


BAD = [
    ("", ["no such damage", "use one of", "blur:SIGMA"]),
    ("zzzz", ["no such damage", "use one of", "mask:KIND"]),
    ("blurr:2", ["no such damage", "did you mean 'blur'"]),
    ("gray", ["did you mean 'grey'"]),
    ("quantize:4", ["did you mean 'quantise'"]),
    ("centre", ["did you mean 'mask:centre'"]),
    ("random:0.8", ["did you mean 'mask:random:0.8'"]),
    ("blur:2+", ["damage ''", "use one of"]),
    ("blur", ["blur:SIGMA", "blur:2"]),
    ("blur:", ["blur:SIGMA", "blur:2"]),
    ("blur:x", ["'x' is no number", "blur:2"]),
    ("blur:0", ["above 0", "not 0"]),
    ("blur:-1", ["above 0", "not -1"]),
    ("blur:nan", ["above 0"]),
    ("blur:1e9", ["at most 100"]),
    ("blur:2:3", ["blur:SIGMA"]),
    ("down:5", ["does not divide", "24x36", "2, 3, 4, 6, 12"]),
    ("down:1", ["2 or more", "not 1"]),
    ("down:2.5", ["'2.5' is no whole number", "down:4"]),
    ("down:4:cubic", ["'cubic' is neither 'area' nor 'bicubic'", "down:4"]),
    ("down:2+down:12", ["damage 'down:12'", "12x18"]),
    ("motion:1", ["2 to 100"]),
    ("motion:9:inf", ["angle"]),
    ("motion:9:up", ["'up' is no number", "motion:9:30"]),
    ("grey:2", ["write grey, for example grey"]),
    ("grey+grey", ["have 1", "leave it out"]),
    ("noise:0", ["share", "not 0"]),
    ("noise:12", ["share", "at most 1", "noise:0.05"]),
    ("jpeg:0", ["1 to 100"]),
    ("jpeg:high", ["'high' is no whole number", "jpeg:30"]),
    ("quantise:1", ["2 to 256"]),
    ("crop:1,2,3", ["four whole numbers", "crop:8,8,32,32"]),
    ("crop:0,0,25,36", ["ends at 25,36", "24x36"]),
    ("crop:-1,0,5,5", ["0 or more"]),
    ("mask", ["mask:centre", "pattern:SHARE"]),
    ("mask:center", ["unknown mask 'center'", "'centre'"]),
    ("mask:random:2", ["between 0 and 1"]),
    ("mask:absent.png", ["does not exist"]),
    ("mask:alpha", ["no alpha channel"]),
    ("mask:left+mask:half", ["leaves nothing known"]),
    ("mask:left+crop:0,0,24,10", ["leaves nothing known"]),
    ("blur:2\nx", ["line break", "one line"]),
]


@pytest.mark.parametrize(("spec", "words"), BAD, ids=[repr(spec) for spec, _ in BAD])
def test_bad_words_are_named_in_one_line(spec, words):
    with pytest.raises(BadInput) as caught:
        of(spec)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_pictures_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="have 4; drop the alpha"):
        of("jpeg:50", channels=4)
    with pytest.raises(BadInput, match="at least one is needed"):
        of("blur:2", n=0)
