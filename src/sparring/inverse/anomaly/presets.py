"""Searches that meet a whole picture: AnoGAN's as published, and our own."""

from __future__ import annotations

import math
from dataclasses import replace

from sparring.core.errors import BadInput
from sparring.core.optim import Adam
from sparring.inverse.anomaly.rgi import Healing
from sparring.inverse.presets import Contextual, Preset

Search = Preset | Healing

SEARCHES: dict[str, Search] = {
    # Ours: squared errors, which tell strange digits from usual ones better than absolute ones do, and the
    # prior's word, from the nearest of a bank or from where the run's encoder says.
    "default": Preset(
        Contextual(2),
        prior=0.2,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=30,
        restarts=4,
        cosine=True,
        bank=1024,
        encoded=0.5,
    ),
    # Schlegl et al. 2017, arXiv:1703.05921, equations 2 to 5: one z of the prior, lambda 0.1, 500 steps.
    # The paper names no rate; it is chosen here.  Under a normal prior z is not clipped.
    "anogan": Preset(Contextual(1), features=0.1, optim=Adam(0.01, (0.9, 0.999)), steps=500),
    "rgi": Healing(),
}
"""By name; rates and starts that no paper states are said where they stand."""


def search(name: str, steps: int | None = None, weight: float | None = None) -> Search:
    """The search called `name`, with other steps and weight of the mask where given; `BadInput` for none."""
    if name not in SEARCHES:
        raise BadInput(f"no search '{name}'; there are {', '.join(SEARCHES)}")
    if steps is not None and steps < 1:
        raise BadInput(f"--steps {steps}: give a whole number of at least 1")
    found = SEARCHES[name]
    if steps is not None:
        found = replace(found, steps=steps)
    if weight is None:
        return found
    if not isinstance(found, Healing):
        raise BadInput(f"--weight {weight}: is of the mask that --preset rgi finds; leave it out with {name}")
    if not 0 < weight < math.inf:
        raise BadInput(f"--weight {weight}: give a number above 0")
    return replace(found, weight=weight)
