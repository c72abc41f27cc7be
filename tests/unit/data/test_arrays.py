import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.data.arrays import arrays, encode_labels

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(("factor", "shift"), [(1 / 255, 0), (2 / 255, -1), (1, 0)])
def test_floats_of_each_range_become_the_same_bytes(kind: type, factor: float, shift: float) -> None:
    found = arrays((LEVELS * factor + shift).astype(kind), "x")
    assert np.array_equal(found.x, LEVELS)
    assert "floats were read as" in found.notes[0]


def test_rounding_beyond_the_ends_is_forgiven() -> None:
    found = arrays(np.array([[[0.0, 0.5, 1.0001]]], np.float32), "x")
    assert found.x.ravel().tolist() == [0, 128, 255]


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1))
def test_labels_index_their_sorted_values(values: list[int]) -> None:
    y, classes = encode_labels(np.array(values), len(values), "y")
    assert [int(classes[index]) for index in y] == values
    assert [int(name) for name in classes] == sorted(set(values))


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (np.array(["b", "a"]), ("a", "b")),
        (np.array([b"b", b"a"]), ("a", "b")),
        (np.array([[1], [0]], np.uint8), ("0", "1")),
        (np.array([1.0, -2.0], np.float16), ("-2", "1")),
        (np.array([True, False]), ("False", "True")),
    ],
)
def test_labels_of_each_kind(values: np.ndarray, classes: tuple[str, ...]) -> None:
    y, names = encode_labels(values, 2, "y")
    assert y.tolist() == [1, 0]
    assert y.dtype == np.int64
    assert names == classes
