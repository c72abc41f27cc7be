import numpy as np
import pytest

from sparring.data.scenes import COUNT, scenes
from sparring.data.sources import BUILT_IN, dataset


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_sets_agree_with_themselves(name: str) -> None:
    data = dataset(name)
    first = data.x[np.array([0])]
    assert data.spec == name
    if data.tokens:
        assert first.dtype == np.int64
        assert first.shape[1:] == data.shape
        assert np.asarray(data.x).max() < data.tokens
        return
    assert data.y is not None
    assert len(data.y) == len(data) == len(data.x)
    assert data.y.dtype == np.int64
    assert set(np.unique(data.y)) == set(range(len(data.classes)))
    if data.pictures:
        assert first.dtype == np.uint8
        assert (first.shape[3], *first.shape[1:3]) == data.shape
    else:
        assert first.dtype == np.float32
        assert first.shape[1:] == data.shape


def test_digits_can_be_framed() -> None:
    data = dataset("digits", size="16x12", channels=3)
    assert data.shape == (3, 16, 12)
    assert isinstance(data.x, np.ndarray)
    assert data.x.shape == (1797, 16, 12, 3)


def test_shapes_are_drawn_not_resized() -> None:
    large = dataset("shapes", size="64")
    assert large.shape == (3, 64, 64)
    assert np.array_equal(large.x, scenes(COUNT, 0, (64, 64)).x)
    assert dataset("shapes", channels=1).shape == (1, 32, 32)
