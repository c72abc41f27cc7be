from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.core.errors import BadInput
from sparring.data.holdout import CHUNK, digests, holdout_mask


@dataclass(frozen=True)
class Slow:
    """A store that is read by arrays of indices only, a chunk at a time."""

    x: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        assert len(index) <= CHUNK
        return self.x[index]


def pictures(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 4, 4, 1), np.uint8)


def test_equal_data_have_equal_digests_and_others_differ() -> None:
    x = np.concatenate([pictures(3 * CHUNK), pictures(5)])
    found = digests(x)
    assert found.dtype == np.uint64
    assert np.array_equal(found[-5:], found[:5])
    assert len(np.unique(found)) == 3 * CHUNK


def test_a_lazy_store_has_the_same_digests() -> None:
    x = pictures(2 * CHUNK + 7)
    assert np.array_equal(digests(Slow(x)), digests(x))


def test_shape_and_type_count() -> None:
    x = np.zeros((1, 4, 4, 1), np.uint8)
    assert digests(x) != digests(x.reshape(1, 2, 8, 1))
    assert digests(np.zeros((1, 4), np.float32)) != digests(np.zeros((1, 4), np.int32))


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(40)), st.floats(0, 0.5))
def test_the_choice_does_not_depend_on_order_or_company(order: list[int], share: float) -> None:
    x = pictures(40)
    whole = holdout_mask(digests(x), share)
    assert np.array_equal(holdout_mask(digests(x[order]), share), whole[order])
    assert np.array_equal(holdout_mask(digests(x[:10]), share), whole[:10])


def test_the_share_is_met_and_grows_by_inclusion() -> None:
    found = digests(pictures(4000))
    small, large = holdout_mask(found, 0.1), holdout_mask(found, 0.3)
    assert abs(small.mean() - 0.1) < 0.02
    assert (large | ~small).all()
    assert not holdout_mask(found, 0).any()


@pytest.mark.parametrize("share", [-0.1, 0.51, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(BadInput, match=r"\[0, 0\.5\]"):
        holdout_mask(np.zeros(3, np.uint64), share)
