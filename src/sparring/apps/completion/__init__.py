"""Completion: find z such that G(z) agrees with what is known of a damaged picture, and fill the hole."""

from sparring.apps.completion.answer import Completion, Ranked
from sparring.apps.completion.blend import Feather, pasted, poisson
from sparring.apps.completion.figure import figure
from sparring.apps.completion.masks import KINDS, masks
from sparring.apps.completion.presets import PRESETS, Contextual, Minimax, NonSaturating, Perceptual, Preset
from sparring.apps.completion.solver import completed
from sparring.apps.completion.trial import BASELINES, OURS, Baseline, Blend, Trial, scores, trial
from sparring.apps.completion.weights import importance
from sparring.apps.completion.windows import Solve, Window, mended, settled, windows

__all__ = [
    "BASELINES",
    "KINDS",
    "OURS",
    "PRESETS",
    "Baseline",
    "Blend",
    "Completion",
    "Contextual",
    "Feather",
    "Minimax",
    "NonSaturating",
    "Perceptual",
    "Preset",
    "Ranked",
    "Solve",
    "Trial",
    "Window",
    "completed",
    "figure",
    "importance",
    "masks",
    "mended",
    "pasted",
    "poisson",
    "scores",
    "settled",
    "trial",
    "windows",
]
