import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.inverse.masks import masks


def white(path, size, box):
    picture = Image.new("L", size)
    picture.paste(255, box)
    picture.save(path)


def test_centre_is_half_of_each_side():
    hole = masks("centre", 2, 8, 12, 0)
    expected = np.zeros((8, 12), bool)
    expected[2:6, 3:9] = True
    assert (hole == expected).all()


def test_half_and_left_are_the_two_sides():
    right, left = masks("half", 1, 4, 6, 0)[0], masks("left", 1, 4, 6, 0)[0]
    assert right[:, 3:].all()
    assert not right[:, :3].any()
    assert (left == ~right).all()


@pytest.mark.parametrize(("spec", "count"), [("pattern:0.25", 256), ("pattern", 256), ("random:0.8", 819)])
def test_drawn_masks_miss_their_share_and_differ(spec, count):
    holes = masks(spec, 3, 32, 32, 5)
    assert (holes.sum((1, 2)) == count).all()
    assert (holes[0] != holes[1]).any()
    assert (holes == masks(spec, 3, 32, 32, 5)).all()
    assert (holes != masks(spec, 3, 32, 32, 6)).any()


def test_pattern_is_connected_where_random_is_not():
    def edges(hole):
        return (hole[:, 1:] != hole[:, :-1]).sum()

    assert edges(masks("pattern:0.25", 1, 64, 64, 0)[0]) * 5 < edges(masks("random:0.25", 1, 64, 64, 0)[0])


def test_first_pictures_do_not_depend_on_the_number():
    assert (masks("pattern:0.25", 2, 16, 16, 1) == masks("pattern:0.25", 5, 16, 16, 1)[:2]).all()


def test_invert_swaps():
    assert (masks("centre", 1, 8, 8, 0, invert=True) == ~masks("centre", 1, 8, 8, 0)).all()


def test_file_is_white_where_missing(tmp_path):
    white(tmp_path / "m.png", (6, 4), (0, 0, 2, 4))
    hole = masks(str(tmp_path / "m.png"), 2, 4, 6, 0)
    assert hole[:, :, :2].all()
    assert not hole[:, :, 2:].any()


def test_folder_goes_by_name_and_else_by_order(tmp_path):
    white(tmp_path / "a.png", (4, 4), (0, 0, 1, 4))
    white(tmp_path / "b.png", (4, 4), (3, 0, 4, 4))
    named = masks(str(tmp_path), 2, 4, 4, 0, names=["x/b.jpg", "a.jpg"])
    assert named[0, :, 3].all()
    assert named[1, :, 0].all()
    ordered = masks(str(tmp_path), 2, 4, 4, 0, names=["p.jpg", "q.jpg"])
    assert ordered[0, :, 0].all()
    assert ordered[1, :, 3].all()


def test_alpha_takes_what_is_transparent():
    alpha = np.full((1, 3, 3), 255, np.uint8)
    alpha[0, 1, 1] = 0
    assert (masks("alpha", 1, 3, 3, 0, alpha=alpha) == (alpha == 0)).all()


@pytest.fixture
def folder(tmp_path):
    white(tmp_path / "small.png", (3, 5), (0, 0, 1, 1))
    white(tmp_path / "black.png", (8, 8), (0, 0, 0, 0))
    white(tmp_path / "white.png", (8, 8), (0, 0, 8, 8))
    (tmp_path / "broken.png").write_text("no picture")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("center", ["unknown mask 'center'", "'centre'"]),
        ("patern:0.2", ["unknown mask", "'pattern'"]),
        ("zzz", ["unknown mask", "FOLDER"]),
        ("centre:0.3", ["unknown mask", "'centre'"]),
        ("pattern:0", ["share", "between 0 and 1", "pattern:0.25"]),
        ("pattern:1", ["share", "between 0 and 1"]),
        ("random:80%", ["share", "random:0.8"]),
        ("random:", ["share", "random:0.8"]),
        ("random:nan", ["share"]),
        ("{}/small.png", ["3x5", "8x8"]),
        ("{}/black.png", ["nothing missing"]),
        ("{}/white.png", ["nothing known"]),
        ("{}/broken.png", ["cannot be read"]),
        ("{}/absent.png", ["does not exist"]),
        ("{}/absent", ["does not exist"]),
        ("{}/empty", ["0 masks", "1 pictures"]),
        ("{}", ["4 masks", "1 pictures"]),
        ("alpha", ["no alpha channel"]),
        ("", ["unknown mask"]),
    ],
)
def test_bad_masks_are_named_in_one_line(folder, spec, words):
    with pytest.raises(BadInput) as caught:
        masks(spec.format(folder), 1, 8, 8, 0)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message


def test_alpha_of_another_size_and_no_pictures_are_refused():
    with pytest.raises(BadInput, match="alpha channel is"):
        masks("alpha", 1, 3, 3, 0, alpha=np.zeros((1, 3, 4), np.uint8))
    with pytest.raises(BadInput, match="at least one"):
        masks("centre", 0, 8, 8, 0)
