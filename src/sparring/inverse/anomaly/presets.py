"""Presets of searches on whole pictures, for anomaly scores: AnoGAN and RGI as published, and our own."""

from __future__ import annotations

import math
from dataclasses import replace

from sparring.core.errors import BadInput, require_at_least
from sparring.core.optim import Adam
from sparring.inverse.anomaly.rgi import RobustInversion
from sparring.inverse.presets import Contextual, Preset

AnomalySearch = Preset | RobustInversion

SEARCHES: dict[str, AnomalySearch] = {
    # Ours: squared errors, which separate anomalous digits better than absolute ones, and the prior energy;
    # starts from a bank and from the run's encoder.
    "default": Preset(
        Contextual(2),
        prior=0.2,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=30,
        restarts=4,
        cosine=True,
        bank=1024,
        encoder_share=0.5,
    ),
    # Schlegl et al. 2017, arXiv:1703.05921, equations 2 to 5: one z of the prior, lambda 0.1, 500 steps.
    # The paper states no learning rate; it is chosen here.  Under a normal prior z is not clipped.
    "anogan": Preset(Contextual(1), features=0.1, optim=Adam(0.01, (0.9, 0.999)), steps=500),
    "rgi": RobustInversion(),
}
"""Searches by name; comments name the settings that the paper does not state."""


def search(name: str, steps: int | None = None, weight: float | None = None) -> AnomalySearch:
    """Return the search called `name`, "default", "anogan" or "rgi", with other `steps` or `weight` if given.

    `steps`, at least 1, is the number of optimiser steps.  `weight`, above 0, is the cost of masking a pixel;
    only "rgi" has it, which finds a mask of the anomalous pixels together with z.  Raises `BadInput` for an
    unknown name, a number out of range, and a weight for another search.
    """
    if name not in SEARCHES:
        raise BadInput(f"no search '{name}'; there are {', '.join(SEARCHES)}")
    require_at_least("--steps", steps)
    chosen = SEARCHES[name]
    if steps is not None:
        chosen = replace(chosen, steps=steps)
    if weight is None:
        return chosen
    if not isinstance(chosen, RobustInversion):
        raise BadInput(f"--weight {weight}: is the mask's weight of --preset rgi; leave it out with {name}")
    if not 0 < weight < math.inf:
        raise BadInput(f"--weight {weight}: give a number above 0")
    return replace(chosen, weight=weight)
