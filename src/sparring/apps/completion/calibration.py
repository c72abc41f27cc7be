"""What a search and its blending need to know of a run, found once on pictures that it kept aside."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from sparring.apps.completion.answer import Completion
from sparring.apps.completion.cases import (
    MASKS,
    Case,
    blended,
    cases,
    crossed,
    gathered,
    score,
    spread_factor,
)
from sparring.apps.completion.errors import Errors
from sparring.apps.completion.measured import Measured, grey, measured
from sparring.apps.completion.presets import PRESETS, Preset
from sparring.apps.completion.solver import completed
from sparring.apps.completion.spline import Spline
from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.engine.files import read_json, write_json
from sparring.engine.trained import Trained, fingerprint

LOG = logging.getLogger(__name__)

FILE = "calibration.json"
FORMAT = 3
CALIBRATED = "default"
"""The preset that it is found with, and whose answers its limits are meant for."""

PRIORS = (0.05, 0.2, 0.8)
DECAYS = (0.0, 0.3, 1.0, 2.0)
STIFFNESSES = (0.0, 1.0, 10.0, 30.0)
"""What is tried."""

USUAL = 0.95
"""The share of held-out pictures that count as in range."""


@dataclass(frozen=True)
class Calibration:
    """What was found; the usual values where nothing was."""

    prior: float = PRESETS[CALIBRATED].prior
    """Weight of the prior's energy."""
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
    measured: Measured | None = None
    """What is believed of G(z), wave by wave; None: all of it, and the spline blends."""
    unaided: Measured | None = None
    """The powers of pictures themselves, for comparison with what is possible without a generator."""

    def preset(self, given: Preset) -> Preset:
        """The preset with the prior's weight that was found."""
        return replace(given, prior=self.prior)

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
    return (found.z.norm(dim=1) / found.z.shape[1] ** 0.5).numpy()


def calibrated(
    G: torch.nn.Module,
    D: torch.nn.Module,
    latent: Latent,
    pictures: np.ndarray,
    *,
    seed: int,
    priors: Sequence[float] = PRIORS,
    E: torch.nn.Module | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Calibration, list[dict[str, float]]]:
    """What completes held-out pictures best, by mean PSNR of the holes, and all that was tried.

    `pictures` uint8 (n, H, W, C); `BadInput` for fewer than 4.
    """
    if len(pictures) < len(MASKS):
        raise BadInput(f"{len(pictures)} held-out pictures are too few to calibrate on; {len(MASKS)} or more")
    tried: list[dict[str, float]] = []
    found: dict[float, list[Completion]] = {}
    several = cases(pictures, seed)
    for i, prior in enumerate(priors):
        preset = replace(PRESETS[CALIBRATED], prior=prior)
        found[prior] = []
        for j, case in enumerate(several):
            hole = torch.from_numpy(case.missing)
            found[prior].append(completed(G, D, latent, case.scaled, hole, preset, seed=seed, E=E))
            if progress is not None:
                progress(i * len(several) + j + 1, len(priors) * len(several))
        for decay in DECAYS:
            for stiffness in STIFFNESSES:
                filled = blended(several, found[prior], Spline(decay, stiffness))
                told = {"decay": decay, "stiffness": stiffness, "psnr_hole": score(several, filled)}
                tried.append({"prior": prior, **told})
        if len(pictures) >= 2 * len(MASKS):
            filled = crossed(several, found[prior])
            tried.append({"prior": prior, "measured": 1.0, "psnr_hole": score(several, filled)})
    best = max(tried, key=lambda row: row["psnr_hole"])
    splines = [row for row in tried if row["prior"] == best["prior"] and "decay" in row]
    spline = max(splines, key=lambda row: row["psnr_hole"])
    return _fitted(spline, "measured" in best, several, found[best["prior"]]), tried


def _fitted(
    spline: dict[str, float], waves: bool, several: Sequence[Case], found: Sequence[Completion]
) -> Calibration:
    """All that follows from the search that did best, blended by the spline, or by `waves` as measured.

    What is measured is held against halves that it was not measured on, as whoever uses it will find it.
    """
    plain = Calibration(spline["prior"], spline["decay"], spline["stiffness"])
    filled = crossed(several, found) if waves else blended(several, found, plain.spline)
    residuals = np.concatenate([one.residual.numpy() for one in found])
    norms = np.concatenate([lengths(one) for one in found])
    residual, length = (float(np.quantile(values, USUAL)) for values in (residuals, norms))
    spread = round(spread_factor(several, found, filled), 4)
    fitted = replace(plain, spread=spread, residual=residual, length=length)
    if not waves:
        return fitted
    truth, generated, missing = gathered(several, found)
    level = grey(truth.double(), missing).expand_as(truth)  # in place of a generator
    unaided = measured(truth, level, missing)
    return replace(fitted, measured=measured(truth, generated, missing), unaided=unaided)


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
    bands = {name: _bands(there["found"].pop(name)) for name in ("measured", "unaided")}
    return Calibration(**there["found"], **bands), np.array(there["pictures"], np.uint64)


def _bands(given: dict[str, list[list[float]]] | None) -> Measured | None:
    if given is None:
        return None
    shares, powers = (tuple(tuple(row) for row in given[name]) for name in ("shares", "powers"))
    return Measured(shares, powers)


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
