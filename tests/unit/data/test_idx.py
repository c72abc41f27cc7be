import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from sparring.data.idx import idx
from sparring.data.sources import dataset


def coded(array: np.ndarray, code: int = 0x08) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_and_labels(tmp_path: Path, packed: bool) -> None:
    x = np.random.default_rng(0).integers(0, 256, (3, 8, 9), np.uint8)
    y = np.array([4, 9, 4], np.uint8)
    for name, array in (("x", x), ("y", y)):
        whole = coded(array)
        (tmp_path / name).write_bytes(gzip.compress(whole) if packed else whole)
    data = dataset(f"idx:{tmp_path}/x:{tmp_path}/y")
    assert np.array_equal(data.x[:], x[..., None])
    assert data.y is not None
    assert data.y.tolist() == [0, 1, 0]
    assert data.classes == ("4", "9")
    assert dataset(f"idx:{tmp_path}/x").y is None


@pytest.mark.parametrize(
    ("code", "kind"), [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")]
)
def test_every_type_is_read_in_big_endian(tmp_path: Path, code: int, kind: str) -> None:
    values = np.array([1, -2, 100], kind)
    (tmp_path / "y").write_bytes(coded(values, code))
    found = idx(tmp_path / "y")
    assert found.tolist() == [1, -2, 100]
    assert found.dtype.isnative  # as torch needs it


def test_a_colon_in_the_name_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "a:b").write_bytes(coded(np.zeros((2, 8, 8), np.uint8)))
    (tmp_path / "y:1").write_bytes(coded(np.zeros(2, np.uint8)))
    assert dataset(f"idx:{tmp_path}/a:b:{tmp_path}/y:1").classes == ("0",)
