import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.data.toys import mixture, ring8_modes
from sparring.diagnostics import collapse
from sparring.diagnostics.cells import cells
from sparring.diagnostics.null import multinomial_band, null_band

RING = mixture(ring8_modes(), 0.02, 4000, seed=1)


def of_modes(*modes, n=600):
    """Data of these modes alone, in equal parts."""
    return np.concatenate([RING.x[RING.y == mode][: n // len(modes)] for mode in modes])


@pytest.mark.parametrize(
    ("modes", "ratio"),
    [((0,), 0.03), ((0, 1), 0.32), ((0, 1, 2, 3), 0.70), (range(6), 0.92), ((0, 4), 0.80), (range(8), 1.0)],
)
def test_the_distance_ratio_of_part_of_a_ring(modes, ratio):
    assert collapse.distance_ratio(of_modes(*modes), RING.x[:1000]) == pytest.approx(ratio, abs=0.025)


def test_the_distance_ratios_null_band_is_narrow():
    noise = np.random.default_rng(0).standard_normal((128, 10))
    band = null_band(collapse.distance_ratio, noise)
    assert 0.93 < band.low < 1 < band.high < 1.07
    assert band.holds(1.0)
    assert not band.holds(0.8)


@pytest.mark.parametrize(("n", "bound"), [(256, 0.12), (1000, 0.06)])
def test_total_variation_of_true_draws(n, bound):
    shares = np.full(10, 0.1)
    band = multinomial_band(lambda found: collapse.total_variation(found, shares), shares, n)
    assert band.high == pytest.approx(bound, abs=0.012)


def test_histograms_by_hand():
    truth = np.array([0.5, 0.3, 0.2])
    found = np.array([0.9, 0.1, 0.0])
    assert collapse.total_variation(found, truth) == pytest.approx(0.4)
    assert collapse.missing_modes(found, truth) == pytest.approx(1 / 3)
    kl = 0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.3)
    assert collapse.reverse_kl(found, truth) == pytest.approx(kl)
    assert collapse.reverse_kl(truth, truth) == 0
    assert collapse.reverse_kl([0.5, 0.5], [1.0, 0.0]) == np.inf
    for measure in (collapse.total_variation, collapse.missing_modes, collapse.reverse_kl):
        assert np.isnan(measure(np.full(3, np.nan), truth))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_samples_does_not_matter(seed):
    draw = np.random.default_rng(seed)
    fake, real = draw.standard_normal((40, 3)), draw.standard_normal((50, 3)) + 0.5
    mixed, others = draw.permutation(fake), draw.permutation(real)
    for measure in (collapse.distance_ratio, collapse.rank_ratio, collapse.coverage, collapse.birthday):
        assert measure(mixed, others) == pytest.approx(measure(fake, real), rel=1e-9)


def test_the_effective_rank_counts_directions():
    draw = np.random.default_rng(0)
    flat = np.zeros((5000, 6))
    flat[:, :3] = draw.standard_normal((5000, 3))
    assert collapse.effective_rank(flat) == pytest.approx(3, rel=0.01)
    assert collapse.effective_rank(np.outer(np.arange(9.0), np.ones(4)) + 7) == pytest.approx(1)
    assert collapse.effective_rank(np.full((9, 4), 0.1)) == 0
    flat[0, 0] = np.inf
    assert np.isnan(collapse.effective_rank(flat))


def test_coverage_of_the_truth_and_of_half_of_it():
    draw = np.random.default_rng(0)
    real = draw.standard_normal((1000, 2))
    assert collapse.coverage(draw.standard_normal((1000, 2)), real) == pytest.approx(1 - 2**-5, abs=0.015)
    left = draw.standard_normal((1000, 2))
    left[:, 0] = -np.abs(left[:, 0])
    assert collapse.coverage(left, real) == pytest.approx(0.52, abs=0.05)
    with pytest.raises(ValueError, match="needs more than 5 rows"):
        collapse.coverage(real, real[:5])


def test_birthdays_tell_the_support():
    draw = np.random.default_rng(0)
    real = draw.standard_normal((1000, 20))
    support = draw.standard_normal((100, 20))
    # A year of 100 days: the probability passes 1/2 at 12.3.
    assert collapse.birthday(support[draw.integers(100, size=1000)], real) == pytest.approx(12.3, rel=0.1)
    assert collapse.birthday(draw.standard_normal((1000, 20)), real) > 200
    assert collapse.birthday(np.zeros((1000, 20)), real) == 2


def test_a_generator_that_ignores_its_latent_is_not_sensitive():
    draw = np.random.default_rng(0)
    x, y, made = (draw.standard_normal((500, 4)) for _ in range(3))
    assert collapse.latent_sensitivity(made, made + 0.001, x, y) < 0.002
    assert collapse.latent_sensitivity(x, made, x, y) == pytest.approx(1, abs=0.05)


def test_cells_of_labels_and_of_clusters():
    labelled = cells(RING.x, RING.y)
    assert (labelled.of(RING.x) == RING.y).all()
    np.testing.assert_allclose(labelled.shares, np.bincount(RING.y) / 4000)
    found = cells(RING.x, count=8)
    assert len({(a, b) for a, b in zip(found.of(RING.x), RING.y, strict=True)}) == 8  # one cell a mode
    np.testing.assert_array_equal(found.of(RING.x), cells(RING.x, count=8).of(RING.x))
    assert found.histogram(found.of(RING.x)) == pytest.approx(found.shares)
    lost = np.array([[np.nan, 0.0], [2.0, 0.0]])
    assert labelled.of(lost).tolist() == [-1, 0]
    assert labelled.histogram(np.array([-1, 0])).tolist() == [1] + [0] * 7
    assert np.isnan(labelled.histogram(np.array([-1, -1]))).all()


def test_cells_leave_out_what_has_no_label_and_refuse_a_single_class():
    y = RING.y.copy()
    y[y == 3] = -1
    assert len(cells(RING.x, y).shares) == 7
    with pytest.raises(ValueError, match="at least two classes"):
        cells(RING.x, np.zeros(4000, int))
    with pytest.raises(ValueError, match="two different data"):
        cells(np.ones((30, 2)))
    with pytest.raises(ValueError, match="not finite on halves"):
        null_band(lambda a, b: np.nan, RING.x[:64])
