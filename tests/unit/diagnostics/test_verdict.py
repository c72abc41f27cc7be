"""When alarms become complaints."""

from __future__ import annotations

import math

import pytest

from sparring.diagnostics.finding import Level
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.verdict import (
    RULES,
    GaugeValues,
    Kind,
    best_check,
    complaints,
    is_healthy,
    mmd_improves,
)

STEPS = 1000
COLLAPSED = {"total_variation": 0.8, "missing_modes": 0.7, "reverse_kl": 2.0}
LOST = {"weak_discriminator": 0.4}
SURE = {"accuracy_high": 0.999, "signal": 0.02}


def looks(*values, first=400, apart=100):
    return [GaugeValues(first + apart * i, found) for i, found in enumerate(values)]


def said(seen, steps=STEPS):
    return {one.kind: one.level for one in complaints(seen, steps)}


def test_rules_name_gauges_that_there_are():
    assert {name for rule in RULES.values() for name in rule.gauges} <= {gauge.name for gauge in GAUGES}


@pytest.mark.parametrize(("last", "found"), [(300, {}), (301, {Kind.COLLAPSE: Level.FAIL})])
def test_nothing_is_said_in_the_first_three_tenths(last, found):
    assert said([GaugeValues(100, COLLAPSED), GaugeValues(last, COLLAPSED)]) == found
    assert complaints([], STEPS) == []


def test_an_alarm_must_last_two_looks():
    assert said(looks({}, COLLAPSED)) == {}
    assert said(looks(COLLAPSED, {}, COLLAPSED)) == {}
    assert said(looks({}, COLLAPSED, COLLAPSED)) == {Kind.COLLAPSE: Level.FAIL}
    assert said(looks(COLLAPSED)) == {Kind.COLLAPSE: Level.FAIL}  # there is no second look


def test_of_two_levels_the_lesser_has_lasted():
    warned = {"missing_modes": 0.1}
    assert said(looks(COLLAPSED, warned)) == said(looks(warned, COLLAPSED)) == {Kind.COLLAPSE: Level.WARN}


def test_collapse_fails_by_two_gauges_and_warns_by_one():
    one = {"missing_modes": 0.7}
    assert said(looks(one, one)) == {Kind.COLLAPSE: Level.WARN}
    two = {**one, "reverse_kl": 2.0}
    assert said(looks(two, two)) == {Kind.COLLAPSE: Level.FAIL}


def test_near_duplicates_count_where_samples_are_near_to_one_another_on_average():
    twins = {"birthday": 8.0, "total_variation": 0.4}
    assert said(looks(twins, twins)) == {Kind.COLLAPSE: Level.WARN}
    close = {**twins, "distance_ratio": 0.7}
    assert said(looks(close, close)) == {Kind.COLLAPSE: Level.FAIL}


def test_context_fails_by_three_gauges():
    speckled = {"entropy_gap": 0.5, "pixel_gap": 0.3}
    assert said(looks(speckled, speckled)) == {Kind.CONTEXT: Level.WARN}
    checked = {**speckled, "spectrum_gap": 0.6}
    assert said(looks(checked, checked)) == {Kind.CONTEXT: Level.FAIL}


@pytest.mark.parametrize(("ratio", "level"), [(0.9, None), (1.2, Level.WARN), (1.6, Level.FAIL)])
def test_completions_are_held_against_copies_at_one_look(ratio, level):
    assert said(looks({}, {"completion_ratio": ratio})).get(Kind.COPIES) == level


def test_what_is_not_a_number_fails():
    assert said(looks(*[{"gradient_ratio": math.nan}] * 2)) == {Kind.DIVERGENCE: Level.FAIL}


def test_since_is_the_first_look_of_the_last_row_of_alarms():
    (one,) = complaints(looks(LOST, {}, LOST, LOST, LOST), STEPS)
    assert (one.kind, one.since) == (Kind.DISCRIMINATOR_LOSES, 600)
    assert [finding.gauge.name for finding in one.evidence] == ["weak_discriminator"]
    (one,) = complaints(looks(LOST, LOST, LOST), STEPS)
    assert one.since == 400
    (one,) = complaints([GaugeValues(100, LOST), GaugeValues(200, LOST), GaugeValues(400, LOST)], STEPS)
    assert one.since == 100  # looks in the warm-up count too


def test_the_worst_stands_first_and_its_worst_gauge_too():
    mixed = {**COLLAPSED, **SURE, "step_balance": 20.0}
    found = complaints(looks(mixed, mixed), STEPS)
    levels = [one.level for one in found]
    assert levels == sorted(levels, reverse=True)
    assert {one.kind for one in found} == {Kind.COLLAPSE, Kind.DISCRIMINATOR_WINS, Kind.UNEQUAL}
    (wins,) = (one for one in found if one.kind is Kind.DISCRIMINATOR_WINS)
    assert [finding.gauge.name for finding in wins.evidence] == ["accuracy_high", "signal"]


def test_while_samples_improve_what_training_mends_only_warns():
    distances = [8, 8, 8, 4, 4, 4]
    ill = {**COLLAPSED, **LOST, **SURE}
    better = looks(*({**ill, "mmd": mmd} for mmd in distances))
    assert mmd_improves(better)
    warned = {
        Kind.COLLAPSE: Level.WARN,
        Kind.DISCRIMINATOR_LOSES: Level.WARN,
        Kind.DISCRIMINATOR_WINS: Level.FAIL,
    }
    assert said(better, 2000) == warned
    assert said(better, 900)[Kind.COLLAPSE] is Level.FAIL  # at the last step there is nothing to wait for
    still = looks(*({**ill, "mmd": 8} for _ in distances))
    assert not mmd_improves(still)
    assert said(still, 2000)[Kind.COLLAPSE] is Level.FAIL


def test_samples_that_nobody_could_measure_do_not_improve():
    assert not mmd_improves([])
    assert not mmd_improves(looks({"mmd": 1.0}))
    assert not mmd_improves(looks({"mmd": 8.0}, {}))
    assert mmd_improves(looks({"mmd": 8.0}, {"mmd": 4.0}))
    assert not mmd_improves(looks({"mmd": 8.0}, {"mmd": 7.3}))


@pytest.mark.parametrize(
    ("covered", "level"),
    [
        ([0.05, 0.1, 0.1, 0.15, 0.2, 0.25], Level.WARN),
        ([0.1, 0.1, 0.1, 0.12, 0.12, 0.12], Level.FAIL),  # chance
        ([0.1, 0.2, 0.25, 0.1, 0.1, 0.1], Level.FAIL),
        ([0.1, 0.1, math.nan, 0.2, 0.25, 0.25], Level.FAIL),
    ],
)
def test_while_more_of_the_data_are_reached_nothing_is_said_of_the_rest(covered, level):
    seen = looks(*({**COLLAPSED, "mmd": 1e-4, "coverage": part} for part in covered))
    assert said(seen, 2000)[Kind.ASTRAY] is level
    assert said(seen, 900)[Kind.ASTRAY] is Level.FAIL
    assert said(seen, 2000)[Kind.COLLAPSE] is Level.FAIL  # which coverage alone does not excuse


def test_well_is_a_look_at_which_nothing_fails():
    assert is_healthy(GaugeValues(10, {}))
    assert is_healthy(GaugeValues(10, {"missing_modes": 0.7}))  # warns
    assert not is_healthy(GaugeValues(10, COLLAPSED))


def test_the_best_look_is_the_one_nearest_to_the_data():
    seen = looks({"mmd": 3.0}, {"mmd": 1.0}, {"mmd": math.nan}, {}, {"mmd": 2.0})
    assert best_check(seen) is seen[1]
    assert best_check(looks({}, {"mmd": math.nan})) is None


def parted(*distances, floor=0.1):
    return looks(*({"mmd": mmd, "mmd_floor": floor} for mmd in distances))


def test_a_run_that_left_its_best_is_told_from_which_step():
    (one,) = complaints(parted(2.0, 1.0, 1.0, 9.0, 4.0, 4.0), STEPS)
    assert (one.kind, one.level, one.since) == (Kind.PAST_BEST, Level.FAIL, 500)
    assert one.evidence[0].value == pytest.approx(4.0)
    assert said(parted(0.01, 0.01, 0.01, 0.5, 0.9, 0.9, floor=1.0)) == {}  # chance alone gives as much


def test_a_single_lucky_look_is_no_best():
    assert said(parted(4.0, 1.0, 4.0, 4.0, 4.0)) == {}
    assert said(parted(1.0, 1.0, 1.0, 1.0, 9.0)) == {}  # nor is one unlucky look the end of it
    assert said(parted(1.0, 9.0)) == {}


def test_what_was_on_its_way_must_stand_still_for_two_looks():
    seen = looks(*({**COLLAPSED, "mmd": mmd} for mmd in [8, 8, 8, 4, 4, 4, 4, 4, 4]))
    assert [mmd_improves(seen[:i]) for i in (7, 8, 9)] == [True, False, False]
    assert said(seen[:8], 2000)[Kind.COLLAPSE] is Level.WARN
    assert said(seen, 2000)[Kind.COLLAPSE] is Level.FAIL


def test_a_discriminator_that_says_nothing_is_not_waited_for():
    seen = looks(*({"confidence": 0.001, "mmd": mmd} for mmd in [8, 8, 8, 4, 4, 4]))
    assert mmd_improves(seen)
    assert said(seen, 2000) == {Kind.UNINFORMATIVE: Level.FAIL}
