"""Claims are put to the test in processes of their own, and what was found is kept."""

from __future__ import annotations

import json

import pytest

from sparring.core.claim import AtLeast, Claim
from sparring.core.errors import BadInput, Diverged
from sparring.tasks.verify import verify


def by_seed(seed: int) -> dict[str, float]:
    return {"value": float(seed)}


def endless(seed: int) -> dict[str, float]:
    return {"value": float("inf")}


def broken(seed: int) -> dict[str, float]:
    raise Diverged("step 3: the gradient of turn 'D' is nan")


def find(name: str) -> Claim:
    """Stands in for the registry: known names of the zoo with trials of a moment."""
    trial = {"gan": by_seed, "dcgan": by_seed, "wgan": endless, "wgan_gp": broken}[name]
    than = {"gan": 1.0, "dcgan": 1.5}.get(name, 0.0)
    return Claim("says", "data", "baseline", trial, (AtLeast("value", than),), "value")


def test_verdicts_and_files(tmp_path):
    heard = []
    names = ["gan", "dcgan", "wgan", "wgan_gp"]
    found = {v.name: v for v in verify(names, out=tmp_path, jobs=2, progress=heard.append, find=find)}
    assert len(heard) == 12
    assert {name: v.verdict.reproduced for name, v in found.items()} == {
        "gan": True,  # seeds 0, 1, 2: mean 1, two of three at least 1
        "dcgan": False,
        "wgan": False,
        "wgan_gp": False,
    }
    assert "value: not a finite number" in found["wgan"].verdict.broken[0]
    assert "the gradient of turn 'D' is nan" in found["wgan_gp"].verdict.broken[0]
    kept = json.loads((tmp_path / "gan.json").read_text())
    assert [row["numbers"] for row in kept["seeds"]] == [{"value": 0.0}, {"value": 1.0}, {"value": 2.0}]
    assert (kept["reproduced"], kept["bounds"], kept["paper"]) == (True, ["value >= 1"], "1406.2661")
    # What stands there is not done again, unless that is asked for.
    assert not list(verify(["gan"], out=tmp_path, find=find))


def test_bad_questions_are_refused_before_anything_runs():
    with pytest.raises(BadInput, match="--seeds 0"):
        verify(["gan"], seeds=0, find=find)
    with pytest.raises(BadInput, match="--jobs 0"):
        verify(["gan"], jobs=0, find=find)
