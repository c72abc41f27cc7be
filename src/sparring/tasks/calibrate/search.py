"""Find what a search and its blending need to know of a run, on pictures that it kept aside."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.engine.machine import device_of
from sparring.inverse.blend.spline import Spline
from sparring.inverse.blend.wiener import grey, measured
from sparring.inverse.calibration import CALIBRATED, Calibration, lengths
from sparring.inverse.optimise import features
from sparring.inverse.presets import PRESETS, NonSaturating, Preset
from sparring.inverse.solution import Completion
from sparring.inverse.solver import completed
from sparring.tasks.calibrate.cases import (
    MASKS,
    Case,
    blended,
    cases,
    crossed,
    decibels,
    gathered,
    score,
    spread_factor,
)

PRIORS = (0.05, 0.2, 0.8)
DECAYS = (0.0, 0.3, 1.0, 2.0)
STIFFNESSES = (0.0, 1.0, 10.0, 30.0)
WINDOWS = (7, 15)
FEATURES = (0.1, 0.5)
PERCEPTUALS = (0.3, 3.0)
"""What is tried."""

SURE, LEAST = 2.0, 0.05
"""Standard errors over the pictures, and dB, by which a change to the search must win: six are tried."""

WORTH = 0.9
"""The share of the time in float32 that bfloat16 takes at most, where it is used."""

LOST = 0.1
"""What it may cost at most, in dB of the holes' mean PSNR."""

RACES = 3
"""Times that each precision is timed, in turns; the fastest counts."""

USUAL = 0.95
"""The share of held-out pictures that count as in range."""

Tried = dict[str, float]
"""What was tried, its hole PSNR in dB, what it gained and the standard error of that, or its time."""


def calibrated(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: np.ndarray,
    *,
    seed: int,
    priors: Sequence[float] = PRIORS,
    E: nn.Module | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Calibration, list[Tried]]:
    """What completes held-out pictures best, by mean PSNR of the holes, and all that was tried.

    First whether bfloat16 will do, in which all that follows is then searched; then the prior's weight and
    the blend together; then the window of weights, D's features and D's word, one after the other, each
    against what was best before.  `pictures` uint8 (n, H, W, C); `BadInput` for fewer than 4.
    """
    if len(pictures) < len(MASKS):
        raise BadInput(f"{len(pictures)} held-out pictures are too few to calibrate on; {len(MASKS)} or more")
    most = len(priors) + sum(len(values) for values, _ in CHANGES.values()) + 1
    searches = _Searches(G, D, latent, cases(pictures, seed), seed, E, _Ticks(progress, most))
    usual, tried = PRESETS[CALIBRATED], list[Tried]()
    attempts = [searches.attempt(replace(usual, prior=priors[0]), {"prior": priors[0]}, tried)]
    attempts[0] = searches.coarser(attempts[0], tried) or attempts[0]
    for prior in priors[1:]:
        preset = replace(attempts[0].preset, prior=prior)
        attempts.append(searches.attempt(preset, {"prior": prior}, tried))
    best = searches.changed(max(attempts, key=lambda one: one.score), tried)
    searches.ticks.end()
    return best.calibration, tried


def _windowed(given: Preset, side: float) -> Preset:
    return replace(given, contextual=replace(given.contextual, window=int(side)))


def _compared(given: Preset, share: float) -> Preset:
    return replace(given, features=share)


def _judged(given: Preset, weight: float) -> Preset:
    return replace(given, perceptual=NonSaturating(weight))


CHANGES: dict[str, tuple[Sequence[float], Callable[[Preset, float], Preset]]] = {
    "window": (WINDOWS, _windowed),
    "features": (FEATURES, _compared),
    "perceptual": (PERCEPTUALS, _judged),
}
"""Changes to a search: what is tried, and what it makes of one."""


@dataclass
class _Ticks:
    """Progress, a case of a search at a time."""

    progress: Callable[[int, int], None] | None
    searches: int
    done: int = 0

    def tick(self) -> None:
        self.done += 1
        self._tell()

    def end(self) -> None:
        """What was not needed counts as done."""
        if self.done < self.searches * len(MASKS):
            self.done = self.searches * len(MASKS)
            self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.searches * len(MASKS))


@dataclass(frozen=True)
class _Attempt:
    """A search of all cases, and what blends its answers best."""

    several: Sequence[Case]
    preset: Preset
    found: Sequence[Completion]
    spline: Spline
    """The best of the splines."""
    waves: bool
    """Whether errors measured wave by wave do better than it."""
    score: float
    """Mean PSNR of the holes in dB, blended so."""

    @cached_property
    def decibels(self) -> np.ndarray:
        """Of each picture."""
        return np.concatenate(decibels(self.several, self.filled(self.found)))

    def filled(self, found: Sequence[Completion]) -> list[np.ndarray]:
        """Answers of such a search, blended so.

        What is measured is held against halves that it was not measured on, as whoever uses it will find it.
        """
        return crossed(self.several, found) if self.waves else blended(self.several, found, self.spline)

    @property
    def calibration(self) -> Calibration:
        """All that follows of it."""
        residuals = np.concatenate([one.residual.numpy() for one in self.found])
        norms = np.concatenate([lengths(one) for one in self.found])
        plain = Calibration(
            prior=self.preset.prior,
            window=self.preset.contextual.window,
            features=self.preset.features,
            perceptual=self._word,
            bf16=self.preset.bf16,
            decay=self.spline.decay,
            stiffness=self.spline.stiffness,
            spread=round(spread_factor(self.several, self.found, self.filled(self.found)), 4),
            residual=float(np.quantile(residuals, USUAL)),
            length=float(np.quantile(norms, USUAL)),
        )
        if not self.waves:
            return plain
        truth, generated, missing = gathered(self.several, self.found)
        level = grey(truth.double(), missing).expand_as(truth)  # in place of a generator
        unaided = measured(truth, level, missing)
        return replace(plain, measured=measured(truth, generated, missing), unaided=unaided)

    @property
    def _word(self) -> float:
        said = self.preset.perceptual
        return said.weight if isinstance(said, NonSaturating) else 0.0


@dataclass(frozen=True)
class _Searches:
    """Searches of the same pictures with the same nets."""

    G: nn.Module
    D: nn.Module
    latent: Latent
    several: Sequence[Case]
    seed: int
    E: nn.Module | None
    ticks: _Ticks = field(repr=False)

    def attempt(self, preset: Preset, about: Tried, tried: list[Tried]) -> _Attempt:
        """Search by `preset`, and blend in all ways; what was tried is told, each with what it is `about`."""
        found, scores = self._found(preset), dict[Spline, float]()
        for decay in DECAYS:
            for stiffness in STIFFNESSES:
                spline = Spline(decay, stiffness)
                scores[spline] = score(self.several, blended(self.several, found, spline))
                tried.append({**about, "decay": decay, "stiffness": stiffness, "psnr_hole": scores[spline]})
        best = max(scores, key=lambda spline: scores[spline])
        waves = -math.inf
        if min(len(case.pictures) for case in self.several) >= 2:
            waves = score(self.several, crossed(self.several, found))
            tried.append({**about, "measured": 1.0, "psnr_hole": waves})
        return _Attempt(self.several, preset, found, best, waves > scores[best], max(waves, scores[best]))

    def changed(self, best: _Attempt, tried: list[Tried]) -> _Attempt:
        """The search that did best, with those changes that help beyond doubt."""
        for name, (values, made) in CHANGES.items():
            if name == "features" and not self._featured():
                continue
            better, most = best, 0.0
            for value in values:
                one = self.attempt(made(best.preset, value), {}, [])
                gains = one.decibels - best.decibels
                gain, error = gains.mean(), gains.std(ddof=1) / len(gains) ** 0.5
                told = {"psnr_hole": one.score, "gain": round(gain, 3), "error": round(error, 3)}
                tried.append({"prior": best.preset.prior, name: float(value), **told})
                if gain > max(SURE * error, LEAST, most):
                    better, most = one, gain
            best = better
        return best

    def _featured(self) -> bool:
        """Whether D can say its features."""
        try:
            features(self.D, self.several[0].scaled[:1].to(device_of(self.D)))
        except BadInput:
            return False
        return True

    def coarser(self, usual: _Attempt, tried: list[Tried]) -> _Attempt | None:
        """The same search in bfloat16, where that is faster, by processor time, and as good."""
        coarse = replace(usual.preset, bf16=True)
        times: dict[Preset, list[float]] = {usual.preset: [], coarse: []}
        for _ in range(RACES):
            for preset, seconds in times.items():
                seconds.append(self._seconds(preset))
        share = min(times[coarse]) / min(times[usual.preset])
        told = {"bf16": 1.0, "of_the_time": round(share, 3)}
        if share > WORTH:
            tried.append(told)
            return None
        one = self.attempt(coarse, {}, [])
        tried.append({**told, "psnr_hole": one.score})
        return one if one.score >= usual.score - LOST else None

    def _found(self, preset: Preset) -> list[Completion]:
        found = []
        for case in self.several:
            found.append(self._completed(preset, case))
            self.ticks.tick()
        return found

    def _seconds(self, preset: Preset) -> float:
        """Processor time of one batch, which is filled up."""
        few = slice(1)
        case = Case(self.several[0].pictures[few], self.several[0].missing[few])
        began = time.process_time()
        self._completed(preset, case)
        return time.process_time() - began

    def _completed(self, preset: Preset, case: Case) -> Completion:
        hole = torch.from_numpy(case.missing)
        return completed(self.G, self.D, self.latent, case.scaled, hole, preset, seed=self.seed, E=self.E)
