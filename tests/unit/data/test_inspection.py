import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.inspection import contact_sheet, inspect_data
from sparring.data.sources import dataset


def filled(folder: Path) -> str:
    """Two classes, two sizes, one repeated picture, one damaged."""
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    Image.new("L", (12, 10), 7).save(folder / "a" / "1.png")
    Image.new("RGB", (12, 10), (7, 7, 7)).save(folder / "a" / "2.png")
    Image.new("RGB", (20, 16), (9, 8, 200)).save(folder / "b" / "1.png")
    (folder / "b" / "2.png").write_bytes(b"\x89PNG")
    return str(folder)


def test_a_mixed_folder_is_described_all_the_same(tmp_path: Path) -> None:
    found = inspect_data(filled(tmp_path))
    assert found.count == 3
    assert found.shape is None
    assert found.sizes == {"10x12": 2, "16x20": 1}
    assert found.channels == 3
    assert found.labels == {"a": 2, "b": 1}
    assert found.duplicates == 1
    assert found.unreadable == ("b/2.png",)
    assert found.range == (7, 200)
    assert "--size" in found.notes[0]
    assert "only 3 of 4" in found.notes[1]


def test_a_frame_gives_the_shape(tmp_path: Path) -> None:
    found = inspect_data(filled(tmp_path), size="8x16", channels=1)
    assert found.shape == (1, 8, 16)
    assert found.sizes == {"10x12": 2, "16x20": 1}


def test_sizes_are_those_of_upright_pictures_before_any_decoding_at_less(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("jpg", "png", "tif"):
        Image.new("RGB", (300, 200)).save(tmp_path / f"turned.{suffix}", exif=exif)
    Image.new("RGB", (300, 200)).save(tmp_path / "straight.jpg")
    assert inspect_data(str(tmp_path), size="16").sizes == {"300x200": 3, "200x300": 1}


def test_too_large_pictures_are_told_from_fitting_ones(tmp_path: Path) -> None:
    Image.new("L", (300, 300)).save(tmp_path / "a.png")
    found = inspect_data(str(tmp_path))
    assert found.shape == (1, 300, 300)
    assert "8 to 256" in found.notes[0]
    assert inspect_data(str(tmp_path), size="256").notes == ()


def test_arrays_and_points(tmp_path: Path) -> None:
    x = np.zeros((5, 8, 9), np.uint8)
    x[4] = 30
    np.savez(tmp_path / "a.npz", x=x, y=np.array([1, 1, 1, 1, 0]), p=np.array([[1.5], [1.5], [-2.0]]))
    found = inspect_data(f"{tmp_path}/a.npz:x:y", size="16")
    assert (found.count, found.shape, found.sizes) == (5, (1, 16, 16), {"8x9": 5})
    assert (found.labels, found.duplicates, found.range) == ({"0": 1, "1": 4}, 3, (0, 30))
    points = inspect_data(f"{tmp_path}/a.npz:p")
    assert (points.shape, points.sizes, points.channels, points.labels) == ((1,), {}, None, {})
    assert (points.duplicates, points.range) == (1, (-2, 1.5))


def test_json_holds_it_all(tmp_path: Path) -> None:
    found = inspect_data(filled(tmp_path), size="16")
    back = json.loads(json.dumps(found.as_json()))
    assert back["shape"] == [3, 16, 16]
    assert back["unreadable"] == ["b/2.png"]
    assert back["sizes"] == found.sizes
    assert set(back) == set(found.__dataclass_fields__)


def test_nothing_readable_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(BadInput, match="none of the 1 pictures"):
        inspect_data(str(tmp_path))


def test_a_contact_sheet_is_spread_over_the_set() -> None:
    x = np.repeat(np.arange(100, dtype=np.uint8), 64).reshape(100, 8, 8, 1)
    data = Dataset(x, (1, 8, 8), "levels")
    sheet = np.asarray(contact_sheet(data, 4))
    assert 500 < sheet.shape[1] < 700
    assert set(np.unique(sheet)) == {0, 33, 66, 99, 255}
    with pytest.raises(BadInput):
        contact_sheet(data, 0)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_points_are_drawn_inside_the_sheet(dimensions: int) -> None:
    x = np.random.default_rng(0).normal(size=(500, dimensions)).astype(np.float32)
    sheet = np.asarray(contact_sheet(Dataset(x, (dimensions,), "points"))).astype(int)
    colourful = np.ptp(sheet, axis=2) > 100
    assert colourful.sum() > 1000
    down, across = np.nonzero(colourful)
    assert down.min() > 15
    assert down.max() < 585
    assert across.min() > 15
    assert across.max() < 585


def test_up_is_up_and_right_is_right() -> None:
    x = np.array([[0, 0], [0, 0], [1, 1], [1, 0.9]], np.float32)
    inked = np.ptp(np.asarray(contact_sheet(Dataset(x, (2,), "points"))).astype(int), axis=2) > 100
    assert inked[:300, 300:].sum() > inked[300:, :300].sum() > 0
    assert not inked[:300, :300].any()
    assert not inked[300:, 300:].any()


def test_each_mode_has_its_place_and_colour() -> None:
    sheet = np.asarray(contact_sheet(dataset("ring8"))).astype(int)
    inked = sheet[np.ptp(sheet, axis=2) > 100]
    assert len(np.unique(inked, axis=0)) == 8
    right, top = sheet[290:310, 540:], sheet[20:44, 290:310]
    assert (np.ptp(right, axis=2) > 100).any()
    assert (np.ptp(top, axis=2) > 100).any()


def test_sequences_are_described_and_drawn_as_cells(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([[4, 4], [4, 4], [0, 9]]))
    found = inspect_data(f"{tmp_path}/a.npz:x")
    assert (found.count, found.shape, found.tokens, found.channels) == (3, (2,), 10, None)
    assert (found.duplicates, found.range, found.sizes) == (1, (0, 9), {})
    sheet = np.asarray(contact_sheet(dataset(f"{tmp_path}/a.npz:x"), 3))
    assert len(np.unique(sheet.reshape(-1, 3), axis=0)) == 3
    np.savez(tmp_path / "b.npz", x=np.ones((3, 2)))
    assert inspect_data(f"{tmp_path}/b.npz:x").tokens is None
