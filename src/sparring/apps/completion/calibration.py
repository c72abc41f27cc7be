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
from sparring.apps.completion.errors import Errors
from sparring.apps.completion.masks import masks
from sparring.apps.completion.measured import Measured, grey, measured
from sparring.apps.completion.presets import PRESETS, Preset
from sparring.apps.completion.solver import completed
from sparring.apps.completion.spline import Spline
from sparring.apps.completion.trial import CEILING, as_levels
from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.data.pixels import scaled
from sparring.engine.files import read_json, write_json
from sparring.engine.trained import Trained, fingerprint
from sparring.metrics.images import psnr_hole

LOG = logging.getLogger(__name__)

FILE = "calibration.json"
FORMAT = 2
MASKS = ("centre", "half", "pattern:0.25", "random:0.8")
"""Holes that it is found on, each on a quarter of the pictures."""

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
    """How much larger errors are than the restarts' standard deviation, root mean square over both."""
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


@dataclass(frozen=True)
class Case:
    """Pictures with one kind of hole."""

    pictures: np.ndarray
    missing: np.ndarray

    @property
    def scaled(self) -> torch.Tensor:
        """Pictures in [-1, 1], channels first."""
        return scaled(torch.from_numpy(self.pictures)).contiguous()


def cases(pictures: np.ndarray, seed: int) -> list[Case]:
    """Held-out pictures, uint8 (n, H, W, C), a quarter of them for each kind of hole; n is at least 4."""
    _, height, width, _ = pictures.shape
    parts = [pictures[i :: len(MASKS)] for i in range(len(MASKS))]
    return [
        Case(part, masks(kind, len(part), height, width, seed))
        for kind, part in zip(MASKS, parts, strict=True)
    ]


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
                score = _score(several, found[prior], Spline(decay, stiffness))
                tried.append({"prior": prior, "decay": decay, "stiffness": stiffness, "psnr_hole": score})
        if len(pictures) >= 2 * len(MASKS):
            tried.append({"prior": prior, "measured": 1.0, "psnr_hole": _halves(several, found[prior])})
    best = max(tried, key=lambda row: row["psnr_hole"])
    chosen = found[best["prior"]]
    splines = [row for row in tried if row["prior"] == best["prior"] and "decay" in row]
    fitted = _with_limits(max(splines, key=lambda row: row["psnr_hole"]), several, chosen)
    return _with_errors(fitted, several, chosen) if "measured" in best else fitted, tried


def _with_errors(fitted: Calibration, several: Sequence[Case], found: Sequence[Completion]) -> Calibration:
    truth, generated, missing = _gathered(several, found, slice(None))
    level = grey(truth.double(), missing).expand_as(truth)  # in place of a generator
    unaided = measured(truth, level, missing)
    return replace(fitted, measured=measured(truth, generated, missing), unaided=unaided)


def _gathered(
    several: Sequence[Case], found: Sequence[Completion], rows: slice
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Some rows of each case together: the truth, G(z) and what is missing."""
    parts = [
        (case.scaled[rows], one.raw[rows], torch.from_numpy(case.missing)[rows])
        for case, one in zip(several, found, strict=True)
    ]
    truth, generated, missing = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return truth, generated, missing


def _halves(several: Sequence[Case], found: Sequence[Completion]) -> float:
    """The score of what is measured on half of the pictures, on the other half; two a case at least."""
    scores = []
    for first in (0, 1):
        errors = measured(*_gathered(several, found, slice(1 - first, None, 2)))
        for case, one in zip(several, found, strict=True):
            x, hole = case.pictures[first::2], case.missing[first::2]
            filled = errors(x, as_levels(one.raw[first::2]), hole)
            scores.append(np.minimum(psnr_hole(filled, x, hole), CEILING).mean())
    return round(float(np.mean(scores)), 3)


def _score(several: Sequence[Case], found: Sequence[Completion], blend: Spline) -> float:
    scores = []
    for case, one in zip(several, found, strict=True):
        filled = blend(case.pictures, as_levels(one.raw), case.missing)
        scores.append(np.minimum(psnr_hole(filled, case.pictures, case.missing), CEILING).mean())
    return round(float(np.mean(scores)), 3)


def _with_limits(best: dict[str, float], several: Sequence[Case], found: Sequence[Completion]) -> Calibration:
    residuals = np.concatenate([one.residual.numpy() for one in found])
    norms = np.concatenate([lengths(one) for one in found])
    wrong, spread = 0.0, 0.0
    for case, one in zip(several, found, strict=True):
        error = (one.raw - case.scaled).square().mean(1).numpy()[case.missing]
        wrong, spread = wrong + error.sum(), spread + one.spread.square().numpy()[case.missing].sum()
    ratio = math.sqrt(wrong / spread) if spread > 0 else 1.0
    limits = (float(np.quantile(values, USUAL)) for values in (residuals, norms))
    return Calibration(best["prior"], best["decay"], best["stiffness"], round(ratio, 4), *limits)


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
