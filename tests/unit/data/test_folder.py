from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data import album
from sparring.data.album import LazyPictures
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.sources import dataset


def save(path: Path, level: int | tuple[int, ...] = 0, size: tuple[int, int] = (16, 16)) -> None:
    """A picture of one colour and of `size` (height, width); as many channels as `level` has numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = (level,) if isinstance(level, int) else level
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[len(levels)]
    Image.new(mode, size[::-1], levels[0] if len(levels) == 1 else levels).save(path)


def firsts(data: Dataset) -> list[list[int]]:
    """The colour of each picture."""
    return data.x[np.arange(len(data))][:, 0, 0].tolist()


def test_subfolders_are_sorted_classes_and_may_have_folders_of_their_own(tmp_path: Path) -> None:
    save(tmp_path / "dog" / "1.png", 30)
    save(tmp_path / "cat" / "deep" / "2.jpg", 10)
    save(tmp_path / "cat" / "1.PNG", 20)
    save(tmp_path / ".hidden" / "1.png", 99)
    save(tmp_path / "dog" / ".1.png", 99)
    (tmp_path / "dog" / "notes.txt").write_text("no picture")
    (tmp_path / "empty").mkdir()
    data = dataset(str(tmp_path))
    assert data.classes == ("cat", "dog")
    assert data.y is not None
    assert data.y.tolist() == [0, 0, 1]
    assert firsts(data) == [[20], [10], [30]]
    assert data.notes == ()


def test_pictures_outside_the_subfolders_leave_no_labels(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    assert dataset(str(tmp_path)).y is None
    save(tmp_path / "b" / "a.png")
    mixed = dataset(str(tmp_path))
    assert len(mixed) == 2
    assert mixed.y is None
    assert "no labels" in mixed.notes[0]


def test_a_class_folder_may_be_a_link(tmp_path: Path) -> None:
    save(tmp_path / "kept" / "a.png", 5)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one").symlink_to(tmp_path / "kept")
    save(tmp_path / "data" / "two" / "b.png", 6)
    data = dataset(str(tmp_path / "data"))
    assert data.classes == ("one", "two")
    assert firsts(data) == [[5], [6]]


def test_a_colon_in_the_name_is_no_matter(tmp_path: Path) -> None:
    save(tmp_path / "a:b.npz:c" / "1.png")
    assert len(dataset(str(tmp_path / "a:b.npz:c"))) == 1


@pytest.mark.parametrize(
    ("levels", "channels"),
    [
        ([7, (9, 9, 9)], 1),
        ([7, (9, 9, 9, 255)], 1),
        ([7, (9, 8, 9)], 3),
        ([(1, 2, 3, 255), 7], 3),
        ([(1, 2, 3, 254), 7], 4),
        ([(7, 100), 7], 4),
    ],
)
def test_channels_are_the_fewest_that_hold_all(
    tmp_path: Path, levels: list[int | tuple[int, ...]], channels: int
) -> None:
    for index, level in enumerate(levels):
        save(tmp_path / f"{index}.png", level)
    assert dataset(str(tmp_path)).shape == (channels, 16, 16)


@pytest.mark.parametrize(("channels", "colours"), [(1, [[127]]), (3, [[127] * 3]), (4, [[0, 0, 0, 128]])])
def test_channels_asked_for_are_given(tmp_path: Path, channels: int, colours: list[list[int]]) -> None:
    save(tmp_path / "a.png", (0, 0, 0, 128))
    data = dataset(str(tmp_path), channels=channels)
    assert firsts(data) == colours
    assert data.notes == (() if channels == 4 else ("transparent pictures are composited over white",))


def test_sizes_are_met_by_cutting_or_squeezing(tmp_path: Path) -> None:
    save(tmp_path / "a.png", 50, (30, 50))
    save(tmp_path / "b.png", 60, (9, 12))
    for crop in ("centre", "none"):
        assert dataset(str(tmp_path), size="16x24", crop=crop).shape == (1, 16, 24)
    with pytest.raises(BadInput, match=r"'a.png' is 30x50, 'b.png' 9x12.*--size"):
        dataset(str(tmp_path))


def test_a_large_jpeg_loses_little_by_being_decoded_at_less(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    coarse = Image.fromarray(draw.integers(0, 256, (24, 24, 3), np.uint8))
    coarse.resize((120, 120), Image.Resampling.NEAREST).save(tmp_path / "a.jpg", quality=95)
    whole = Image.open(tmp_path / "a.jpg").resize((24, 24), Image.Resampling.LANCZOS)
    seen = dataset(str(tmp_path), size="24").x[np.array([0])][0]
    assert np.abs(seen.astype(int) - np.asarray(whole)).mean() < 6


def damaged(folder: Path, good: int, bad: int) -> None:
    for index in range(good):
        save(folder / str(index % 2) / f"{index:03}.png", index)
    for index in range(bad):
        save(folder / "0" / f"x{index}.png")
        whole = (folder / "0" / f"x{index}.png").read_bytes()
        (folder / "0" / f"x{index}.png").write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("limit", [0, 2**30])
def test_damaged_pictures_are_named_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(album, "IN_MEMORY", limit)
    damaged(tmp_path, 45, 5)
    data = dataset(str(tmp_path))
    assert len(data) == 45
    assert data.y is not None
    assert [level % 2 for (level,) in firsts(data)] == data.y.tolist()
    (note,) = data.notes
    assert note.startswith("5 of 50 pictures cannot be read: '0/x0.png', '0/x1.png', '0/x2.png' and 2 more")


def test_too_many_damaged_pictures_are_refused(tmp_path: Path) -> None:
    damaged(tmp_path, 44, 5)
    with pytest.raises(BadInput, match=r"5 of 49 .*90%"):
        dataset(str(tmp_path))


@pytest.mark.parametrize("channels", [None, 1, 4])
def test_a_large_set_is_decoded_as_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int | None
) -> None:
    draw = np.random.default_rng(0)
    for index in range(9):
        noise = draw.integers(0, 256, (20 + index, 30, 4 if index == 4 else 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{index}.png")
    held = dataset(str(tmp_path), size="16", channels=channels)
    monkeypatch.setattr(album, "IN_MEMORY", 9 * 16 * 16 * (channels or 3) - 1)
    lazy = dataset(str(tmp_path), size="16", channels=channels)
    assert isinstance(held.x, np.ndarray)
    assert isinstance(lazy.x, LazyPictures)
    assert lazy.shape == held.shape
    assert lazy.notes == held.notes
    for index in (np.array([3, 3, 0]), np.array([], int), np.arange(9) % 2 == 0, slice(2, 8, 3), np.int64(5)):
        assert np.array_equal(lazy.x[index], held.x[index])
    assert np.array_equal(digests(lazy.x), digests(held.x))
    (tmp_path / "3.png").unlink()
    with pytest.raises(BadInput, match=r"^'3.png' could be read before and now cannot: .*$"):
        lazy.x[np.array([0, 3])]
