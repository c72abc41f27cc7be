"""What is found on held-out pictures, kept beside a run, and used."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tests.unit.apps.completion.test_solver import nets

from sparring.apps.completion.answer import Completion
from sparring.apps.completion.calibration import Calibration, calibrated, lengths
from sparring.apps.completion.presets import PRESETS
from sparring.apps.completion.spline import Spline
from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.engine.trained import fingerprint


def pictures(G, n=8):
    with torch.no_grad():
        x = G.eval()(torch.randn(n, 6, generator=torch.Generator().manual_seed(2)))
    return ((x + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def test_it_finds_the_best_of_what_it_tried():
    G, D = nets()
    found, tried = calibrated(G, D, Normal(6), pictures(G), seed=0, priors=(0.02, 50.0))
    best = max((row for row in tried if "decay" in row), key=lambda row: row["psnr_hole"])
    assert (found.prior, found.decay, found.stiffness) == (best["prior"], best["decay"], best["stiffness"])
    assert found.prior == 0.02  # pictures that G makes want their z, not a likely one
    assert len({row["psnr_hole"] for row in tried}) > 2
    assert found.spread > 0
    assert 0 < found.residual < 2
    assert found.spline == Spline(found.decay, found.stiffness)
    assert found.preset(PRESETS["default"]).prior == 0.02


def test_too_few_pictures_are_refused():
    G, D = nets()
    with pytest.raises(BadInput, match="3 held-out pictures are too few"):
        calibrated(G, D, Normal(6), pictures(G, 3), seed=0)


def completion(residual, z):
    n = len(residual)
    empty = torch.zeros(n, 1, 4, 4)
    return Completion(empty, torch.tensor(z), torch.zeros(n), torch.tensor(residual), (), empty[:, 0])


def test_what_is_further_than_usual_is_said():
    found = completion([0.1, 0.3, 0.1], [[1.0, 1.0], [1.0, 1.0], [3.0, 3.0]])
    np.testing.assert_allclose(lengths(found), [1, 1, 3], rtol=1e-6)
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
