"""Held-out pictures that a run completes, against copies."""

import pytest
from tests.conftest import NARROW, quick

from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.diagnostics.verdict import Kind
from sparring.tasks.doctor.completion import completion_ratio
from sparring.tasks.doctor.diagnosis import diagnosis
from sparring.tasks.train import train


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """A run of three steps, whose pictures are nobody's."""
    out = tmp_path_factory.mktemp("holes") / "run"
    train(
        "gan",
        quick(out, data="digits", family="mlp", steps=3, holdout=0.3, frames=0),
        knobs=NARROW,
        quiet=True,
    )
    return out


def test_a_run_of_three_steps_completes_worse_than_a_copy(untrained):
    ratio = completion_ratio(untrained)
    assert ratio > 1.5
    found = diagnosis(untrained, completion=True)
    assert found.seen[-1].values["completion_ratio"] == ratio
    assert any(one.complaint.kind is Kind.COPIES for one in found.findings)
    assert any(f"{ratio:.2f} times the error of a copy" in note for note in found.notes)
    assert "completion_ratio" not in diagnosis(untrained).seen[-1].values


def test_who_cannot_be_asked_to_complete_is_named(untrained, tmp_path, capfd):
    train("gan", quick(tmp_path / "points", data="ring8", steps=3), knobs=NARROW, quiet=True)
    with pytest.raises(BadInput, match="makes points, not pictures"):
        completion_ratio(tmp_path / "points")
    train(
        "gan",
        quick(tmp_path / "whole", data="digits", family="mlp", steps=3, holdout=0.0),
        knobs=NARROW,
        quiet=True,
    )
    with pytest.raises(BadInput, match="0 pictures are held out"):
        completion_ratio(tmp_path / "whole")
    (tmp_path / "losses.csv").write_text("step,D,G\n1,1,1\n2,1,1\n")
    assert main(["diagnose", str(tmp_path / "losses.csv"), "--completion"]) == 2
    assert "--completion needs a run" in capfd.readouterr().err
