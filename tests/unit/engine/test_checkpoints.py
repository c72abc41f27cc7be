"""Checkpoints: whole or passed over, and bit for bit."""

from __future__ import annotations

import json

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.engine import checkpoints

TENSORS = {"a": torch.arange(5.0), "b.c": torch.tensor(3, dtype=torch.int64)}


def saved(folder, *steps):
    for step in steps:
        checkpoints.save(folder, step, {**TENSORS, "step": torch.tensor(step)}, {"feed": {"at": step}})


def test_what_is_saved_comes_back(tmp_path):
    saved(tmp_path, 7)
    step, tensors, state = checkpoints.load(tmp_path)
    assert (step, state) == (7, {"feed": {"at": 7}})
    assert all(torch.equal(tensors[key], value) for key, value in TENSORS.items())


def test_the_last_two_are_kept_and_no_draft_stays(tmp_path):
    saved(tmp_path, 1, 2, 10)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["00000002", "00000010"]


@pytest.mark.parametrize("damage", ["truncate", "flip", "state", "seal", "missing"])
def test_a_damaged_one_is_passed_over_with_a_warning(tmp_path, caplog, damage):
    saved(tmp_path, 1, 2)
    newest = tmp_path / "00000002"
    blob = newest / checkpoints.TENSORS
    if damage == "truncate":
        blob.write_bytes(blob.read_bytes()[:-3])
    elif damage == "flip":
        blob.write_bytes(blob.read_bytes()[:-1] + b"\x01")
    elif damage == "state":
        seal = json.loads((newest / checkpoints.STATE).read_text())
        seal["state"]["feed"]["at"] = 5
        (newest / checkpoints.STATE).write_text(json.dumps(seal))
    elif damage == "seal":
        (newest / checkpoints.STATE).write_text("{")
    else:
        blob.unlink()
    assert checkpoints.load(tmp_path)[0] == 1
    assert "00000002" in caplog.text
    assert "the checkpoint before is used" in caplog.text


def test_none_whole_is_bad_input(tmp_path):
    saved(tmp_path, 1)
    (tmp_path / "00000001" / checkpoints.TENSORS).write_bytes(b"")
    with pytest.raises(BadInput, match="every checkpoint is damaged"):
        checkpoints.load(tmp_path)
    with pytest.raises(BadInput, match="no checkpoint"):
        checkpoints.load(tmp_path / "nothing")
