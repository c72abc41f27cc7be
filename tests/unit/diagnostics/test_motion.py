import numpy as np
import pytest
import torch

from sparring.diagnostics import motion


def steps(n, d=64, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def test_mode_hopping_is_the_mean_step_of_the_last_ten():
    here, there = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert motion.mode_hopping([here, there, here]) == 1
    assert motion.mode_hopping([here, there] + [here] * 11) == 0
    assert motion.mode_hopping([here, there] + [here] * 10) == pytest.approx(1 / 10)
    with pytest.raises(ValueError, match="two checks"):
        motion.mode_hopping([here])


def test_flips_and_forgetting_by_hand():
    assert motion.flip_rate([0, 1, 2, 3], [0, 2, 2, 2]) == 0.5
    assert motion.forgetting([-1.0, -2.0, 3.0, 4.0]) == 0.5
    with pytest.raises(ValueError, match="one set of latents"):
        motion.flip_rate([0, 1], [0])


def test_the_mmd_is_unbiased_and_sees_a_shift():
    null = [motion.squared_mmd(steps(60, 2, s), steps(60, 2, s + 500), 1.5) for s in range(60)]
    assert abs(np.mean(null)) < 3 * np.std(null) / np.sqrt(60)
    assert min(null) < 0
    assert motion.squared_mmd(steps(60, 2), steps(60, 2, 1) + 1, 1.5) > 5 * np.std(null)


def test_the_mmds_floor_is_the_quantile_of_halves():
    real = steps(80, 2)
    signs = motion.random_halves(80, 3)
    each = [motion.squared_mmd(real[side > 0], real[side < 0], 1.5) for side in signs.T]
    assert motion.mmd_floor(real, 1.5, 3) == pytest.approx(np.quantile(each, 0.95))


def test_the_gap_of_an_average_is_taken_above_the_floor():
    assert motion.ema_gap(0.4, 0.1) == pytest.approx(4)
    assert motion.ema_gap(3e-4, -1.0) == pytest.approx(3)  # clipped at 1e-4
    assert motion.ema_gap(3e-4, -1.0, floor=1e-3) == 1
    assert np.isnan(motion.ema_gap(np.nan, 0.1))


def test_projections_keep_distances_on_average():
    weights = [torch.randn(300, 20), torch.randn(100)]
    ratio = []
    for seed in range(40):
        moved = [w + 0.1 * torch.randn_like(w) for w in weights]
        true = torch.cat([(a - b).flatten() for a, b in zip(weights, moved, strict=True)]).norm()
        ratio.append(
            np.linalg.norm(motion.project_weights(moved, seed) - motion.project_weights(weights, seed))
            / float(true)
        )
    assert np.mean(ratio) == pytest.approx(1, abs=0.06)
    assert max(ratio) < 1.5


def test_path_efficiency_of_a_walk_a_line_and_a_circle():
    walks = [motion.path_efficiency(np.cumsum(steps(41, 64, seed), 0)) for seed in range(10)]
    assert np.mean(walks) == pytest.approx(0.16, abs=0.02)
    assert motion.path_efficiency(np.outer(np.arange(41.0), np.ones(3))) == pytest.approx(1)
    turn = np.linspace(0, 4 * np.pi, 41)
    assert motion.path_efficiency(np.stack([np.cos(turn), np.sin(turn)], 1)) < 0.01
    assert motion.path_efficiency(np.ones((5, 3))) == 1
    with pytest.raises(ValueError, match="three places"):
        motion.path_efficiency(np.ones((2, 3)))


def test_a_cycle_of_the_loss_is_told_from_noise_and_from_a_drift():
    t, noise = np.arange(1000), np.random.default_rng(0).standard_normal(1000)
    wave = np.sin(2 * np.pi * t / 150)
    assert motion.loss_cycle(wave) > 0.99
    assert motion.loss_cycle(wave + 0.3 * noise + 0.01 * t) > 0.8
    assert motion.loss_cycle(noise) < 0.25
    assert motion.loss_cycle(np.exp(-t / 200) + 0.02 * noise) < 0.5
    assert motion.loss_cycle(np.ones(1000)) == 0
    assert motion.loss_cycle(np.sin(2 * np.pi * t[:100] / 8)) > 0.99
    assert np.isnan(motion.loss_cycle([np.nan] * 10))
    with pytest.raises(ValueError, match="at least 8"):
        motion.loss_cycle(t[:7])


def test_rises_in_a_row():
    assert motion.count_rises([3, 1, 2, 4]) == 2
    assert motion.count_rises([1, 2, 3, 3]) == 0
    assert motion.count_rises([1]) == 0


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"step": 3, "D.adv": 1.2, "G.gradient": 99.0}, False),
        ({"step": 3, "D.adv": 1.2, "G.gradient": 101.0}, True),
        ({"step": 300, "D.adv": 150.0}, False),
        ({"step": 3, "D.adv": float("nan")}, True),
        ({"step": 3, "G.adv": float("-inf")}, True),
    ],
)
def test_a_row_that_flies_off(row, wrong):
    assert motion.is_divergent(row) is wrong
