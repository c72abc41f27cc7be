"""Dirac-GAN (Mescheder et al. 2018, arXiv:1801.04406, section 2): data at 0, a fake at theta, D(x) = psi x.

The real game is played with plain descent of rate 0.1 from (theta, psi) = (1, 1).  The expected norms after
100 and 500 rounds were worked out apart from the library, from the gradients on paper.
"""

from __future__ import annotations

import numpy as np
import pytest

from sparring.plots.dirac import LOSSES, orbit

NORMS = {
    ("minimax", True): (1.59, 2.18),
    ("minimax", False): (1.38, 1.40),
    ("non-saturating", True): (0.80, 0.52),
    ("non-saturating", False): (0.74, 0.39),
    ("Wasserstein", True): (2.33, 17.0),
    ("Wasserstein", False): (1.39, 1.41),
    ("minimax, R1", True): (0.19, 0.0),
    ("minimax, R1", False): (0.17, 0.0),
    ("non-saturating, R1", True): (0.09, 0.0),
    ("non-saturating, R1", False): (0.09, 0.0),
}


@pytest.mark.parametrize(("name", "together"), NORMS)
def test_the_norm_of_theta_and_psi(name: str, together: bool) -> None:
    (rule,) = (rule for rule in LOSSES if rule.name == name)
    norms = np.linalg.norm(orbit(rule, simultaneous=together), axis=1)
    early, late = NORMS[name, together]
    assert norms[100] == pytest.approx(early, rel=0.05)
    assert norms[500] == pytest.approx(late, rel=0.05, abs=1e-3)
