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
from sparring.apps.completion.masks import masks
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
FORMAT = 1
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

    def preset(self, given: Preset) -> Preset:
        """The preset with the prior's weight that was found."""
        return replace(given, prior=self.prior)

    def blend(self) -> Spline:
        """The blending that was found."""
        return Spline(self.decay, self.stiffness)

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
    best = max(tried, key=lambda row: row["psnr_hole"])
    chosen = found[best["prior"]]
    return _with_limits(best, several, chosen), tried


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
        LOG.warning("%s: is of the run at another step and not used; calibrate again", path)
        return none
    return Calibration(**there["found"]), np.array(there["pictures"], np.uint64)


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
