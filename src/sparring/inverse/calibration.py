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

from sparring.engine.trained import TrainedNets, fingerprint
from sparring.inverse.blend.cosines import ErrorModel
from sparring.inverse.blend.poisson import Blend, poisson
from sparring.inverse.blend.spline import Spline
from sparring.inverse.blend.wiener import MeasuredErrors, as_tuples
from sparring.inverse.encoder import load_encoder
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS, NonSaturatingPerceptual, Preset, preset
from sparring.inverse.solution import Completion
from sparring.runs.files import read_json, write_json

LOG = logging.getLogger(__name__)

FILE = "calibration.json"
FORMAT = 5
CALIBRATED_PRESET = "default"
"""The preset that calibration runs; the limits of a calibration hold for its results."""


@dataclass(frozen=True)
class Calibration:
    """Measured settings of one run; the defaults are those of an uncalibrated run."""

    prior: float = PRESETS[CALIBRATED_PRESET].prior
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
    """Root mean square error of completions, divided by the root mean square of `Completion.spread`."""
    residual: float = math.inf
    """95th percentile of held-out pictures' residual on known pixels, root mean square in a range of 2."""
    length: float = math.inf
    """95th percentile of the latent norm of held-out pictures, over the square root of the dimension."""
    bf16: bool = False
    """Whether the search in bfloat16 is faster on this machine, and as good."""
    measured: MeasuredErrors | None = None
    """The error model of G(z) by spatial frequency; None: G(z) is used in full, and the spline blends."""
    unaided: MeasuredErrors | None = None
    """The same model without a generator (powers of the pictures themselves), for comparison."""

    def preset(self, preset: Preset, *, holes_only: bool = True) -> Preset:
        """Return `preset` with the calibrated prior and bf16, and the perceptual term if its weight is not 0.

        With `holes_only` (the damage consists of missing pixels alone) it also gets the calibrated window and
        feature share.
        """
        changed = replace(preset, prior=self.prior, bf16=self.bf16)
        if self.perceptual:
            changed = replace(changed, perceptual=NonSaturatingPerceptual(self.perceptual))
        if not holes_only:
            return changed
        contextual = replace(changed.contextual, window=self.window)
        return replace(changed, contextual=contextual, features=self.features)

    @property
    def spline(self) -> Spline:
        """The calibrated `Spline`."""
        return Spline(self.decay, self.stiffness)

    @property
    def error_model(self) -> ErrorModel:
        """The error model of the generator, also the `Blend` of completions: `measured`, else `spline`."""
        return self.measured or self.spline

    @property
    def model_without_generator(self) -> ErrorModel:
        """The error model of a constant grey level in place of G(z): `unaided`, else `spline`."""
        return self.unaided or self.spline

    def usual(self, completion: Completion) -> np.ndarray:
        """Return whether each picture's residual and `latent_norms` are at most `residual` and `length`.

        The result is bool (n,), True for pictures within both limits.
        """
        return (completion.residual.numpy() <= self.residual) & (latent_norms(completion) <= self.length)


def latent_norms(completion: Completion) -> np.ndarray:
    """Return |z| / sqrt(d) of each latent z of dimension d, (n,); about 1 for a draw of N(0, I)."""
    norms: np.ndarray = (completion.z.norm(dim=1) / completion.z.shape[1] ** 0.5).numpy()
    return norms


def load_calibration(folder: Path, trained: TrainedNets) -> tuple[Calibration, np.ndarray]:
    """Return the calibration of the run at `folder`, and digests of the pictures it was measured on.

    The digests are uint64 (n,).  Without the file `FILE` in the folder the result is the default
    `Calibration` and no digests, (0,).  The same holds, with a warning, if the file has another format or
    belongs to other weights of the generator.
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


def _bands(values: dict[str, Any] | None) -> MeasuredErrors | None:
    if values is None:
        return None
    shares, powers = (tuple(as_tuples(layer) for layer in values[name]) for name in ("shares", "powers"))
    return MeasuredErrors(shares, powers, as_tuples(values["axes"]))


def save_calibration(
    folder: Path, fingerprint: str, calibration: Calibration, candidates: object, digests: np.ndarray
) -> None:
    """Write a run's calibration to the file `FILE` in its folder, for `load_calibration`.

    `fingerprint` is that of the generator's weights, and `digests`, (n,), are those of the pictures that the
    calibration was measured on.  `candidates`, any JSON value, are the settings tried; they are stored for
    the reader only.
    """
    write_json(
        folder / FILE,
        {
            "format": FORMAT,
            "generator": fingerprint,
            "found": asdict(calibration),
            "pictures": [int(digest) for digest in digests],
            "tried": candidates,
        },
    )


Precision = Literal["auto", "fp32", "bf16"]
"""Number format of the nets during a search; auto: as calibrated, and fp32 for published searches."""


@dataclass(frozen=True)
class Plan:
    """The search to do for one run: nets, preset and calibration."""

    model: FrozenModel
    """The run's nets, with its encoder if the preset uses one and the run has one."""
    preset: Preset
    tuned: Calibration

    @property
    def blend(self) -> Blend:
        """The calibrated error model for a calibrated preset, Poisson blending for a published one."""
        return self.tuned.error_model if self.preset.calibrated else poisson


def plan_search(
    folder: Path,
    trained: TrainedNets,
    name: str = "default",
    *,
    steps: int | None = None,
    restarts: int | None = None,
    use_encoder: bool = True,
    precision: Precision = "auto",
    holes_only: bool = True,
) -> Plan:
    """Return the search with the preset of `PRESETS` called `name` for the run at `folder`.

    `steps` and `restarts` replace those of the preset if given.  The run's calibration changes the preset
    only if `preset.calibrated`.  `use_encoder`: use the run's encoder, if there is one and the preset has an
    `encoder_share`.  `precision` is "auto" (as calibrated, and float32 for published searches), "fp32" or
    "bf16".  `holes_only`: the damage consists of missing pixels alone, as in calibration.  Raises `BadInput`
    for an unknown preset, and for steps or restarts out of range.
    """
    search = preset(name, steps=steps, restarts=restarts)
    tuned, _ = load_calibration(folder, trained)
    E = load_encoder(folder, trained) if use_encoder and search.encoder_share else None
    search = tuned.preset(search, holes_only=holes_only) if search.calibrated else search
    search = search if precision == "auto" else replace(search, bf16=precision == "bf16")
    return Plan(FrozenModel.of(trained, E), search, tuned)
