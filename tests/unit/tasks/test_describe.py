"""`sparring show` reads like a method section."""

from __future__ import annotations

import pytest

from sparring import api, zoo


def test_wgan_gp_is_told_whole():
    text = api.describe_text(api.describe_recipe("wgan_gp"))
    for part in (
        "wgan_gp: penalise the critic's gradient norm",
        "Improved Training of Wasserstein GANs. 2017, arXiv:1704.00028",
        "  D:  min  E D(G(z)) - E D(x) + weight * E (|grad D(x')| - 1)^2",
        "with x' drawn uniformly on the line from x to G(z).",
        "D: moves D, 5 steps a round, wgan_gp.WassersteinGradientPenalty(weight=10.0)",
        "samples from averages of G (0.999)",
        "wgan_gp <- wgan <- dcgan <- gan",
        "turns.D.after: constraints.Clip(bound=0.01) -> absent",
        "layer norm with gain and bias a channel",
    ):
        assert part in text


@pytest.mark.parametrize("name", zoo.names())
def test_every_recipe_has_every_section(name):
    about = api.describe_recipe(name)
    for part in ("idea", "objective", "departures"):
        assert about[part].strip(), part
    text = api.describe_text(about)
    assert "`" not in about["remarks"] or about["remarks"].count("`") % 2 == 0
    for heading in ("Objective", "Networks", "Training", "Lineage", "Departures from the paper"):
        assert f"\n{heading}\n" in text
    assert f"sparring verify {name}" in text
