"""What many tests lean on: one thread, and one small run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sparring.core.run import Run
from sparring.tasks.train import train

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def one_thread():
    """Every test has one thread: two that wait for each other on a busy machine take minutes for seconds."""
    yield
    torch.set_num_threads(1)


def quick(out: Path, **changes) -> Run:
    """A run on digits that takes a second; nothing is left to be measured."""
    settings = {
        "data": "digits", "out": out, "steps": 6, "batch": 16, "device": "cpu", "precision": "fp32",
        "layout": "contiguous", "compile": "off", "threads": 1, "frames": 4, "checkpoint_every": 3,
        "log_every": 2,
    }  # fmt: skip
    return Run(**{**settings, **changes})


NARROW = {"nets.G.width": 8, "nets.D.width": 8}


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """A trained run of `gan` on digits of 8x8.  Tests read it and never write to it."""
    out = tmp_path_factory.mktemp("runs") / "run"
    train("gan", quick(out), knobs=NARROW, quiet=True)
    return out
