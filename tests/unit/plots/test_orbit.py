from __future__ import annotations

import numpy as np

from sparring.plots.dirac import LOSSES, orbit
from sparring.plots.orbit import orbit_figure


def test_a_panel_a_rule_and_order_with_the_last_distance_in_its_corner():
    figure = orbit_figure(100)
    panels = [axes for axes in figure.axes if axes.texts]
    assert len(panels) == 2 * len(LOSSES)
    shown = [float(axes.texts[0].get_text()) for axes in panels]
    assert shown == [1.59, 0.80, 2.33, 0.19, 0.09, 1.38, 0.74, 1.39, 0.17, 0.09]  # worked out apart


def test_without_a_slope_the_first_step_is_known():
    """Wasserstein: psi <- psi - rate * theta, then theta <- theta + rate * the psi of that moment."""
    wasserstein = LOSSES[2]
    assert np.allclose(orbit(wasserstein, simultaneous=True, rounds=1)[1], [1.1, 0.9])
    assert np.allclose(orbit(wasserstein, simultaneous=False, rounds=1)[1], [1.09, 0.9])
