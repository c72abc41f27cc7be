"""Find the parameters of a run's search and blend on held-out pictures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.engine.machine import device_of
from sparring.inverse.blend.spline import Spline
from sparring.inverse.blend.wiener import grey_level, measure_errors
from sparring.inverse.calibration import CALIBRATED_PRESET, Calibration, latent_norms
from sparring.inverse.optimise import FrozenModel, features
from sparring.inverse.presets import PRESETS, NonSaturatingPerceptual, Preset
from sparring.inverse.solution import Completion
from sparring.inverse.solver import complete_pictures
from sparring.tasks.calibrate.cases import (
    MASKS,
    Case,
    blend_cases,
    blend_crosswise,
    cases,
    concatenate,
    mean_psnr,
    psnr_by_case,
    spread_factor,
)

PRIORS = (0.05, 0.2, 0.8)
DECAYS = (0.0, 0.3, 1.0, 2.0)
STIFFNESSES = (0.0, 1.0, 10.0, 30.0)
WINDOWS = (7, 15)
FEATURES = (0.1, 0.5)
PERCEPTUALS = (0.3, 3.0)
"""Candidate values of each parameter."""

MIN_STANDARD_ERRORS, MIN_GAIN_DB = 2.0, 0.05
"""Standard errors over the pictures, and dB, that a change to the search must gain: six are tried."""

MAX_TIME_SHARE = 0.9
"""Largest share of the time in float32 that bfloat16 may take to be used."""

MAX_LOSS_DB = 0.1
"""Largest loss by bfloat16, in dB of the holes' mean PSNR."""

TIMINGS = 3
"""Timings of each precision, taken in turns; the fastest counts."""

IN_RANGE_SHARE = 0.95
"""Share of held-out pictures that count as in range."""

TrialRow = dict[str, float]
"""Row of the log: the values tried, the hole PSNR in dB, its gain and standard error, or the time."""


def find_calibration(
    model: FrozenModel,
    pictures: np.ndarray,
    *,
    seed: int,
    priors: Sequence[float] = PRIORS,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Calibration, list[TrialRow]]:
    """Return the calibration with the highest mean hole PSNR on held-out pictures, and the log of trials.

    `pictures` are uint8 (n, H, W, C), at least 4, else `BadInput`; `priors` are the weights of the prior to
    try.  First bfloat16 is tested: all further searches use it if it takes at most 0.9 of the time and loses
    at most 0.1 dB.  Then the prior's weight and the blend are searched together.  Then the window of weights,
    D's features and D's score are tried one after the other, each against the best so far; a change must gain
    more than 0.05 dB and two standard errors.  Each entry of the log has the values that were tried and
    "psnr_hole" in dB, or for bfloat16 "of_the_time".  `progress` is called with the number of cases searched
    so far and their total.
    """
    if len(pictures) < len(MASKS):
        raise BadInput(f"{len(pictures)} held-out pictures are too few to calibrate on; {len(MASKS)} or more")
    most = len(priors) + sum(len(values) for values, _ in CHANGES.values()) + 1
    searches = _Searches(model, cases(pictures, seed), seed, _Ticks(progress, most))
    default, tried = PRESETS[CALIBRATED_PRESET], list[TrialRow]()
    attempts = [searches.attempt(replace(default, prior=priors[0]), {"prior": priors[0]}, tried)]
    attempts[0] = searches.try_bfloat16(attempts[0], tried) or attempts[0]
    for prior in priors[1:]:
        preset = replace(attempts[0].preset, prior=prior)
        attempts.append(searches.attempt(preset, {"prior": prior}, tried))
    best = searches.improve(max(attempts, key=lambda attempt: attempt.score), tried)
    searches.ticks.end()
    return best.calibration, tried


def _with_window(preset: Preset, side: float) -> Preset:
    return replace(preset, contextual=replace(preset.contextual, window=int(side)))


def _with_features(preset: Preset, share: float) -> Preset:
    return replace(preset, features=share)


def _with_perceptual(preset: Preset, weight: float) -> Preset:
    return replace(preset, perceptual=NonSaturatingPerceptual(weight))


CHANGES: dict[str, tuple[Sequence[float], Callable[[Preset, float], Preset]]] = {
    "window": (WINDOWS, _with_window),
    "features": (FEATURES, _with_features),
    "perceptual": (PERCEPTUALS, _with_perceptual),
}
"""Changes to a search: the candidate values, and the function that applies one to a preset."""


@dataclass
class _Ticks:
    """Progress in cases of searches."""

    progress: Callable[[int, int], None] | None
    searches: int
    done: int = 0

    def tick(self) -> None:
        self.done += 1
        self._report()

    def end(self) -> None:
        """Count searches that were not needed as done."""
        if self.done < self.searches * len(MASKS):
            self.done = self.searches * len(MASKS)
            self._report()

    def _report(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.searches * len(MASKS))


@dataclass(frozen=True)
class _Attempt:
    """A search of all cases, and the blend that completes them best."""

    several: Sequence[Case]
    preset: Preset
    completions: Sequence[Completion]
    spline: Spline
    """The best spline."""
    per_frequency: bool
    """Whether errors measured per DCT frequency blend better than the spline."""
    score: float
    """Mean PSNR of the holes in dB, with that blend."""

    @cached_property
    def decibels(self) -> np.ndarray:
        """PSNR of each picture's hole in dB, (n,)."""
        return np.concatenate(psnr_by_case(self.several, self.filled(self.completions)))

    def filled(self, completions: Sequence[Completion]) -> list[np.ndarray]:
        """Blend the completions of such a search with this attempt's blend.

        Errors are measured on one half and applied to the other: the score is that of unseen pictures.
        """
        return (
            blend_crosswise(self.several, completions)
            if self.per_frequency
            else blend_cases(self.several, completions, self.spline)
        )

    @property
    def calibration(self) -> Calibration:
        """The calibration that this attempt gives."""
        residuals = np.concatenate([completion.residual.numpy() for completion in self.completions])
        norms = np.concatenate([latent_norms(completion) for completion in self.completions])
        plain = Calibration(
            prior=self.preset.prior,
            window=self.preset.contextual.window,
            features=self.preset.features,
            perceptual=self._perceptual_weight,
            bf16=self.preset.bf16,
            decay=self.spline.decay,
            stiffness=self.spline.stiffness,
            spread=round(spread_factor(self.several, self.completions, self.filled(self.completions)), 4),
            residual=float(np.quantile(residuals, IN_RANGE_SHARE)),
            length=float(np.quantile(norms, IN_RANGE_SHARE)),
        )
        if not self.per_frequency:
            return plain
        truth, generated, missing = concatenate(self.several, self.completions)
        level = grey_level(truth.double(), missing).expand_as(truth)  # grey in place of G(z)
        unaided = measure_errors(truth, level, missing)
        return replace(plain, measured=measure_errors(truth, generated, missing), unaided=unaided)

    @property
    def _perceptual_weight(self) -> float:
        perceptual = self.preset.perceptual
        return perceptual.weight if isinstance(perceptual, NonSaturatingPerceptual) else 0.0


@dataclass(frozen=True)
class _Searches:
    """Searches of the same pictures with the same nets."""

    model: FrozenModel
    several: Sequence[Case]
    seed: int
    ticks: _Ticks = field(repr=False)

    def attempt(self, preset: Preset, about: TrialRow, tried: list[TrialRow]) -> _Attempt:
        """Search by `preset` and try all blends; append each score to `tried`, with the values in `about`."""
        completions, scores = self._search_all(preset), dict[Spline, float]()
        for decay in DECAYS:
            for stiffness in STIFFNESSES:
                spline = Spline(decay, stiffness)
                scores[spline] = mean_psnr(self.several, blend_cases(self.several, completions, spline))
                tried.append({**about, "decay": decay, "stiffness": stiffness, "psnr_hole": scores[spline]})
        best = max(scores, key=lambda spline: scores[spline])
        measured_score = -math.inf
        if min(len(case.pictures) for case in self.several) >= 2:
            measured_score = mean_psnr(self.several, blend_crosswise(self.several, completions))
            tried.append({**about, "measured": 1.0, "psnr_hole": measured_score})
        return _Attempt(
            self.several,
            preset,
            completions,
            best,
            measured_score > scores[best],
            max(measured_score, scores[best]),
        )

    def improve(self, best: _Attempt, tried: list[TrialRow]) -> _Attempt:
        """Return the best search, with the changes that help significantly."""
        for name, (values, change) in CHANGES.items():
            if name == "features" and not self._has_features():
                continue
            better, most = best, 0.0
            for value in values:
                attempt = self.attempt(change(best.preset, value), {}, [])
                gains = attempt.decibels - best.decibels
                gain, error = gains.mean(), gains.std(ddof=1) / len(gains) ** 0.5
                row = {"psnr_hole": attempt.score, "gain": round(gain, 3), "error": round(error, 3)}
                tried.append({"prior": best.preset.prior, name: float(value), **row})
                if gain > max(MIN_STANDARD_ERRORS * error, MIN_GAIN_DB, most):
                    better, most = attempt, gain
            best = better
        return best

    def _has_features(self) -> bool:
        """Return whether D exposes its features."""
        try:
            features(self.model.D, self.several[0].scaled[:1].to(device_of(self.model.D)))
        except BadInput:
            return False
        return True

    def try_bfloat16(self, default: _Attempt, tried: list[TrialRow]) -> _Attempt | None:
        """Return the same search in bfloat16 if that is faster, by processor time, and as good, else None."""
        coarse = replace(default.preset, bf16=True)
        times: dict[Preset, list[float]] = {default.preset: [], coarse: []}
        for _ in range(TIMINGS):
            for preset, seconds in times.items():
                seconds.append(self._seconds(preset))
        share = min(times[coarse]) / min(times[default.preset])
        row = {"bf16": 1.0, "of_the_time": round(share, 3)}
        if share > MAX_TIME_SHARE:
            tried.append(row)
            return None
        attempt = self.attempt(coarse, {}, [])
        tried.append({**row, "psnr_hole": attempt.score})
        return attempt if attempt.score >= default.score - MAX_LOSS_DB else None

    def _search_all(self, preset: Preset) -> list[Completion]:
        completions = []
        for case in self.several:
            completions.append(self._complete(preset, case))
            self.ticks.tick()
        return completions

    def _seconds(self, preset: Preset) -> float:
        """Return the processor time of one batch: one picture, repeated to fill it."""
        first = slice(1)
        case = Case(self.several[0].pictures[first], self.several[0].missing[first])
        began = time.process_time()
        self._complete(preset, case)
        return time.process_time() - began

    def _complete(self, preset: Preset, case: Case) -> Completion:
        hole = torch.from_numpy(case.missing)
        return complete_pictures(self.model, case.scaled, hole, preset, seed=self.seed)
