import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays
from sparring.data.toys import digits, grid25, grid25_modes, mix1d, ring8, ring8_modes


def test_digits_use_the_whole_range() -> None:
    found = digits()
    assert found.x.shape == (1797, 8, 8, 1)
    assert found.x.dtype == np.uint8
    assert len(np.unique(found.x)) == 17
    assert (found.x.min(), found.x.max()) == (0, 255)
    assert found.classes == tuple("0123456789")


@pytest.mark.parametrize(
    ("found", "modes", "std"), [(ring8(), ring8_modes(), 0.02), (grid25(), grid25_modes(), 0.05)]
)
def test_mixtures_have_their_modes(found: Arrays, modes: np.ndarray, std: float) -> None:
    assert found.x.dtype == np.float32
    assert len(found.x) == 20_000
    assert found.y is not None
    rest = found.x - modes[found.y]
    for mode in range(len(modes)):
        mine = rest[found.y == mode]
        assert abs(len(mine) - 20_000 / len(modes)) < 6 * (20_000 / len(modes)) ** 0.5
        assert np.abs(mine.mean(0)).max() < 6 * std / len(mine) ** 0.5
        assert np.abs(mine.std(0) / std - 1).max() < 6 / (2 * len(mine)) ** 0.5


def test_modes_lie_where_they_are_said_to() -> None:
    assert np.allclose(np.hypot(*ring8_modes().T), 2)
    assert np.allclose(ring8_modes()[1], (2**0.5, 2**0.5))
    near = np.linalg.norm(grid25_modes()[:, None] - grid25_modes(), axis=2) + 99 * np.eye(25)
    assert np.allclose(near.min(0), 2)
    assert np.allclose(grid25_modes().mean(0), 0)


def test_the_seed_is_fixed() -> None:
    assert np.array_equal(ring8().x, ring8().x)


def test_a_mixture_on_a_line_has_its_weights_means_and_stds() -> None:
    found = mix1d((0.2, 0.5, 0.3), (-4, 0, 10), (0.1, 1, 2), n=30_000, seed=3)
    assert found.x.shape == (30_000, 1)
    assert found.x.dtype == np.float32
    for part, (weight, mean, std) in enumerate([(0.2, -4, 0.1), (0.5, 0, 1), (0.3, 10, 2)]):
        mine = found.x[found.y == part]
        assert len(mine) / 30_000 == pytest.approx(weight, abs=0.01)
        assert mine.mean() == pytest.approx(mean, abs=6 * std / len(mine) ** 0.5)
        assert mine.std() == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize("weights", [(0.5, 0.4), (1.5, -0.5), (1.0,)])
def test_weights_that_are_no_shares_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(BadInput):
        mix1d(weights, (0.0, 1.0), (1.0, 1.0))
