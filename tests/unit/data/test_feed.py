from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.feed import Feed


@dataclass(frozen=True)
class Slow:
    """A store that is not an array; it cannot read data numbered `broken`."""

    x: np.ndarray
    broken: int = -1

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: np.ndarray) -> np.ndarray:
        if self.broken in index:
            raise BadInput("that picture is gone")
        return self.x[index]


def numbered(n: int, lazy: bool = False, broken: int = -1) -> Dataset:
    """Pictures whose every pixel, and label, is their own number."""
    x = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, 8, 8, 1))
    return Dataset(Slow(x, broken) if lazy else x, (1, 8, 8), "numbered", np.arange(n, dtype=np.int64))


def numbers(feed: Feed, draws: int) -> list[int]:
    found: list[int] = []
    for _ in range(draws):
        x, y = feed.draw()
        assert y is not None
        assert torch.equal(((x[:, 0, 3, 3] + 1) * 127.5).round().long(), y)
        found += y.tolist()
    return found


def made(n: int = 10, batch: int = 4, seed: int = 0, lazy: bool = False, workers: int | None = 0) -> Feed:
    return Feed(numbered(n, lazy), np.arange(n), batch, seed=seed, device="cpu", workers=workers)


def test_batches_are_scaled_pictures_with_labels() -> None:
    x, y = made().draw()
    assert x.shape == (4, 1, 8, 8)
    assert x.dtype == torch.float32
    assert y is not None
    assert y.dtype == torch.int64


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 2**40), st.booleans())
def test_every_datum_is_used_once_an_epoch(n: int, batch: int, seed: int, lazy: bool) -> None:
    found = numbers(made(n, batch, seed, lazy), -(-3 * n // batch))
    for epoch in range(3):
        assert sorted(found[epoch * n : (epoch + 1) * n]) == list(range(n))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 25), st.booleans(), st.booleans())
def test_a_place_is_found_again_exactly(n: int, batch: int, before: int, lazy: bool, back: bool) -> None:
    feed = made(n, batch, 3, lazy)
    numbers(feed, before)
    place = feed.position()
    expected = [feed.draw() for _ in range(4)]
    again = feed if back else made(n, batch, 3, not lazy)
    again.go_to(place)
    assert again.position() == place
    for x, y in expected:
        same_x, same_y = again.draw()
        assert torch.equal(x, same_x)
        assert y is not None
        assert same_y is not None
        assert torch.equal(y, same_y)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    narrow, wide = numbers(made(50, 5), 20), numbers(made(50, 20), 5)
    assert narrow == wide
    assert narrow[:50] != narrow[50:]
    assert numbers(made(50, 5, seed=1), 20) != narrow


def test_only_the_index_is_drawn_and_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    for lazy in (False, True):
        feed = Feed(numbered(10, lazy), np.array([7, 2, 5]), 3, seed=0, device="cpu")
        assert sorted(numbers(feed, 1)) == [2, 5, 7]
    assert torch.equal(torch.get_rng_state(), before)


def test_points_come_as_they_are() -> None:
    points = np.array([[-3.5, 9.25]], np.float32)
    x, y = Feed(Dataset(points, (2,), "points"), np.array([0]), 2, seed=0, device="cpu").draw()
    assert x.tolist() == [[-3.5, 9.25]] * 2
    assert y is None


def test_worker_processes_give_the_same_stream_and_do_not_move_the_place() -> None:
    feed = made(10, 4, lazy=True, workers=2)
    assert numbers(feed, 6) == numbers(made(10, 4), 6)
    assert feed.position() == {"epoch": 2, "at": 4, "of": 10}


def test_a_picture_lost_on_the_way_is_named_in_one_line() -> None:
    feed = Feed(numbered(4, True, broken=2), np.arange(4), 4, seed=0, device="cpu", workers=None)
    with pytest.raises(BadInput, match=r"^that picture is gone$"):
        feed.draw()


@pytest.mark.parametrize(
    "place",
    [
        {"epoch": 0, "at": 0, "of": 11},
        {"epoch": 0, "at": 10, "of": 10},
        {"epoch": -1, "at": 0, "of": 10},
        {"epoch": 0, "at": 0},
    ],
)
def test_a_place_in_other_data_is_refused(place: dict[str, int]) -> None:
    with pytest.raises(BadInput):
        made(10).go_to(place)


@pytest.mark.parametrize(("index", "batch"), [(np.arange(0), 4), (np.arange(3), 0)])
def test_nothing_to_draw_is_refused(index: np.ndarray, batch: int) -> None:
    with pytest.raises(BadInput):
        Feed(numbered(5), index, batch, seed=0, device="cpu")
