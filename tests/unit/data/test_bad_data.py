"""Whatever a user gets wrong is answered by one line that tells what."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.inspection import inspect_data
from sparring.data.sources import dataset

GOOD = np.zeros((4, 8, 8), np.uint8)
ARRAYS = {
    "good": GOOD,
    "nan": np.full((4, 8, 8), np.nan, np.float32),
    "infinite": np.full((4, 2), np.inf),
    "wide": np.full((4, 8, 8), 300.0),
    "below": np.full((4, 8, 8), -1.1),
    "sequences": np.zeros((4, 8), np.uint8),
    "negative": np.full((4, 8), -1),
    "vast": np.full((4, 8), 2**16),
    "line": np.zeros(4, np.float32),
    "five": np.zeros((4, 8, 8, 5), np.uint8),
    "first": np.zeros((4, 3, 8, 8), np.uint8),
    "whole": np.zeros((4, 8, 8), np.int64),
    "text": np.array(["a", "b"]),
    "empty": np.zeros((0, 8, 8), np.uint8),
    "flat": np.zeros((4, 0, 8), np.uint8),
    "tiny": np.zeros((4, 3, 3), np.uint8),
    "huge": np.zeros((2, 300, 300), np.uint8),
    "far": np.full((4, 2), 1e300),
    "points": np.zeros((4, 2), np.float32),
    "short": np.zeros(3, np.int64),
    "half": np.array([0.5, 1, 2, 3]),
    "unknown": np.array([np.nan, 1, 2, 3]),
    "dates": np.zeros(4, "datetime64[s]"),
}


def idx(code: int, sizes: tuple[int, ...], body: bytes) -> bytes:
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, code, len(sizes), *sizes) + body


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that can be wrong."""
    here = tmp_path_factory.mktemp("bad")
    np.savez(here / "a.npz", **ARRAYS)
    np.savez(here / "pickled.npz", x=np.array([{}, {}], object))
    np.save(here / "single.npy", GOOD)
    (here / "single.npy").rename(here / "single.npz")
    (here / "text.npz").write_text("no archive")
    (here / "cut.npz").write_bytes((here / "a.npz").read_bytes()[:2000])
    for name in ("none", "mixed", "broken", "large", "only text"):
        (here / name).mkdir()
    (here / "only text" / "a.txt").write_text("a")
    for side in (10, 12):
        Image.new("L", (side, side)).save(here / "mixed" / f"{side}.png")
    Image.new("L", (300, 300)).save(here / "large" / "a.png")
    (here / "broken" / "a.png").write_bytes(b"\x89PNG\r\n")
    files = {
        "magic": b"\x01\x02\x08\x03",
        "kind": idx(0x07, (4, 8, 8), bytes(256)),
        "stub": b"\0\0\x08\x03\0\0",
        "shorter": idx(0x08, (4, 8, 8), bytes(255)),
        "longer": idx(0x08, (4, 8, 8), bytes(257)),
        "labels": idx(0x08, (4,), bytes(4)),
        "vast": idx(0x0E, (2**32 - 1,) * 3, b""),
        "x": idx(0x08, (4, 8, 8), bytes(256)),
        "y": idx(0x08, (3,), bytes(3)),
    }
    for name, content in files.items():
        (here / name).write_bytes(content)
    (here / "cut.gz").write_bytes(gzip.compress(idx(0x08, (4, 8, 8), os.urandom(256)))[:100])
    (here / "odd\nname").mkdir()
    return here


SPECS = [
    ("", "no data ''"),
    ("digitz", "did you mean 'digits'?"),
    ("grid 25", "did you mean 'grid25'?"),
    ("{}/absent", "no such file or folder"),
    ("two\nlines\0", "no such file or folder"),
    ("x" * 5000, "no such file or folder"),
    ("{}/absent.npz:x", "no such file or folder"),
    ("{}/magic", "idx:FILE"),
    ("{}/none", "holds no pictures"),
    ("{}/only text", "PNG, JPEG, WebP, BMP or TIFF"),
    ("{}/odd\nname", "holds no pictures"),
    ("{}/mixed", "--size"),
    ("{}/large", "8 to 256"),
    ("{}/broken", "none of the 1 pictures"),
    ("{}/a.npz", "FILE.npz:ARRAY"),
    ("{}/a.npz:", "there are: below"),
    ("{}/a.npz:absent", "no array 'absent'; there are: below"),
    ("{}/a.npz:good:absent", "no array 'absent'"),
    ("{}/a.npz:good:", "no array ''"),
    ("{}/a.npz:good:good:good", "no such file"),
    ("{}/a.npz:nan", "256 values that are NaN or infinite"),
    ("{}/a.npz:infinite", "8 values that are NaN or infinite"),
    ("{}/a.npz:wide", "[300, 300]; pictures of floats lie in [0, 1]"),
    ("{}/a.npz:below", "[-1.1, -1.1]"),
    ("{}/a.npz:negative", "tokens -1 to -1"),
    ("{}/a.npz:vast", "they must lie in 0 to 65535"),
    ("{}/a.npz:line", "(n, h, w)"),
    ("{}/a.npz:five", "(4, 8, 8, 5)"),
    ("{}/a.npz:first", "channels last"),
    ("{}/a.npz:whole", "int64; pictures are uint8 or floats"),
    ("{}/a.npz:text", "<U1"),
    ("{}/a.npz:empty", "is empty"),
    ("{}/a.npz:tiny", "3x3, but sides must be 8 to 256"),
    ("{}/a.npz:huge", "--size"),
    ("{}/a.npz:far", "too large for float32"),
    ("{}/a.npz:good,source", "'source' is not ROLE=ARRAY"),
    ("{}/a.npz:good,=tiny", "is not ROLE=ARRAY"),
    ("{}/a.npz:good,source=", "is not ROLE=ARRAY"),
    ("{}/a.npz:good,source=none", "has no array 'none'; there are"),
    ("{}/a.npz:good,a=points,a=tiny", "column 'a' is given twice"),
    ("{}/a.npz:good,a=flat", "is empty"),
    ("{}/a.npz:good,a=short", "column 'a': has 3 rows, but there are 4 data"),
    ("{}/a.npz:good,a=unknown", "1 values that are NaN or infinite"),
    ("{}/a.npz:good,a=dates", "hold datetime64"),
    ("{}/a.npz:good,a=far", "too large for float32"),
    ("{}/a.npz:good:short", "(3,), but there are 4 data"),
    ("{}/a.npz:good:half", "integers or text"),
    ("{}/a.npz:good:unknown", "integers or text"),
    ("{}/a.npz:good:dates", "datetime64"),
    ("{}/pickled.npz:x", "allow_pickle=False"),
    ("{}/single.npz:x", "numpy.savez"),
    ("{}/text.npz:x", "not a readable .npz"),
    ("{}/cut.npz:good", "not a readable .npz"),
    ("idx:{}/absent", "idx:PATH[:LABELS]"),
    ("idx:{}/magic", "no IDX file"),
    ("idx:{}/kind", "no IDX file"),
    ("idx:{}/stub", "cut short"),
    ("idx:{}/shorter", "shorter than its dimensions (4, 8, 8)"),
    ("idx:{}/longer", "longer than its dimensions (4, 8, 8)"),
    ("idx:{}/vast", "shorter than its dimensions"),
    ("idx:{}/labels", "3 or 4 dimensions"),
    ("idx:{}/cut.gz", "cannot be read"),
    ("idx:{}/x:{}/y", "(3,), but there are 4 data"),
    ("idx:{}/x:{}/absent", "No such file"),
]


@pytest.mark.parametrize(("spec", "telling"), SPECS)
def test_bad_data_are_refused_in_one_telling_line(here: Path, spec: str, telling: str) -> None:
    with pytest.raises(BadInput) as caught:
        dataset(spec.replace("{}", str(here)))
    assert telling in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


OPTIONS: list[tuple[str, dict[str, object], str]] = [
    *[("digits", {"size": size}, "neither N nor HxW") for size in ("", "x", "8x", "-8", "8.5", "8X8", "٨")],
    *[("digits", {"size": size}, "8 to 256") for size in ("7", "257", "8x7", "300x8")],
    ("digits", {"crop": "left"}, "'centre' or 'none'"),
    *[("digits", {"channels": channels}, "1 (grey)") for channels in (0, 5)],
    ("ring8", {"size": "8"}, "points"),
    ("grid25", {"channels": 3}, "points"),
]


@pytest.mark.parametrize(("spec", "options", "telling"), OPTIONS)
def test_bad_options_are_refused_in_one_telling_line(
    spec: str, options: dict[str, str], telling: str
) -> None:
    for call in (dataset, inspect_data):
        with pytest.raises(BadInput) as caught:
            call(spec, **options)
        assert telling in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
