"""What can be thought of a generator's errors."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from torch import Tensor

from sparring.inverse.blend.cosines import Gains


class Errors(Protocol):
    """How far G(z) is to be believed, and how what is left goes on from pixel to pixel; a `Blend` too."""

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """What is believed of pictures (n, C, H, W), beside their grey level, (n, 1, 1, 1)."""
        ...

    def energy(self, height: int, width: int) -> Gains:
        """The precision of what is left, float64, all above 0."""
        ...

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """The completed pictures; arrays as in `pasted`."""
        ...
