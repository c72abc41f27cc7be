"""What a data set has for a recipe's needs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from sparring.core.errors import BadInput
from sparring.core.recipe import Need
from sparring.data.feed import Feed
from sparring.data.needs import splits_classes, supply
from sparring.data.sources import dataset

SOURCE = (Need("source"),)


def folders(here: Path, a: str, b: str) -> str:
    """Folders A and B with a picture for each letter; it shows the letter's number, in B 100 more."""
    for folder, letters, more in (("A", a, 0), ("B", b, 100)):
        (here / folder).mkdir()
        for letter in letters:
            grey = np.full((8, 8), ord(letter) - ord("a") + more, np.uint8)
            Picture.fromarray(grey).save(here / folder / f"{letter}.png")
    return str(here)


def levels(x) -> list[int]:
    return ((x[:, 0, 0, 0] + 1) * 127.5).round().long().tolist()


def test_files_of_one_name_in_two_folders_are_pairs(tmp_path):
    data = dataset(folders(tmp_path, "abcde", "bcdxy"))
    index = np.arange(len(data))
    assert sorted(data.names[row] for row in supply(data, index, SOURCE).index) == [
        str(Path("B", name)) for name in ("b.png", "c.png", "d.png")
    ]
    assert (
        supply(data, index, SOURCE).notes[0].startswith("3 pairs, files of one name in 'A' (source) and 'B'")
    )
    feed = Feed(data, index, 3, seed=0, device="cpu", needs=SOURCE)
    x, _, columns = feed.draw()
    assert sorted(levels(x)) == [101, 102, 103]
    assert [level - 100 for level in levels(x)] == levels(columns["source"])


def test_folders_without_a_common_name_have_no_pairs(tmp_path):
    data = dataset(folders(tmp_path, "abc", "xyz"))
    with pytest.raises(BadInput, match=r"needs pairs: no file of .* has one name in 'A' and in 'B'"):
        supply(data, np.arange(6), SOURCE)


def test_the_same_folders_are_two_sets_for_a_recipe_that_pairs_nothing(tmp_path):
    data = dataset(folders(tmp_path, "abc", "ab"))
    needs = (Need("second", paired=False),)
    stock = supply(data, np.arange(5), needs)
    assert stock.index.tolist() == [0, 1, 2]
    assert stock.unpaired["second"].tolist() == [3, 4]
    assert stock.notes == ()
    assert splits_classes(data, needs)
    assert splits_classes(data, SOURCE)
    assert not splits_classes(data, ())
