"""How a generator errs, measured, and what is made of it."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from tests.unit.inverse.test_solver import nets

from sparring import api
from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.engine.trained import fingerprint
from sparring.inverse import linalg as conjugate
from sparring.inverse.blend.cosines import Gains, cosines, filtered
from sparring.inverse.blend.spline import Spline
from sparring.inverse.blend.wiener import MeasuredErrors, as_tuples, continued, grey_level, measure_errors
from sparring.inverse.calibration import Calibration, load_calibration, save_calibration
from sparring.inverse.comparison import OURS, compare
from sparring.inverse.consistency import correct
from sparring.inverse.masks import masks
from sparring.inverse.operators.pixelwise import Grey
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.tasks.calibrate.cases import cases
from sparring.tasks.calibrate.search import find_calibration
from sparring.tasks.complete.alternatives import rank_completions

SIDES = (6, 8)
ALL = MeasuredErrors(shares=(((1.0,) * 8,) * 6,), powers=(((1.0,) * 8,) * 6,))


def waves(n, powers, seed):
    """Draws of a field of such powers, (n, 1, height, width)."""
    noise = torch.randn(
        n, 1, *powers.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    )
    return filtered(noise, powers.sqrt())


def test_shares_and_powers_are_found_again():
    powers = torch.linspace(2, 0.01, 48, dtype=torch.float64).view(SIDES)
    shares = torch.linspace(1, 0, 48, dtype=torch.float64).view(SIDES)
    g, left = waves(4000, powers, 0), waves(4000, 0.1 * powers, 1)
    x = filtered(g, shares) + left
    whole = torch.zeros(4000, *SIDES, dtype=torch.bool)
    level = grey_level(x, whole)  # the longest wave is that of the level, which is taken off both
    found = measure_errors(x, g - g.mean((2, 3), keepdim=True) + level, whole)
    assert found.axes == ()
    np.testing.assert_allclose(np.array(found.shares)[0, 1:], shares[1:], atol=0.05)
    np.testing.assert_allclose(np.array(found.powers)[0, 1:], (0.1 * powers)[1:], rtol=0.15)
    assert found.powers[0][0][0] < 1e-6


def test_what_is_not_believed_is_left_out():
    shares = np.ones(SIDES)
    shares[3:] = 0
    errors = MeasuredErrors((as_tuples(shares.tolist()),), ALL.powers)
    g = waves(3, torch.ones(SIDES, dtype=torch.float64), 2)
    level = torch.zeros(3, 1, 1, 1, dtype=torch.float64)
    wanted = cosines(g)
    wanted[:, :, 3:] = 0
    torch.testing.assert_close(cosines(errors.believed(g, level)), wanted)
    torch.testing.assert_close(ALL.believed(g, level + 0.3), g)
    torch.testing.assert_close(Spline(1, 1).believed(g, level + 0.3), g)


def test_bands_hold_for_pictures_of_any_size():
    few = MeasuredErrors((((1.0, 0.5), (0.5, 0.0)),), (((1.0, 0.01), (0.01, 0.0001)),))
    (energy,) = few.energy(32, 16).by_frequency
    assert energy.shape == (32, 16)
    assert float(energy[0, 0]) == pytest.approx(1)
    assert float(energy[-1, -1]) == pytest.approx(1e4)
    assert bool((energy.diff(dim=0) > -1e-9).all())
    assert float(energy[12, 0]) < 100  # between 1 and 100, on a scale of ratios
    many = measure_errors(torch.rand(5, 3, 40, 24), torch.rand(5, 3, 40, 24), torch.zeros(5, 40, 24) > 0)
    assert np.shape(many.shares) == np.shape(many.powers) == (3, 16, 16)


def test_an_error_goes_on_as_the_dense_solution(monkeypatch):
    monkeypatch.setattr(conjugate, "TOLERANCE", 1e-10)
    energy = torch.linspace(0.1, 30, 48, dtype=torch.float64).view(SIDES)
    missing = torch.from_numpy(masks("random:0.5", 3, *SIDES, 0))
    error = waves(3, 1 / energy, 3)
    found = continued(error, missing, Gains(energy))
    unit = torch.eye(48, dtype=torch.float64).view(48, 1, *SIDES)
    matrix = filtered(unit, energy).view(48, 48)
    for one, true, hole in zip(found, error, missing.flatten(1), strict=True):
        inner, known = matrix[hole][:, hole], matrix[hole][:, ~hole]
        wanted = -torch.linalg.solve(inner, known @ true.flatten()[~hole])
        torch.testing.assert_close(one.flatten()[hole], wanted)
        torch.testing.assert_close(one.flatten()[~hole], true.flatten()[~hole])


@pytest.mark.parametrize("channels", [1, 3])
def test_known_pixels_stay_and_the_truth_stays_the_truth(channels):
    pictures = np.random.default_rng(0).integers(0, 256, (3, *SIDES, channels)).astype(np.uint8)
    missing = masks("pattern:0.3", 3, *SIDES, 0)
    other = np.random.default_rng(1).random(pictures.shape) * 255
    np.testing.assert_array_equal(ALL(pictures, other, missing)[~missing], pictures[~missing])
    np.testing.assert_array_equal(ALL(pictures, pictures.astype(float), missing), pictures)
    everything = np.ones_like(missing)
    np.testing.assert_array_equal(ALL(pictures, pictures.astype(float), everything), pictures)


def coloured(n, seed):
    """Draws of a field that is strong in brightness and weak in colour; its axes and their powers."""
    axes = torch.linalg.qr(torch.tensor([[1.0, 0.4, 0.1], [1.0, -0.7, 0.3], [0.9, 0.2, -1.0]]).double())[0].T
    powers = (0.3, 0.01, 0.001)
    parts = [waves(n, torch.full(SIDES, p).double(), seed + i) for i, p in enumerate(powers)]
    return torch.einsum("ac,nahw->nchw", axes, torch.cat(parts, 1)), axes, powers


def test_the_axes_of_colours_are_found_and_each_has_its_powers():
    error, axes, powers = coloured(400, 10)
    nothing = torch.zeros(400, *SIDES, dtype=torch.bool)
    found = measure_errors(error, torch.zeros_like(error), nothing)
    turned = torch.tensor(found.axes).double() @ axes.T
    torch.testing.assert_close(turned.abs(), torch.eye(3).double(), atol=0.03, rtol=0)
    means = np.array(found.powers)[:, 2:, 2:].mean((1, 2))
    np.testing.assert_allclose(means, powers, rtol=0.1)
    torch.testing.assert_close(found.energy(*SIDES).inverse(found.energy(*SIDES)(error)), error)


def test_channels_that_err_together_are_corrected_together():
    learnt, _, _ = coloured(400, 20)
    truth, _, _ = coloured(40, 30)
    truth = (0.5 * (truth - truth.mean((1, 2, 3), keepdim=True))).clamp(-0.95, 0.95)
    together = measure_errors(learnt * 0.5, torch.zeros_like(learnt), torch.zeros(400, *SIDES) > 0)
    apart = replace(together, axes=tuple(map(tuple, np.eye(3).tolist())))
    level = np.mean(np.array(together.powers), 0)
    apart = replace(apart, powers=(as_tuples(level.tolist()),) * 3)
    nothing = torch.zeros_like(truth)
    seen = Grey()(truth)
    gaps = [
        (correct(nothing, seen, torch.zeros(40, *SIDES) > 0, Grey(), errors).pictures - truth).square().mean()
        for errors in (together, apart)
    ]
    assert gaps[0] < 0.5 * gaps[1]


def test_it_is_nearer_than_another_field_on_draws_of_its_own():
    powers = torch.full(SIDES, 1e-4, dtype=torch.float64)
    powers[:2, :2] = 0.3
    errors = MeasuredErrors(ALL.shares, (as_tuples(powers.tolist()),))
    truth = (waves(200, powers, 4).clamp(-1, 1) * 127.5 + 127.5).round()
    truth = truth.permute(0, 2, 3, 1).to(torch.uint8).numpy()
    missing, nothing = masks("random:0.6", 200, *SIDES, 0), np.full((200, *SIDES, 1), 127.5)
    gaps = [
        np.square(blend(truth, nothing, missing).astype(float) - truth)[missing].mean()
        for blend in (errors, Spline(1.0, 10.0), Spline())
    ]
    assert gaps[0] < 0.5 * min(gaps[1:])


class Rough(torch.nn.Module):
    """A generator with a pattern on its pictures that no datum has."""

    def __init__(self, G):
        super().__init__()
        self.G = G

    def forward(self, z):
        x = self.G(z)
        down, across = torch.meshgrid(*(torch.arange(side) for side in x.shape[2:]), indexing="ij")
        return (x + 0.3 * (1 - 2 * ((down + across) % 2))).clamp(-1, 1)


def paler(G, n, seed):
    """What G makes, at six tenths of its contrast."""
    with torch.no_grad():
        x = G.eval()(torch.randn(n, 6, generator=torch.Generator().manual_seed(seed))) * 0.6
    return ((x + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def test_the_spread_has_the_size_of_the_errors_of_what_is_written():
    G, D = nets()
    found, _ = find_calibration(FrozenModel(Rough(G), D, Normal(6)), paler(G, 48, 2), seed=0, priors=(0.02,))
    assert found.measured is not None
    wrong, told, raw = [], [], []
    for case in cases(paler(G, 96, 3), seed=1):  # others than were calibrated on
        search = found.preset(PRESETS["default"])
        result = compare(
            FrozenModel(Rough(G), D, Normal(6)), case.pictures, case.missing,
            seed=1, preset=search, blend=found.error_model, keep=1, others={},
        )  # fmt: skip
        shown = rank_completions(
            result, case.pictures, case.missing, found.error_model, found.spread, 1
        ).spread[..., 0]
        gap = (result.filled[OURS].astype(float) - case.pictures)[..., 0]
        told.append((shown / 127.5)[case.missing])
        wrong.append((gap / 127.5)[case.missing])
        raw.append((result.completion.raw - case.scaled)[:, 0].numpy()[case.missing])
    told, wrong, raw = (np.square(np.concatenate(some)).mean() ** 0.5 for some in (told, wrong, raw))
    assert told == pytest.approx(wrong, rel=0.15)
    assert raw > 1.5 * wrong  # G(z) alone would tell more


def test_calibration_takes_it_where_it_does_better_and_keeps_it(tmp_path):
    G, D = nets()
    found, tried = find_calibration(
        FrozenModel(Rough(G), D, Normal(6)), paler(G, 32, 2), seed=0, priors=(0.02,)
    )
    assert found.measured is not None
    (score,) = (row["psnr_hole"] for row in tried if "measured" in row)
    assert score == max(row["psnr_hole"] for row in tried if {"decay", "measured"} & set(row))
    (shares,) = found.measured.shares
    assert shares[-1][-1] < 0.3 < shares[0][1]
    assert found.error_model is found.measured
    assert found.model_without_generator is found.unaided
    assert set(np.ravel(found.unaided.shares)) == {0.0}

    class Kept:
        def generator(self):
            return G

    save_calibration(tmp_path, fingerprint(G), found, tried, np.arange(3, dtype=np.uint64))
    again, marks = load_calibration(tmp_path, Kept())
    assert asdict(again) == asdict(found)
    assert again == found
    assert marks.tolist() == [0, 1, 2]
    assert Calibration().error_model == Spline(1.0, 10.0)
    assert Calibration().model_without_generator == Spline(1.0, 10.0)


def test_one_picture_a_hole_is_too_few_to_measure():
    G, D = nets()
    shape = tuple(G.eval()(torch.zeros(1, 6)).shape[1:])
    pictures = np.zeros((4, *shape[1:], shape[0]), np.uint8) + 90
    found, tried = find_calibration(FrozenModel(G, D, Normal(6)), pictures, seed=0, priors=(0.2,))
    assert found.measured is None
    assert not any("measured" in row for row in tried)
    assert all(np.isfinite(row["psnr_hole"]) for row in tried if "bf16" not in row)


def test_what_was_not_measured_cannot_be_asked_for(tmp_path):
    out = tmp_path / "run"
    api.train("gan", api.Run("digits", out, steps=2, family="mlp", frames=0, threads=1), quiet=True)
    task = api.CompletionTask("digits", "centre", tmp_path / "out", limit=2, blend="measured")
    with pytest.raises(BadInput, match="--blend measured: no errors were measured"):
        api.complete(out, task)
    assert not (tmp_path / "out").exists()
