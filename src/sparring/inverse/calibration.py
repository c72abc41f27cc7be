"""What a search and its blending need to know of a run, kept beside it; `finding` finds it."""

from __future__ import annotations

import logging
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import nn

from sparring.engine.trained import Trained, fingerprint
from sparring.inverse.blend.cosines import Errors
from sparring.inverse.blend.poisson import Blend, poisson
from sparring.inverse.blend.spline import Spline
from sparring.inverse.blend.wiener import Measured, rows
from sparring.inverse.encoder import encoder
from sparring.inverse.presets import PRESETS, NonSaturating, Preset, preset
from sparring.inverse.solution import Completion
from sparring.runs.files import read_json, write_json

LOG = logging.getLogger(__name__)

FILE = "calibration.json"
FORMAT = 5
CALIBRATED = "default"
"""The preset that it is found with, and whose answers its limits are meant for."""


@dataclass(frozen=True)
class Calibration:
    """What was found; the usual values where nothing was."""

    prior: float = PRESETS[CALIBRATED].prior
    """Weight of the prior's energy."""
    window: int | None = None
    """Side of the window of importance weights; None: every known pixel weighs 1."""
    features: float = 0.0
    """Share of the loss that is the distance in what D's last layer reads."""
    perceptual: float = 0.0
    """Weight of D's word, -log D(G(z)); 0: D is not asked."""
    decay: float = 1.0
    stiffness: float = 10.0
    """Of the `Spline` by which completions are blended in."""
    spread: float = 1.0
    """How much larger errors of what is written are than the restarts' standard deviation, root mean square
    over both."""
    residual: float = math.inf
    """What 95 of 100 held-out pictures' known pixels are met to, root mean square in a range of 2."""
    length: float = math.inf
    """What 95 of 100 held-out pictures' latents are shorter than, over the root of their dimension."""
    bf16: bool = False
    """Whether searching in bfloat16 is faster here, and as good."""
    measured: Measured | None = None
    """What is believed of G(z), wave by wave; None: all of it, and the spline blends."""
    unaided: Measured | None = None
    """The powers of pictures themselves, for comparison with what is possible without a generator."""

    def preset(self, given: Preset, *, holes: bool = True) -> Preset:
        """The preset with what was found; window and features only for `holes`, round which they look."""
        found = replace(given, prior=self.prior, bf16=self.bf16)
        if self.perceptual:
            found = replace(found, perceptual=NonSaturating(self.perceptual))
        if not holes:
            return found
        near = replace(found.contextual, window=self.window)
        return replace(found, contextual=near, features=self.features)

    @property
    def spline(self) -> Spline:
        """The best of the splines."""
        return Spline(self.decay, self.stiffness)

    @property
    def errors(self) -> Errors:
        """What is known of the generator's errors; it blends completions in, too."""
        return self.measured or self.spline

    @property
    def alone(self) -> Errors:
        """The same of a grey level in place of a generator's picture."""
        return self.unaided or self.spline

    def usual(self, found: Completion) -> np.ndarray:
        """Whether each picture is within what held-out ones need, bool (n,)."""
        return (found.residual.numpy() <= self.residual) & (lengths(found) <= self.length)


def lengths(found: Completion) -> np.ndarray:
    """The length of each picture's latent over the root of its dimension, (n,); about 1 of a normal draw."""
    each: np.ndarray = (found.z.norm(dim=1) / found.z.shape[1] ** 0.5).numpy()
    return each


def tuning(folder: Path, trained: Trained) -> tuple[Calibration, np.ndarray]:
    """A run's calibration and the digests of its pictures; the usual values where there is none that fits."""
    path = folder / FILE
    none = Calibration(), np.empty(0, np.uint64)
    if not path.is_file():
        return none
    there = read_json(path)
    if there.get("format") != FORMAT or there.get("generator") != fingerprint(trained.generator()):
        LOG.warning("%s: is of another version or step of the run and not used; calibrate again", path)
        return none
    measured, unaided = (_bands(there["found"].pop(name)) for name in ("measured", "unaided"))
    found = Calibration(**there["found"], measured=measured, unaided=unaided)
    return found, np.array(there["pictures"], np.uint64)


def _bands(given: dict[str, Any] | None) -> Measured | None:
    if given is None:
        return None
    shares, powers = (tuple(rows(layer) for layer in given[name]) for name in ("shares", "powers"))
    return Measured(shares, powers, rows(given["axes"]))


def keep(folder: Path, fingerprint: str, found: Calibration, tried: object, digests: np.ndarray) -> None:
    """Write a run's calibration beside its checkpoints."""
    write_json(
        folder / FILE,
        {
            "format": FORMAT,
            "generator": fingerprint,
            "found": asdict(found),
            "pictures": [int(digest) for digest in digests],
            "tried": tried,
        },
    )


Precision = Literal["auto", "fp32", "bf16"]
"""In which the nets of a search compute; auto: what calibration found, and fp32 for published searches."""


@dataclass(frozen=True)
class Plan:
    """A search of one run."""

    preset: Preset
    E: nn.Module | None
    """The run's encoder, where the preset has use for one and the run has one."""
    tuned: Calibration

    @property
    def blend(self) -> Blend:
        """By what is known of the run's errors where the preset is calibrated, by gradients where it is as
        published."""
        return self.tuned.errors if self.preset.calibrated else poisson


def planned(
    folder: Path,
    trained: Trained,
    name: str = "default",
    *,
    steps: int | None = None,
    restarts: int | None = None,
    encoded: bool = True,
    precision: Precision = "auto",
    holes: bool = True,
) -> Plan:
    """The preset called `name` for the run at `folder`; `encoded`: with its encoder, if there is one.

    `holes` says whether the damage is of missing pixels alone, as calibration's is.
    Raises `BadInput` for what is no preset.
    """
    search = preset(name, steps=steps, restarts=restarts)
    tuned, _ = tuning(folder, trained)
    E = encoder(folder, trained) if encoded and search.encoded else None
    search = tuned.preset(search, holes=holes) if search.calibrated else search
    return Plan(search if precision == "auto" else replace(search, bf16=precision == "bf16"), E, tuned)
