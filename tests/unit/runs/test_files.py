"""Whole or not at all, and one line when the disk says no."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.engine.trainer import frame_steps
from sparring.runs import events, files


@pytest.mark.parametrize(
    ("number", "telling"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "no permission to write"),
        (errno.EACCES, "no permission to write"),
    ],
)
def test_a_refusing_disk_is_named_and_the_old_file_stays(tmp_path, monkeypatch, number, telling):
    path = tmp_path / "a.txt"
    files.write_bytes(path, b"old")

    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BadInput, match=telling) as caught:
        files.write_bytes(path, b"new")
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_other_errors_are_not_hidden(tmp_path):
    with pytest.raises(OSError, match="5"), files.write_errors_as_bad_input(tmp_path):
        raise OSError(errno.EIO, "5")


def test_claim_touches_nothing_it_did_not_write(tmp_path):
    (tmp_path / "precious").write_text("")
    for overwrite in (False, True):
        with pytest.raises(BadInput):
            files.prepare_folder(tmp_path, overwrite, files.RUN_PARTS)
    assert [p.name for p in tmp_path.iterdir()] == ["precious"]


def test_claim_removes_its_own_parts_from_what_bears_the_mark(tmp_path):
    for name in ("run.json", "checkpoints/00000003/state.json", "precious"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    with pytest.raises(BadInput, match="--overwrite"):
        files.prepare_folder(tmp_path, False, files.RUN_PARTS)
    files.prepare_folder(tmp_path, True, files.RUN_PARTS)
    assert [p.name for p in tmp_path.iterdir()] == ["precious"]


def test_arrays_are_written_without_pickles(tmp_path):
    files.write_npz(tmp_path / "a.npz", {"x": np.arange(3)})
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["x"].tolist() == [0, 1, 2]
    assert files.read_npz(tmp_path / "a.npz")["x"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_npy(tmp_path / "b.npy", np.array([{}], dtype=object))


@pytest.mark.parametrize("content", ["none", "torn", "pickle", "single"])
def test_arrays_that_are_not_whole_are_told_in_one_line(tmp_path, content):
    path = tmp_path / "a.npz"
    if content == "torn":
        files.write_npz(path, {"x": np.arange(30)})
        path.write_bytes(path.read_bytes()[:-40])
    elif content == "pickle":
        np.savez(path, x=np.array([{}], dtype=object))
    elif content == "single":
        with open(path, "wb") as file:
            np.save(file, np.arange(3))
    with pytest.raises(BadInput, match=r"a\.npz: is damaged"):
        files.read_npz(path)


def test_events_after_the_checkpoint_and_a_torn_line_are_dropped(tmp_path):
    diary = events.EventLog(tmp_path, 0)
    for step in (1, 2, 3):
        diary.write(step, {"D.adv": step / 2})
    diary.close()
    with open(tmp_path / events.FILE, "a") as file:
        file.write('{"step": 4, "D.a')
    assert [row["step"] for row in events.read(tmp_path)] == [1, 2, 3]
    again = events.EventLog(tmp_path, 2)
    again.write(3, {"D.adv": 9.0})
    again.close()
    assert [(row["step"], row["D.adv"]) for row in events.read(tmp_path)] == [(1, 0.5), (2, 1.0), (3, 9.0)]


def test_frames_are_dense_at_the_start_and_include_both_ends():
    steps = sorted(frame_steps(5000, 120))
    assert steps[:4] == [0, 1, 2, 3]
    assert steps[-1] == 5000
    assert 60 <= len(steps) <= 120
    gaps = np.diff(steps)
    assert gaps[-10:].min() > gaps[:10].max()
    assert frame_steps(100, 0) == frozenset()
    assert (frame_steps(100, 1), frame_steps(100, 2), frame_steps(100, 3)) == ({100}, {0, 100}, {0, 1, 100})
    assert frame_steps(1, 5) == {0, 1}
