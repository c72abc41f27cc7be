import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.sources import dataset


def test_pictures_points_and_labels(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (4, 8, 9, 3), np.uint8)
    grey, points = x[..., 0], np.linspace(-5, 5, 8).reshape(4, 2)
    np.savez(tmp_path / "a.npz", x=x, grey=grey, points=points, y=np.array([3.0, 7.0, 3.0, 5.0]))
    path = str(tmp_path / "a.npz")
    data = dataset(f"{path}:x:y")
    assert np.array_equal(data.x[:], x)
    assert data.shape == (3, 8, 9)
    assert data.y is not None
    assert data.y.tolist() == [0, 2, 0, 1]
    assert data.classes == ("3", "5", "7")
    assert np.array_equal(dataset(f"{path}:grey").x[:], grey[..., None])
    spread = dataset(f"{path}:points")
    assert not spread.pictures
    assert np.array_equal(spread.x[:], points.astype(np.float32))


def test_packed_grids_are_unpacked(tmp_path: Path) -> None:
    levels = np.arange(5) * 50
    tiles = np.zeros((6, 8, 16, 3), np.uint8)
    tiles[:5] = levels[:, None, None, None]
    sheet = tiles.reshape(2, 3, 8, 16, 3).swapaxes(1, 2).reshape(16, 48, 3)
    packed = io.BytesIO()
    Image.fromarray(sheet).save(packed, "JPEG", quality=95)
    np.savez(
        tmp_path / "a.npz",
        x_jpg=np.frombuffer(packed.getvalue(), np.uint8),
        x_grid=np.array([2, 3, 8, 16, 5]),
        y=np.array(list("abcab")),
    )
    data = dataset(f"{tmp_path}/a.npz:x:y")
    assert data.shape == (3, 8, 16)
    assert np.abs(data.x[:].mean((1, 2, 3)) - levels).max() < 2
    assert data.classes == ("a", "b", "c")


@pytest.mark.parametrize("name", ["a:b", "c.npz:d"])
def test_a_colon_in_a_folder_above_is_no_matter(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    np.savez(tmp_path / name / "a.npz", x=np.zeros((2, 8, 8), np.uint8))
    assert len(dataset(f"{tmp_path}/{name}/a.npz:x")) == 2


def test_whole_numbers_in_rows_are_sequences(tmp_path: Path) -> None:
    x = np.array([[0, 3, 1], [2, 2, 7]])
    np.savez(tmp_path / "a.npz", wide=x, narrow=x.astype(np.uint8), y=np.array(["a", "b"]))
    for name in ("wide", "narrow"):
        data = dataset(f"{tmp_path}/a.npz:{name}:y")
        assert (data.shape, data.tokens, data.pictures) == ((3,), 8, False)
        assert np.asarray(data.x).dtype == np.int64
        assert np.array_equal(data.x, x)
        assert data.classes == ("a", "b")
    with pytest.raises(BadInput, match="sequences"):
        dataset(f"{tmp_path}/a.npz:wide", size="16")
