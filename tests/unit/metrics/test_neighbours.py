import numpy as np
import pytest
from prdc import compute_prdc

from sparring.metrics import rows
from sparring.metrics.neighbours import density_coverage, precision_recall


def normal(n, d, seed=0, mean=0.0):
    return mean + np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize(("k", "shift"), [(3, 0.0), (5, 0.7), (1, 1.5)])
def test_all_four_are_prdcs(k, shift, monkeypatch):
    real, fake = normal(150, 4), normal(110, 4, 1, shift)
    theirs = compute_prdc(real, fake, nearest_k=k)
    monkeypatch.setattr(rows, "CHUNK", 1000)
    inside, reached = precision_recall(real, fake, k)
    held, covered = density_coverage(real, fake, k)
    assert inside.mean() == pytest.approx(theirs["precision"], abs=1e-4)
    assert reached.mean() == pytest.approx(theirs["recall"], abs=1e-4)
    assert held.mean() == pytest.approx(theirs["density"], abs=1e-4)
    assert covered.mean() == pytest.approx(theirs["coverage"], abs=1e-4)
    assert inside.shape == held.shape == (110,)
    assert reached.shape == covered.shape == (150,)


def test_copies_are_inside_and_what_is_far_is_not():
    real = normal(80, 3)
    assert all(values.mean() == 1 for values in precision_recall(real, real[::-1]))
    assert density_coverage(real, real)[1].mean() == 1
    for pair in (precision_recall(real, real + 100), density_coverage(real, real + 100)):
        assert all(values.max() == 0 for values in pair)


def test_a_collapsed_generator_is_precise_and_recalls_nothing():
    real = normal(300, 2)
    inside, reached = precision_recall(real, 0.01 * normal(300, 2, 1))
    assert inside.mean() > 0.95
    assert reached.mean() < 0.05
    assert density_coverage(real, 0.01 * normal(300, 2, 1))[1].mean() < 0.1


def test_one_distribution_covers_itself_as_the_paper_computes():
    found = density_coverage(normal(1000, 3), normal(1000, 3, 1))
    assert found[0].mean() == pytest.approx(1, abs=0.1)
    assert found[1].mean() == pytest.approx(1 - 2.0**-5, abs=0.02)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="more than 3 rows"):
        precision_recall(normal(3, 2), normal(9, 2))
    with pytest.raises(ValueError, match="must agree"):
        density_coverage(normal(9, 3), normal(9, 2))
