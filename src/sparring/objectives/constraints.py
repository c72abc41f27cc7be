"""Constraints on a critic's weights, applied after a step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm, nn.LayerNorm)


@dataclass(frozen=True)
class Clip:
    """Clamp every parameter to [-bound, bound] in place, except gains and biases of normalisation layers.

    Running statistics are not parameters and are not clamped.
    Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, algorithm 1.
    """

    bound: float = 0.01

    @torch.no_grad()
    def __call__(self, net: nn.Module) -> None:
        for layer in net.modules():
            if not isinstance(layer, _NORMS):
                for parameter in layer.parameters(recurse=False):
                    parameter.clamp_(-self.bound, self.bound)


def project_to_ball(v: Tensor) -> Tensor:
    """Return the point of the Euclidean unit ball nearest to `v`: v / max(1, |v|).

    Mroueh, Sercu and Goel 2017, arXiv:1702.08398.
    """
    nearest: Tensor = v / v.norm().clamp(min=1)
    return nearest


def orthonormalise(matrix: Tensor) -> Tensor:
    """Return orthonormal columns with the span of those of `matrix` (m, k), k <= m: Q of a QR decomposition.

    The signs are such that R's diagonal is positive, so that Q is unique and close to a nearly orthonormal
    `matrix`.
    Mroueh, Sercu and Goel 2017, arXiv:1702.08398.
    """
    q, r = torch.linalg.qr(matrix)
    columns: Tensor = q * torch.where(r.diagonal() < 0, -1.0, 1.0)
    return columns
