import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, LabelMap
from sparring.core.recipe import Need
from sparring.data.dataset import Column, Dataset
from sparring.data.feed import Drawn, Feed


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
        x, y, _ = feed.draw()
        assert y is not None
        assert torch.equal(((x[:, 0, 3, 3] + 1) * 127.5).round().long(), y)
        found += y.tolist()
    return found


def made(n: int = 10, batch: int = 4, seed: int = 0, lazy: bool = False, workers: int | None = 0) -> Feed:
    return Feed(numbered(n, lazy), np.arange(n), batch, seed=seed, device="cpu", workers=workers)


def test_batches_are_scaled_pictures_with_labels() -> None:
    x, y, columns = made().draw()
    assert columns == {}
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
    for batch in expected:
        assert batch.y is not None
        assert_same(batch, again.draw())


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
    x, y, _ = Feed(Dataset(points, (2,), "points"), np.array([0]), 2, seed=0, device="cpu").draw()
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


SECOND = (Need("second", paired=False),)


def assert_same(one: Drawn, other: Drawn) -> None:
    for a, b in ((one.x, other.x), (one.y, other.y)):
        assert (a is None and b is None) or torch.equal(a, b)
    assert one.columns.keys() == other.columns.keys()
    assert all(torch.equal(one.columns[role], other.columns[role]) for role in one.columns)


def two_domains(a: int, b: int, lazy: bool = False) -> Dataset:
    """Pictures that show their own number; the first `a` are of one class, the other `b` of the other."""
    one = numbered(a + b, lazy)
    return replace(one, y=np.repeat([0, 1], [a, b]), classes=("first", "second"))


def shown(x: Tensor | None) -> list[int]:
    assert x is not None
    return ((x[:, 0, 0, 0] + 1) * 127.5).round().long().tolist()


def paired_feed(a: int, b: int, batch: int, lazy: bool = False, seed: int = 0) -> Feed:
    data = two_domains(a, b, lazy)
    return Feed(data, np.arange(len(data)), batch, seed=seed, device="cpu", needs=SECOND)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 9), st.booleans())
def test_each_domain_has_its_own_epochs(a: int, b: int, batch: int, lazy: bool) -> None:
    feed = paired_feed(a, b, batch, lazy)
    first: list[int] = []
    second: list[int] = []
    for _ in range(-(-2 * max(a, b) // batch)):
        x, y, columns = feed.draw()
        assert len(x) == batch
        assert y is None
        assert columns["second"].shape == x.shape
        first += shown(x)
        second += shown(columns["second"])
    for epoch in range(2):
        assert sorted(first[epoch * a : (epoch + 1) * a]) == list(range(a))
        assert sorted(second[epoch * b : (epoch + 1) * b]) == list(range(a, a + b))


def test_domains_are_not_paired() -> None:
    x, _, columns = paired_feed(50, 50, 50).draw()
    assert [number - 50 for number in shown(columns["second"])] != shown(x)


def half_labelled(n: int, known: int, lazy: bool = False) -> Dataset:
    """As `numbered`, but only the first `known` data have a label: their number."""
    one = numbered(n, lazy)
    return replace(one, y=np.where(np.arange(n) < known, np.arange(n), -1))


@pytest.mark.parametrize("lazy", [False, True])
def test_half_a_batch_is_labelled_and_the_rest_drawn_from_all_without(lazy: bool) -> None:
    feed = Feed(half_labelled(12, 3, lazy), np.arange(12), 7, seed=0, device="cpu")
    known: list[int] = []
    rest: list[int] = []
    for _ in range(6):
        x, y, _ = feed.draw()
        assert y is not None
        assert y[:3].tolist() == shown(x)[:3]
        assert (y[3:] == -1).all()
        known += shown(x)[:3]
        rest += shown(x)[3:]
    assert all(sorted(known[at : at + 3]) == [0, 1, 2] for at in range(0, 18, 3))
    assert all(sorted(rest[at : at + 12]) == list(range(12)) for at in (0, 12))


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("kind", ["domains", "labels"])
def test_the_place_of_two_orders_is_found_again_exactly(kind: str, lazy: bool) -> None:
    def made_anew(a: int = 5) -> Feed:
        if kind == "domains":
            return paired_feed(a, 7, 4, lazy, 9)
        return Feed(half_labelled(a + 7, 3, lazy), np.arange(a + 7), 5, seed=9, device="cpu")

    feed = made_anew()
    for _ in range(11):
        feed.draw()
    place = json.loads(json.dumps(feed.position()))
    expected = [feed.draw() for _ in range(5)]
    again = made_anew()
    again.go_to(place)
    assert again.position() == place
    for batch in expected:
        assert_same(batch, again.draw())
    for wrong in (made_anew(6), made(12)):
        with pytest.raises(BadInput):
            wrong.go_to(place)
    with pytest.raises(BadInput):
        again.go_to(made(12).position())


@pytest.mark.parametrize("y", [None, np.zeros(5, np.int64), np.array([0, 1, 2, 0, 1])])
def test_other_than_two_classes_are_refused_where_two_domains_are_wanted(y: np.ndarray | None) -> None:
    data = replace(numbered(5), y=y, classes=() if y is None else ("a", "b", "c")[: max(2, y.max() + 1)])
    with pytest.raises(BadInput, match="two domains: give data with two classes"):
        Feed(data, np.arange(5), 2, seed=0, device="cpu", needs=SECOND)


def test_a_batch_of_one_cannot_be_parted_in_labelled_and_not() -> None:
    with pytest.raises(BadInput, match="at least 2"):
        Feed(half_labelled(5, 2), np.arange(5), 1, seed=0, device="cpu")


def test_tokens_come_untouched() -> None:
    x = np.array([[3, 60_000, 1]])
    drawn, y, _ = Feed(
        Dataset(x, (3,), "tokens", tokens=60_001), np.array([0]), 2, seed=0, device="cpu"
    ).draw()
    assert drawn.tolist() == [[3, 60_000, 1]] * 2
    assert drawn.dtype == torch.int64
    assert y is None


PAIRED = (Need("source", (Image,)), Need("map", (LabelMap,)))


def with_columns(n: int, lazy: bool = False) -> Dataset:
    """As `numbered`, with a second picture and a map of each datum that show 100 more than it, and 9 less."""
    one = numbered(n, lazy)
    number = np.arange(n, dtype=np.uint8)[:, None, None]
    source, plan = (np.broadcast_to(number + 100, (n, 8, 8))[..., None], np.broadcast_to(number, (n, 4, 4)))
    columns = {"source": Column(Image(1, 8, 8), source), "map": Column(LabelMap(n, 4, 4), plan)}
    return replace(one, columns={**columns, "more": columns["map"]})


@pytest.mark.parametrize("lazy", [False, True])
def test_columns_come_row_by_row_with_x_and_only_those_that_are_needed(lazy: bool) -> None:
    feed = Feed(with_columns(9, lazy), np.arange(9), 4, seed=0, device="cpu", needs=PAIRED)
    for _ in range(5):
        x, y, columns = feed.draw()
        assert y is not None
        assert columns.keys() == {"source", "map"} == feed.kinds.keys()
        assert [number - 100 for number in shown(columns["source"])] == shown(x) == y.tolist()
        assert columns["map"].dtype == torch.int64
        assert columns["map"][:, 0, 0].tolist() == y.tolist()
    assert feed.position().keys() == {"epoch", "at", "of"}


def test_columns_stay_with_their_rows_where_only_half_a_batch_is_labelled() -> None:
    data = with_columns(9)
    data = replace(data, y=np.where(np.arange(9) < 4, np.arange(9), -1))
    x, y, columns = Feed(data, np.arange(9), 6, seed=0, device="cpu", needs=PAIRED).draw()
    assert y is not None
    assert (y >= 0).sum() == 3
    assert [number - 100 for number in shown(columns["source"])] == shown(x)


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (
            Need("depth", (Image,)),
            "needs a column 'depth' of the data; 'numbered' has source, map, more: give FILE",
        ),
        (
            Need("source", (LabelMap,)),
            "column 'source' holds pictures of 8x8 pixels, 1 channels; .* LabelMap",
        ),
    ],
)
def test_a_column_that_is_missing_or_of_another_kind_is_named(need: Need, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Feed(with_columns(5), np.arange(5), 2, seed=0, device="cpu", needs=(need,))
