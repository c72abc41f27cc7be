"""What the table of claims shows is what was measured, under the claims as they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sparring import claims, zoo
from sparring.core.claim import verdict

RESULTS = Path(__file__).parents[2] / "docs" / "zoo" / "results"

every_claim = pytest.mark.parametrize("name", claims.names())


def result(name: str) -> dict:
    return json.loads((RESULTS / f"{name}.json").read_text())


def test_every_claim_was_put_to_the_test_and_nothing_else():
    assert sorted(path.stem for path in RESULTS.glob("*.json")) == claims.names()


@every_claim
def test_the_result_is_of_the_claim_as_it_stands(name):
    kept, claim = result(name), claims.get(name)
    assert kept["paper"] == zoo.get(name).paper
    assert kept["claim"] == claim.says
    assert (kept["data"], kept["baseline"]) == (claim.data, claim.baseline)
    assert kept["calibrated"] == claim.calibrated
    assert kept["bounds"] == [str(bound) for bound in claim.bounds]
    assert (kept["headline"], kept["against"]) == (claim.headline, claim.baseline_number)


@every_claim
def test_the_verdict_follows_from_the_numbers_of_three_seeds(name):
    kept = result(name)
    assert [row["seed"] for row in kept["seeds"]] == [0, 1, 2]
    if any("error" in row for row in kept["seeds"]):
        assert not kept["reproduced"]
        return
    found = verdict(claims.get(name).bounds, [row["numbers"] for row in kept["seeds"]])
    assert kept["reproduced"] == found.reproduced
    assert kept["broken"] == list(found.broken)
    assert kept["means"] == pytest.approx(found.means, rel=1e-4, abs=1e-9)
    assert {kept["headline"], kept["against"] or kept["headline"]} <= found.means.keys()


@every_claim
def test_a_claim_that_is_missed_says_what_is_known_of_why(name):
    if not result(name)["reproduced"]:
        assert claims.get(name).note


@every_claim
def test_seeds_cost_three_minutes_at_most(name):
    assert max(row["seconds"] for row in result(name)["seeds"]) <= 180
