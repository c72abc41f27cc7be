"""Importance of the known pixels: those near the hole count more."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def importance(missing: Tensor, window: int = 7) -> Tensor:
    """Weights of the contextual loss: float32 (n, H, W), from `missing`, bool (n, H, W).

    The weight of a known pixel is the share of missing pixels among the others of the window x window
    square round it, and that of a missing pixel is 0 (Yeh et al. 2017, arXiv:1607.07539, equation 3).  The
    square is cut at the picture's border: only pixels that exist are counted, in both parts of the share.
    Known pixels further than window // 2 from every hole weigh 0.  `window` is odd and at least 3.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f"the window must be odd and at least 3, not {window}")
    holes = missing[:, None].to(torch.float32)
    kernel = torch.ones(1, 1, window, window, device=missing.device)
    near = F.conv2d(holes, kernel, padding=window // 2)
    others = F.conv2d(torch.ones_like(holes), kernel, padding=window // 2) - 1
    # A window of a single pixel, in a picture of one pixel, has no others.
    return (near / others.clamp(min=1) * (1 - holes))[:, 0]
