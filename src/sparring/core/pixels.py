"""Conversion between stored pixels, 0 to 255, and the nets' range, [-1, 1]."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def to_float(x: Tensor) -> Tensor:
    """Return uint8 pictures (n, h, w, c) as float32 (n, c, h, w) in [-1, 1]: v / 127.5 - 1.

    The memory layout stays channels last, so that nothing is copied twice.
    """
    return x.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1)


def array_to_float(x: np.ndarray) -> Tensor:
    """Return uint8 pictures (n, h, w, c) as float32 (n, c, h, w) in [-1, 1], channels first in memory."""
    return to_float(torch.from_numpy(x)).contiguous()


def to_uint8(x: Tensor) -> np.ndarray:
    """Return pictures (n, c, h, w) in [-1, 1] as uint8 (n, h, w, c): 127.5 (v + 1), rounded and clamped."""
    levels = x.detach().to(torch.float32).add(1).mul_(127.5).round_().clamp_(0, 255)
    return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
