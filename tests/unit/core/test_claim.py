"""A verdict needs the mean and two thirds of the seeds."""

from __future__ import annotations

import pytest

from sparring.core.claim import AtLeast, AtMost, verdict


@pytest.mark.parametrize(
    ("values", "reproduced"),
    [
        ((7, 7, 7), True),
        ((8, 8, 5), True),  # the mean is 7, two of three hold
        ((7, 7, 6), False),  # two of three hold, the mean does not
        ((20, 6, 6), False),  # the mean holds, one of three does
        ((6, 6, 6), False),
    ],
)
def test_a_bound_must_hold_in_the_mean_and_in_two_of_three(values, reproduced):
    found = verdict((AtLeast("modes", 7),), [{"modes": float(value)} for value in values])
    assert found.reproduced == reproduced
    assert found.broken == (() if reproduced else ("modes >= 7",))
    assert found.means["modes"] == sum(values) / 3


def test_every_bound_must_hold():
    trials = [{"ours": 1.0, "theirs": 2.0}] * 3
    assert verdict((AtMost("ours", "theirs"), AtMost("ours", 1.5)), trials).reproduced
    assert verdict((AtMost("ours", "theirs"), AtMost("ours", 0.5)), trials).broken == ("ours <= 0.5",)


@pytest.mark.parametrize(
    ("bound", "text", "holds"),
    [
        (AtLeast("a", "b", times=0.5), "a >= 0.5 x b", True),
        (AtLeast("a", "b", times=0.5, plus=0.1), "a >= 0.5 x b + 0.1", False),
        (AtMost("a", "b", plus=-1.5), "a <= b - 1.5", False),
        (AtMost("a", 1.0), "a <= 1", True),
    ],
)
def test_a_bound_compares_with_a_share_of_another_number(bound, text, holds):
    assert str(bound) == text
    assert bound.holds({"a": 1.0, "b": 2.0}) == holds


def test_what_is_not_a_number_holds_no_bound():
    nan = float("nan")
    assert not AtLeast("a", 0).holds({"a": nan})
    assert not AtMost("a", 0).holds({"a": nan})


def test_no_trials_no_verdict():
    with pytest.raises(ValueError, match="at least one"):
        verdict((AtLeast("a", 0),), [])
    with pytest.raises(ValueError, match="at least one"):
        verdict((), [{"a": 1.0}])
