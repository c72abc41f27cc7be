"""A run that was trained on a GPU is used where there is none."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from sparring import api
from sparring.core.errors import BadInput
from sparring.engine.machine import _cores

SETTINGS = {
    "device": "cuda", "precision": "bf16", "layout": "channels_last", "compile": "graphs", "threads": 64,
}  # fmt: skip


@pytest.fixture
def foreign(run, tmp_path, monkeypatch):
    """A run as a GPU leaves it; there is none here."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    folder = shutil.copytree(run, tmp_path / "run")
    told = json.loads((folder / "run.json").read_text())
    told["run"] |= SETTINGS
    (folder / "run.json").write_text(json.dumps(told))
    return folder


def test_it_makes_the_same_pictures(foreign, run):
    held = api.load(foreign)
    assert held.record.run.device == "cuda"
    assert (held.sample(20) == api.load(run).sample(20)).all()
    api.sample(foreign, out=foreign / "sheet.png")


def test_it_is_used_on_no_more_threads_than_there_are_cores(foreign):
    assert api.load(foreign).machine(None).threads == _cores()
    assert api.load(foreign).machine(3).threads == 3


def test_it_completes_calibrates_encodes_and_is_judged(foreign, tmp_path):
    told = api.encode(foreign, api.EncoderTraining(steps=5, width=8, batch=16), quiet=True)
    assert told["step"] == 5
    assert api.calibrate(foreign, api.CalibrationTask(pictures=4))["pictures"] == 4
    found = api.complete(foreign, api.CompletionTask("digits", "centre", tmp_path / "c", limit=2, steps=2))
    assert found["device"] == "cpu"
    assert np.isfinite(found["methods"]["sparring"]["psnr"])
    assert api.restore(foreign, api.RestorationTask("digits", "down:2", tmp_path / "r", limit=2, steps=2))
    given = api.Anomalies("digits", tmp_path / "a", limit=3, usual=0, steps=2)
    assert api.anomalies(foreign, given)
    assert api.evaluate(foreign, n=80, features="random")
    assert api.diagnose(foreign)


def test_where_there_is_no_gpu_none_is_searched_on(foreign, tmp_path):
    with pytest.raises(BadInput, match="no CUDA device"):
        api.complete(foreign, api.CompletionTask("digits", "centre", tmp_path / "c", device="cuda"))
    assert not (tmp_path / "c").exists()


def test_training_goes_on_where_there_is_a_gpu_alone(foreign):
    before = (foreign / "run.json").read_bytes()
    with pytest.raises(BadInput, match="trained on a CUDA device, and none is available here"):
        api.resume(foreign, steps=20, quiet=True)
    assert (foreign / "run.json").read_bytes() == before
