"""Colours from hues and from integers."""

from __future__ import annotations

import numpy as np

GOLDEN = (5**0.5 - 1) / 2
"""Step on the circle of hues whose multiples stay apart (golden ratio)."""


def rgb(hue: np.ndarray, value: np.ndarray | float = 1.0) -> np.ndarray:
    """Return RGB colours of saturation 0.8, float32 (*hue.shape, 3) in [0, 255].

    `hue` has period 1: 0 is red, 1/3 green, 2/3 blue.  `value` in [0, 1] is the brightness, which multiplies
    the colours; it is a number, or of the shape of `hue`.
    """
    turn = (hue[..., None] * 6 + np.array([0, 4, 2])) % 6
    share = np.clip(np.abs(turn - 3) - 1, 0, 1)
    return np.asarray(255 * np.asarray(value)[..., None] * (0.2 + 0.8 * share), np.float32)


def distinct(number: np.ndarray) -> np.ndarray:
    """Return a colour per integer, uint8 (*number.shape, 3); neighbours differ in hue and brightness."""
    return np.asarray(rgb(number * GOLDEN % 1, np.array([1.0, 0.75, 0.5])[number % 3]), np.uint8)
