import math

import pytest

from sparring.diagnostics.finding import Gauge, Level, Limits, findings
from sparring.diagnostics.gauges import GAUGES

BY_NAME = {gauge.name: gauge for gauge in GAUGES}


def test_limits_hold_their_ends_and_nothing_that_is_no_number():
    between = Limits(0.5, 2)
    assert between.contain(0.5)
    assert between.contain(2)
    assert not between.contain(2.01)
    assert not between.contain(0.49)
    assert not between.contain(math.nan)
    assert str(between) == "below 0.5 or above 2"


@pytest.mark.parametrize(
    ("name", "well", "warns", "fails"),
    [
        ("total_variation", 0.1, 0.2, 0.4),
        ("missing_modes", 0.0, 0.1, 0.5),
        ("birthday", 200, 40, 10),
        ("accuracy_high", 0.7, 0.97, 0.995),
        ("step_balance", 1, 20, 0.001),
        ("gradient_ratio", 1, 0.01, 300),
        ("divergence", 0, 1, 10),
        ("duality_rises", 1, 2, 4),
        ("ema_gap", 1.2, 2, math.inf),
        ("coverage", 0.9, 0.5, math.nan),
    ],
)
def test_gauges_pass_warn_and_fail(name, well, warns, fails):
    levels = [BY_NAME[name].level(value) for value in (well, warns, fails)]
    assert levels == [Level.OK, Level.WARN, Level.FAIL]


def test_every_gauge_can_alarm_and_none_is_named_twice():
    assert len(BY_NAME) == len(GAUGES)
    for gauge in GAUGES:
        assert gauge.warn or gauge.fail
        assert set(gauge.only_with) <= set(BY_NAME)


def test_findings_come_worst_first_and_the_distance_ratio_never_alone():
    alone = findings({"distance_ratio": 0.6, "total_variation": 0.01, "missing_modes": 0.0}, GAUGES)
    assert {found.level for found in alone} == {Level.OK}
    assert alone[0].gauge.name == "distance_ratio"
    assert "held back" in alone[0].why
    both = findings({"coverage": 0.9, "distance_ratio": 0.6, "total_variation": 0.5}, GAUGES)
    assert [found.gauge.name for found in both] == ["total_variation", "distance_ratio", "coverage"]
    assert [found.level for found in both] == [Level.FAIL, Level.WARN, Level.OK]
    assert both[0].why == "above 0.35"


def test_what_is_no_number_fails_even_where_an_alarm_would_be_held_back():
    (found,) = findings({"distance_ratio": math.nan}, [BY_NAME["distance_ratio"]])
    assert found.level is Level.FAIL
    assert "not a number" in found.why
    assert findings({}, [Gauge("x", "", "house", Limits(low=0))]) == []
