"""Real data sets in the forms that users have; they are read where the environment names their folder."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sparring.core.kinds import Image, LabelMap
from sparring.core.recipe import Need
from sparring.data.feed import Feed
from sparring.data.needs import supply
from sparring.data.sources import dataset

PACKS = os.environ.get("SPARRING_DATA")

pytestmark = pytest.mark.skipif(not PACKS, reason="SPARRING_DATA names no folder of data sets")


@pytest.fixture
def unpacked(tmp_path):
    def unpack(name: str) -> Path:
        out = tmp_path / name
        words = [sys.executable, str(Path(PACKS, "unpack.py")), name, str(out)]
        subprocess.run(words, check=True, capture_output=True)
        return out

    return unpack


def test_facades_are_photos_with_label_maps(unpacked):
    data = dataset(f"{unpacked('facades')}/facades.npz:photo,source=label", size="64")
    assert (len(data), data.kind) == (200, Image(3, 64, 64))
    assert data.columns["source"].kind == LabelMap(12, 64, 64)


def test_two_folders_of_underwater_pictures_are_pairs(unpacked):
    data = dataset(str(unpacked("underwater")), size="32")
    feed = Feed(data, np.arange(len(data)), 12, seed=0, device="cpu", needs=(Need("source"),))
    x, _, columns = feed.draw()
    blue = [float((picture[:, 2] - picture[:, 0]).mean()) for picture in (x, columns["source"])]
    assert blue[1] > blue[0] + 0.1  # the degraded picture of a pair is the bluer one


def test_two_folders_of_faces_are_two_sets(unpacked):
    data = dataset(str(unpacked("faces_mask")))
    stock = supply(data, np.arange(len(data)), (Need("second", paired=False),))
    assert len(stock.index) == len(stock.unpaired["second"]) == 480
