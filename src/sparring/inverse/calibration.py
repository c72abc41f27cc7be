"""The calibration of a run: the settings of its searches and blending, stored in the run's folder.

`sparring calibrate` measures them on held-out pictures.
"""

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
"""The preset that calibration runs; the limits of a calibration hold for its results."""


@dataclass(frozen=True)
class Calibration:
    """Measured settings of one run; the defaults are those of an uncalibrated run."""

    prior: float = PRESETS[CALIBRATED].prior
    """Weight of the prior energy."""
    window: int | None = None
    """Side of the window of importance weights, in pixels; None: every known pixel has weight 1."""
    features: float = 0.0
    """Share of the feature distance (inputs of D's last layer) in the loss, 0 to 1."""
    perceptual: float = 0.0
    """Weight of the realism term -log D(G(z)); 0: D is not used."""
    decay: float = 1.0
    stiffness: float = 10.0
    """`decay` and `stiffness` of the `Spline` that blends completions in."""
    spread: float = 1.0
    """Ratio of the root mean square error of completions to that of the restarts' standard deviation."""
    residual: float = math.inf
    """95th percentile of held-out pictures' residual on known pixels, root mean square in a range of 2."""
    length: float = math.inf
    """95th percentile of the latent norm of held-out pictures, over the square root of the dimension."""
    bf16: bool = False
    """Whether the search in bfloat16 is faster on this machine, and as good."""
    measured: Measured | None = None
    """The error model of G(z) by spatial frequency; None: G(z) is used in full, and the spline blends."""
    unaided: Measured | None = None
    """The same model without a generator (powers of the pictures themselves), for comparison."""

    def preset(self, given: Preset, *, holes: bool = True) -> Preset:
        """Return the preset with the calibrated settings; window and features only for `holes`."""
        changed = replace(given, prior=self.prior, bf16=self.bf16)
        if self.perceptual:
            changed = replace(changed, perceptual=NonSaturating(self.perceptual))
        if not holes:
            return changed
        contextual = replace(changed.contextual, window=self.window)
        return replace(changed, contextual=contextual, features=self.features)

    @property
    def spline(self) -> Spline:
        """The calibrated `Spline`."""
        return Spline(self.decay, self.stiffness)

    @property
    def errors(self) -> Errors:
        """The error model of the generator, which is also the `Blend` of completions."""
        return self.measured or self.spline

    @property
    def alone(self) -> Errors:
        """The error model of a constant grey level in place of a generated picture."""
        return self.unaided or self.spline

    def usual(self, found: Completion) -> np.ndarray:
        """Return whether each picture is within the limits `residual` and `length`, bool (n,)."""
        return (found.residual.numpy() <= self.residual) & (lengths(found) <= self.length)


def lengths(found: Completion) -> np.ndarray:
    """Return the norm of each latent over the root of its dimension, (n,); about 1 for a normal draw."""
    norms: np.ndarray = (found.z.norm(dim=1) / found.z.shape[1] ** 0.5).numpy()
    return norms


def tuning(folder: Path, trained: Trained) -> tuple[Calibration, np.ndarray]:
    """Read a run's calibration and the digests of the pictures used, uint64 (n,).

    Without a calibration of this version and of these weights: the defaults and no digests, with a warning if
    there is another one.
    """
    path = folder / FILE
    none = Calibration(), np.empty(0, np.uint64)
    if not path.is_file():
        return none
    stored = read_json(path)
    if stored.get("format") != FORMAT or stored.get("generator") != fingerprint(trained.generator()):
        LOG.warning("%s: is of another version or step of the run and is not used; calibrate again", path)
        return none
    measured, unaided = (_bands(stored["found"].pop(name)) for name in ("measured", "unaided"))
    calibration = Calibration(**stored["found"], measured=measured, unaided=unaided)
    return calibration, np.array(stored["pictures"], np.uint64)


def _bands(values: dict[str, Any] | None) -> Measured | None:
    if values is None:
        return None
    shares, powers = (tuple(rows(layer) for layer in values[name]) for name in ("shares", "powers"))
    return Measured(shares, powers, rows(values["axes"]))


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
"""Number format of the nets during a search; auto: as calibrated, and fp32 for published searches."""


@dataclass(frozen=True)
class Plan:
    """The search to do for one run: preset, encoder and calibration."""

    preset: Preset
    E: nn.Module | None
    """The run's encoder; None if the preset uses none or the run has none."""
    tuned: Calibration

    @property
    def blend(self) -> Blend:
        """The calibrated error model for a calibrated preset, Poisson blending for a published one."""
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
    """Return the search with the preset called `name` for the run at `folder`.

    `encoded`: use the run's encoder, if there is one.  `holes`: the damage consists of missing pixels alone,
    as in calibration.  Raises `BadInput` for an unknown preset.
    """
    search = preset(name, steps=steps, restarts=restarts)
    tuned, _ = tuning(folder, trained)
    E = encoder(folder, trained) if encoded and search.encoded else None
    search = tuned.preset(search, holes=holes) if search.calibrated else search
    return Plan(search if precision == "auto" else replace(search, bf16=precision == "bf16"), E, tuned)
