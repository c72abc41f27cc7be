import numpy as np
import pytest
import torch

from sparring.data.protocol import stack3
from sparring.data.toys import grid25_modes, mixture, ring8_modes
from sparring.metrics.modes import class_coverage, mode_score

RING, STD = ring8_modes(), 0.02


def placed(counts, offset=0.0, modes=RING):
    """So many points at each mode, `offset` standard deviations to its right."""
    return np.repeat(modes, counts, axis=0) + np.array([offset * STD, 0.0])


def test_the_true_mixture_scores_as_the_truth_does():
    x = mixture(RING, STD, 20_000, seed=3).x
    score = mode_score(torch.as_tensor(x), RING, STD)
    assert score.modes == 8
    # The radius over the std is Rayleigh's: P(r <= 3) = 1 - exp(-9/2); four standard errors.
    assert score.quality == pytest.approx(1 - np.exp(-4.5), abs=4 * np.sqrt(0.0111 * 0.9889 / 20_000))
    assert score.divergence < 4 * 7 / (2 * 20_000)
    assert mode_score(mixture(grid25_modes(), 0.05, 2500).x, grid25_modes(), 0.05).modes == 25


def test_seven_of_eight_modes_count_seven():
    score = mode_score(mixture(RING[:7], STD, 2500).x, RING, STD)
    assert score.modes == 7
    assert score.divergence == pytest.approx(np.log(8 / 7), abs=0.01)


def test_a_mode_needs_twenty_of_2500():
    assert mode_score(placed([2480, 20, 0, 0, 0, 0, 0, 0]), RING, STD).modes == 2
    assert mode_score(placed([2481, 19, 0, 0, 0, 0, 0, 0]), RING, STD).modes == 1
    assert mode_score(placed([9920, 80, 0, 0, 0, 0, 0, 0]), RING, STD).modes == 2
    assert mode_score(placed([9921, 79, 0, 0, 0, 0, 0, 0]), RING, STD).modes == 1


def test_three_standard_deviations_part_good_from_bad():
    inside, outside = placed([100] * 8, 2.99), placed([100] * 8, 3.01)
    assert mode_score(inside, RING, STD).quality == 1
    lost = mode_score(outside, RING, STD)
    assert (lost.modes, lost.quality, lost.divergence) == (0, 0, np.inf)
    both = mode_score(np.concatenate([inside, outside[:400]]), RING, STD)
    assert both.quality == pytest.approx(2 / 3)
    assert both.divergence == 0  # what is of low quality is no part of the histogram


def test_divergence_is_of_the_histogram_against_the_weights():
    counts = np.array([400, 200, 100, 100, 0, 0, 0, 0])
    share = counts[:4] / 800
    by_hand = (share * np.log(8 * share)).sum()
    assert mode_score(placed(counts), RING, STD).divergence == pytest.approx(by_hand)
    weights = [4, 2, 1, 1]
    assert mode_score(placed(counts[:4], modes=RING[:4]), RING[:4], STD, weights).divergence == pytest.approx(
        0
    )


def test_what_is_not_finite_is_lost():
    x = placed([100] * 8)
    x[:200] = np.nan
    assert mode_score(x, RING, STD).quality == 0.75
    assert mode_score(x, RING, STD).modes == 6


def test_too_few_samples_and_shapes_that_do_not_fit_are_refused():
    assert mode_score(placed([250, 0, 0, 0, 0, 0, 0, 0]), RING, STD).modes == 1
    with pytest.raises(ValueError, match="at least 250 samples, not 249"):
        mode_score(placed([249, 0, 0, 0, 0, 0, 0, 0]), RING, STD)
    with pytest.raises(ValueError, match="must agree"):
        mode_score(np.zeros((300, 3)), RING, STD)
    with pytest.raises(ValueError, match="weights must be 8 positive"):
        mode_score(placed([100] * 8), RING, STD, [1, 2])
    with pytest.raises(ValueError, match="std must be positive"):
        mode_score(placed([100] * 8), RING, 0.0)


def test_coverage_of_classes():
    all_of_them = class_coverage(np.arange(1000), 1000)
    assert (all_of_them.classes, all_of_them.divergence) == (1000, 0)
    one = class_coverage([7] * 50, 1000)
    assert one.classes == 1
    assert one.divergence == pytest.approx(np.log(1000))
    assert class_coverage([0, 0, 0, 1], 2, [3, 1]).divergence == pytest.approx(0, abs=1e-12)


def test_coverage_of_the_truth_is_near_its_floor():
    found = class_coverage(stack3(0, 10_000).train.y, 1000)
    assert found.classes > 990
    assert found.divergence == pytest.approx(999 / 20_000, rel=0.2)  # (k - 1) / 2n
