"""What is found on held-out pictures, kept beside a run, and used."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.unit.inverse.test_solver import nets

from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.engine.trained import fingerprint
from sparring.inverse.blend.spline import Spline
from sparring.inverse.calibration import Calibration, latent_norms
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS, NonSaturatingPerceptual
from sparring.inverse.solution import Completion
from sparring.tasks.calibrate import search as finding
from sparring.tasks.calibrate.search import find_calibration


def pictures(G, n=8):
    with torch.no_grad():
        x = G.eval()(torch.randn(n, 6, generator=torch.Generator().manual_seed(2)))
    return ((x + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def test_it_finds_the_best_of_what_it_tried():
    G, D = nets()
    found, tried = find_calibration(FrozenModel(G, D, Normal(6)), pictures(G), seed=0, priors=(0.02, 50.0))
    best = max((row for row in tried if "decay" in row), key=lambda row: row["psnr_hole"])
    assert (found.prior, found.decay, found.stiffness) == (best["prior"], best["decay"], best["stiffness"])
    assert found.prior == 0.02  # pictures that G makes want their z, not a likely one
    assert len({row["psnr_hole"] for row in tried if "decay" in row}) > 2
    assert found.spread > 0
    assert 0 < found.residual < 2
    assert found.spline == Spline(found.decay, found.stiffness)
    assert found.preset(PRESETS["default"]).prior == 0.02


class Featured(torch.nn.Module):
    """A discriminator that can say its features."""

    def __init__(self, D):
        super().__init__()
        self.D = D

    def forward(self, x):
        return self.D(x)

    def features(self, x):
        return self.D[:-2](x)


def helped(monkeypatch, help):
    """Searches that are wrong by noise, less the share of it that `help` says of a preset and a number."""

    def completed(self, preset, case):
        x = case.scaled
        share = torch.as_tensor(help(preset, len(x)), dtype=torch.float32).view(-1, 1, 1, 1)
        noise = 0.3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(len(x)))
        one, flat = torch.ones(len(x)), torch.ones_like(x[:, 0])
        return Completion(x + (1 - share) * noise, one[:, None], one, one, (), flat)

    monkeypatch.setattr(finding._Searches, "_complete", completed)


def changed(G, D, n=32):
    found, tried = find_calibration(
        FrozenModel(G, Featured(D), Normal(6)), pictures(G, n), seed=0, priors=(5.0,)
    )
    return found, [row for row in tried if {"window", "features", "perceptual"} & set(row)]


def test_changes_that_help_beyond_doubt_are_kept(monkeypatch):
    G, D = nets()
    helped(monkeypatch, lambda p, n: 0.4 * (p.contextual.window == 15) + 0.3 * (p.features == 0.1))
    found, rows = changed(G, D)
    assert (found.window, found.features, found.perceptual) == (15, 0.1, 0.0)
    assert [next(iter(set(row) - {"prior", "psnr_hole", "gain", "error"})) for row in rows] == [
        "window", "window", "features", "features", "perceptual", "perceptual",
    ]  # fmt: skip
    assert rows[1]["gain"] > 2 * rows[1]["error"] > 0
    usual, search = PRESETS["default"], found.preset(PRESETS["default"])
    assert search == replace(
        usual, prior=5.0, contextual=replace(usual.contextual, window=15), features=0.1, bf16=found.bf16
    )
    whole = found.preset(usual, holes_only=False)  # nothing is missing: windows would be empty
    assert (whole.contextual.window, whole.features) == (None, 0.0)


def test_the_better_of_two_windows_is_kept(monkeypatch):
    G, D = nets()
    helped(monkeypatch, lambda p, n: {None: 0.0, 7: 0.5, 15: 0.3}[p.contextual.window])
    assert changed(G, D)[0].window == 7


def test_what_helps_some_pictures_and_harms_others_is_not_kept(monkeypatch):
    G, D = nets()
    mixed = torch.tensor([0.3, -0.4, -0.4, 0.3])
    helped(
        monkeypatch,
        lambda p, n: mixed.repeat(n // 4 + 1)[:n] if p.contextual.window or p.perceptual else 0.0,
    )
    found, rows = changed(G, D)
    assert (found.window, found.features, found.perceptual) == (None, 0.0, 0.0)
    assert max(row["gain"] for row in rows) > 0  # by their means alone one would have been
    assert found.preset(PRESETS["default"]).perceptual is None


def test_what_helps_by_a_hair_is_not_kept(monkeypatch):
    G, D = nets()
    helped(monkeypatch, lambda p, n: 0.001 if p.contextual.window == 7 else 0.0)
    found, rows = changed(G, D)
    assert rows[0]["gain"] > 2 * rows[0]["error"]
    assert found.window is None


def test_a_discriminator_that_says_no_features_is_not_asked(monkeypatch):
    G, D = nets()
    helped(monkeypatch, lambda p, n: 0.5 * (p.perceptual is not None))
    found, tried = find_calibration(FrozenModel(G, D, Normal(6)), pictures(G, 16), seed=0, priors=(0.2,))
    assert not any("features" in row for row in tried)
    assert found.perceptual > 0
    assert found.preset(PRESETS["fast"]).perceptual == NonSaturatingPerceptual(found.perceptual)


class Coarse(torch.nn.Module):
    """A generator that is no good in bfloat16."""

    def __init__(self, G):
        super().__init__()
        self.G = G

    def forward(self, z):
        x = self.G(z)
        return x * 0.01 if torch.is_autocast_enabled("cpu") else x


@pytest.mark.parametrize(
    ("net", "share", "takes"), [("fine", 0.5, True), ("fine", 0.95, False), ("coarse", 0.5, False)]
)
def test_bfloat16_is_taken_where_it_is_faster_and_as_good(monkeypatch, net, share, takes):
    G, D = nets()
    monkeypatch.setattr(finding._Searches, "_seconds", lambda self, preset: share if preset.bf16 else 1.0)
    used, done = Coarse(G) if net == "coarse" else G, []
    model = FrozenModel(used, D, Normal(6))
    found, tried = find_calibration(
        model, pictures(G), seed=0, priors=(0.02,), progress=lambda *told: done.append(told)
    )
    assert found.bf16 is takes
    assert found.preset(PRESETS["fast"]).bf16 is takes
    (told,) = (row for row in tried if "bf16" in row)
    assert told["of_the_time"] == share
    assert ("psnr_hole" in told) == (share < 0.9)
    assert done[-1][0] == done[-1][1]
    assert [one for one, _ in done] == sorted({one for one, _ in done})


def test_too_few_pictures_are_refused():
    G, D = nets()
    with pytest.raises(BadInput, match="3 held-out pictures are too few"):
        find_calibration(FrozenModel(G, D, Normal(6)), pictures(G, 3), seed=0)


def completion(residual, z):
    n = len(residual)
    empty = torch.zeros(n, 1, 4, 4)
    return Completion(empty, torch.tensor(z), torch.zeros(n), torch.tensor(residual), (), empty[:, 0])


def test_what_is_further_than_usual_is_said():
    found = completion([0.1, 0.3, 0.1], [[1.0, 1.0], [1.0, 1.0], [3.0, 3.0]])
    np.testing.assert_allclose(latent_norms(found), [1, 1, 3], rtol=1e-6)
    np.testing.assert_array_equal(Calibration(residual=0.2, length=2.0).usual(found), [True, False, False])
    assert Calibration().usual(found).all()  # nobody has said what is usual


def test_a_fingerprint_is_of_the_weights():
    G, _ = nets()
    before = fingerprint(G)
    assert fingerprint(G) == before
    with torch.no_grad():
        G[0].bias[0] += 1e-3
    assert fingerprint(G) != before
    json.dumps(before)
