"""Colours by number."""

from __future__ import annotations

import numpy as np

GOLDEN = (5**0.5 - 1) / 2
"""A share of the circle of hues whose multiples keep apart, however many there are."""


def rgb(hue: np.ndarray, value: np.ndarray | float = 1.0) -> np.ndarray:
    """Colours of saturation 0.8, float32 (*hue.shape, 3) in [0, 255].

    `hue` counts turns, 0 is red, 1/3 green, 2/3 blue; `value` in [0, 1] broadcasts against it.
    """
    turn = (hue[..., None] * 6 + np.array([0, 4, 2])) % 6
    share = np.clip(np.abs(turn - 3) - 1, 0, 1)
    return np.asarray(255 * np.asarray(value)[..., None] * (0.2 + 0.8 * share), np.float32)


def distinct(number: np.ndarray) -> np.ndarray:
    """A colour for each whole number, uint8 (*number.shape, 3); neighbours differ in hue and brightness."""
    return np.asarray(rgb(number * GOLDEN % 1, np.array([1.0, 0.75, 0.5])[number % 3]), np.uint8)
