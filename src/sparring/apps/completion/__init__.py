"""Completion: find z such that G(z) agrees with what is known of a damaged picture, and fill the hole."""

from sparring.apps.completion.answer import Completion, Ranked
from sparring.apps.completion.blend import pasted, poisson
from sparring.apps.completion.figure import figure
from sparring.apps.completion.masks import KINDS, masks
from sparring.apps.completion.presets import PRESETS, Contextual, Minimax, NonSaturating, Perceptual, Preset
from sparring.apps.completion.solver import completed
from sparring.apps.completion.trial import BASELINES, OURS, Baseline, Blend, Trial, scores, trial
from sparring.apps.completion.weights import importance

__all__ = [
    "BASELINES",
    "KINDS",
    "OURS",
    "PRESETS",
    "Baseline",
    "Blend",
    "Completion",
    "Contextual",
    "Minimax",
    "NonSaturating",
    "Perceptual",
    "Preset",
    "Ranked",
    "Trial",
    "completed",
    "figure",
    "importance",
    "masks",
    "pasted",
    "poisson",
    "scores",
    "trial",
]
