"""The ablation's rows say what was done and measured, and its tables what the rows say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from benchmarks import ablated, ablation
from benchmarks.ablation import Arm

from sparring.data.toys import mixture, ring8_modes
from sparring.diagnostics.verdict import Kind
from sparring.practice.catalogue import PRACTICES

PLAIN = Arm("plain")
ROUNDS = 40


@pytest.fixture
def ring(monkeypatch):
    monkeypatch.setattr(ablation, "LOOKS", 5)
    return replace(ablation.benches()["ring8"], rounds=ROUNDS)


def row(arm: str, bench: str = "ring8", seed: int = 1, **measures) -> dict:
    words = [] if arm == "plain" else [arm]
    return {"arm": arm, "words": words, "meant": "", "bench": bench, "seed": seed, **measures}


def test_every_practice_has_one_arm_on_every_bench_and_its_words_are_understood():
    for bench in ablation.benches().values():
        arms = ablation.arms(bench)
        names = [arm.name for arm in arms if not arm.meant]
        assert names == ["plain", *PRACTICES]
        for arm in arms[1:]:
            assert arm.meant or arm.words[-1].partition("=")[0] == arm.name
            ablation.apply_practices(bench.recipe, arm.words)
        assert {arm.meant for arm in arms} - {""} == {
            "the discriminator wins",
            "mode collapse",
            "oscillation",
        }
        assert {arm.meant for arm in arms} - {""} <= {kind.value for kind in Kind}


def test_a_run_is_measured_and_leaves_nothing_behind(ring, tmp_path):
    found = ablation.trial(PLAIN, ring, 1, tmp_path)
    assert (found["arm"], found["bench"], found["rounds"], found["seed"]) == ("plain", "ring8", ROUNDS, 1)
    # Forty rounds from scratch reach next to nothing: what is measured is this generator, not the data.
    assert found["modes"] <= 4
    assert found["quality"] < 0.1
    assert found["mmd"] > 0.05
    assert found["failed"]["mode collapse"] > 0.3 * ROUNDS
    assert found["gauges"]["coverage"] < 0.3 * ROUNDS  # a gauge is read from the start
    assert list(tmp_path.iterdir()) == []
    again = ablation.trial(PLAIN, ring, 1, tmp_path)
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_what_changes_nothing_or_does_not_fit_is_not_played(ring, tmp_path):
    assert ablation.trial(Arm("plain_losses", ("plain_losses",)), ring, 1, tmp_path)["same"]
    refused = ablation.trial(Arm("dcgan_guidelines", ("dcgan_guidelines",)), ring, 1, tmp_path)
    assert "modes" not in refused
    assert refused["refused"]


def test_what_flies_off_is_said_to_have_diverged(ring, tmp_path):
    found = ablation.trial(Arm("wild", ("r1=1e30,1",)), ring, 1, tmp_path)
    assert "step" in found["diverged"]
    assert "modes" not in found


def test_quality_tells_the_truth_from_half_of_it(ring):
    truth = mixture(ring8_modes(), 0.02, 2500, seed=5).x
    half = mixture(ring8_modes()[::2], 0.02, 2500, seed=5).x
    whole, part = ablation.quality(ring, truth), ablation.quality(ring, half)
    assert (whole["modes"], part["modes"]) == (8, 4)
    assert whole["total_variation"] < 0.05 < 0.45 < part["total_variation"]
    assert 10 * abs(whole["mmd"]) < 0.02 < part["mmd"]


def test_quality_of_digits_is_best_for_the_digits_themselves():
    bench = ablation.benches()["digits"]
    data = ablation.dataset("digits").x[np.arange(1000)]
    own = ablation.quality(bench, np.moveaxis(data.astype(np.float32), -1, 1) / 127.5 - 1)
    noise = np.random.default_rng(0).uniform(-1, 1, (1000, 1, 8, 8))
    assert own["frechet"] < 0.1 * ablation.quality(bench, noise)["frechet"]
    assert own["total_variation"] < 0.05


def test_a_stopped_ablation_goes_on_and_drops_what_is_of_another_protocol(tmp_path, monkeypatch, ring):
    monkeypatch.setattr(ablation, "benches", lambda: {"ring8": ring})
    out = tmp_path / "out.json"
    words = ["--only", "plain", "--benches", "ring8", "--jobs", "1", "--out", str(out), "--seeds"]
    assert ablation.main([*words, "1"]) == 0
    first = json.loads(out.read_text())
    assert {row["arm"] for row in first["rows"]} == {"plain"}
    other = {**first["rows"][0], "rounds": ROUNDS + 1}
    out.write_text(json.dumps({**first, "rows": [*first["rows"], other]}))
    assert ablation.kept(out, {"ring8": ring}) == first["rows"]
    before = out.read_text()
    monkeypatch.setattr(ablation, "trial", None)  # whoever is played now breaks off
    assert ablation.main([*words, "1"]) == 0
    assert ablation.main([*words, "2"]) == 1
    assert out.read_text() == before


def test_the_table_says_means_ratios_and_who_was_left_out():
    rows = [
        row("plain", modes=6, mmd=0.04, failed={"oscillation": 9}),
        row("plain", seed=2, modes=8, mmd=0.02, failed={}),
        row("r1", modes=8, mmd=0.01, failed={}),
        row("r1", seed=2, failed={}, diverged="step 3"),
        row("plain_losses", same=True),
        row("virtual_batch_norm", refused="no batch norms"),
    ]
    table = ablated.effects(rows)
    assert "Seeds: 2 on ring8, 0 on grid25, 0 on digits." in table
    assert "| plain | 7.0 |  | 0.0300 |  |  | 1 of 2 |" in table
    assert "| `r1` | 8.0 (7.0), 1 of 2 diverged |  | × 0.33, 1 of 2 diverged |  |  | 1 of 2 |" in table
    assert "| `plain_losses` | the same |" in table
    assert "- `virtual_batch_norm` does not apply to ring8: no batch norms" in table


def test_the_broken_are_held_against_the_sound():
    wild = {**row("wild", failed={"oscillation": 4, "mode collapse": 5}), "meant": "oscillation"}
    wild["gauges"] = {"flip_rate": 3}
    rows = [row("plain", failed={"oscillation": 9}), row("r1", failed={}), wild]
    line = (
        "| wild | ring8 | oscillation | 1 of 1 | 1 of 1 | 0 of 1 | oscillation, mode collapse | `flip_rate` |"
    )
    assert line in ablated.broken(rows)
    assert "wild" not in ablated.effects(rows)
