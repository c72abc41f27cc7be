from pathlib import Path

import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, Label, LabelMap, Tokens, Vector
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


def test_columns_have_the_kind_of_their_type_and_axes(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    photo, plan = draw.integers(0, 256, (4, 8, 12, 3), np.uint8), draw.integers(0, 5, (4, 8, 12))
    plan[0, 0, 0] = 4
    arrays = {
        "photo": photo, "plan": plan, "depth": draw.random((4, 8, 12)), "place": draw.random((4, 2)),
        "weight": draw.random(4), "words": draw.integers(0, 9, (4, 6)), "name": np.array(list("abca")),
    }  # fmt: skip
    np.savez(tmp_path / "a.npz", **arrays)
    roles = ",".join(f"{name}={name}" for name in arrays if name != "photo")
    data = dataset(f"{tmp_path}/a.npz:photo,second=photo,{roles}:name")
    kinds = {role: column.kind for role, column in data.columns.items()}
    assert kinds == {
        "second": Image(3, 8, 12), "plan": LabelMap(5, 8, 12), "depth": Image(1, 8, 12), "place": Vector(2),
        "weight": Vector(1), "words": Tokens(int(arrays["words"].max()) + 1, 6), "name": Label(3),
    }  # fmt: skip
    assert np.array_equal(data.columns["plan"].values[:], plan)
    assert data.classes == ("a", "b", "c")
    assert any("'plan': read as a label map of 5 classes" in note for note in data.notes)


def test_pictures_and_maps_are_framed_as_x_is(tmp_path: Path) -> None:
    """Every pixel of x says where it comes from, and the map and the second picture say the same."""
    across = np.broadcast_to(np.arange(32, dtype=np.uint8), (2, 16, 32))
    np.savez(tmp_path / "a.npz", x=across * 4, same=across * 4, map=across)
    data = dataset(f"{tmp_path}/a.npz:x,same=same,map=map", size="8")
    assert data.shape == (1, 8, 8)
    assert np.array_equal(data.columns["same"].values[:], data.x[:])
    found = data.columns["map"]
    assert found.kind == LabelMap(32, 8, 8)
    assert np.abs(found.values[:] * 4.0 - data.x[:, :, :, 0]).max() <= 4  # the nearest pixel, at most one off
    small = np.zeros((2, 8, 8), np.uint8)
    np.savez(tmp_path / "b.npz", x=across, small=small + 99)
    with pytest.raises(BadInput, match="column 'small': is 8x8, x is 16x32; give one size"):
        dataset(f"{tmp_path}/b.npz:x,small=small", size="8")
    assert dataset(f"{tmp_path}/b.npz:x,small=small").columns["small"].kind == Image(1, 8, 8)


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
