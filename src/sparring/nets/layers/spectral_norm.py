"""Spectral normalisation: every weight matrix of a net is scaled to a fixed largest singular value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn
from torch._C._functorch import maybe_current_level
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.space import Space

INITIAL_ITERATIONS = 15
"""Power iterations at initialisation, so that the first step is bounded too."""


@dataclass(frozen=True)
class SpectralNormalised:
    """The net of `discriminator` with spectral norm `norm` in each linear and convolutional layer.

    A linear layer then has Lipschitz constant `norm`, a net of n of them at most norm^n.  A convolution,
    whose weight is treated as a matrix (out, in * height * width), has one that its overlap bounds too.  The
    net should have no other normalisation.  Raises what `discriminator` raises.  Miyato et al. 2018,
    arXiv:1802.05957, section 2.1, for a norm of one.
    """

    discriminator: DiscriminatorBuilder
    norm: float = 1.0

    @property
    def outputs(self) -> int:
        return self.discriminator.outputs

    def __call__(self, space: Space) -> nn.Module:
        net = self.discriminator(space)
        for layer in list(net.modules()):
            if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d):
                if not (layer.weight.is_meta or layer.weight.any()):  # a zero matrix has no singular vectors
                    nn.init.normal_(layer.weight, 0.0, layer.weight[0].numel() ** -0.5)
                parametrize.register_parametrization(
                    layer, "weight", SpectralNormWeight(layer.weight, self.norm)
                )
        return net


@final
class SpectralNormWeight(nn.Module):
    """W -> norm W / (u' W v), with u and v (buffers) estimates of the leading singular vectors.

    Each forward pass in training with W unfrozen takes one power iteration, v ~ W' u and u ~ W v.  Otherwise
    u and v do not change, so that a turn changes only the nets it trains; nor do they inside a `torch.func`
    transform, where no buffer may change.  The gradient treats u and v as constants.  Autocast, which would
    lower the precision of these products on a GPU, is off inside.
    Miyato et al. 2018, arXiv:1802.05957, equations 18 to 20 and algorithm 1.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, norm: float) -> None:
        super().__init__()
        self.norm = norm
        matrix = weight.flatten(1)
        self.register_buffer("u", normalize(torch.randn(matrix.shape[0]), dim=0))
        self.register_buffer("v", torch.zeros(matrix.shape[1]))
        for _ in range(INITIAL_ITERATIONS):
            self._iterate(matrix)

    def forward(self, weight: Tensor) -> Tensor:
        with torch.autocast("cuda" if weight.is_cuda else "cpu", enabled=False):  # there is none for "meta"
            matrix = weight.flatten(1)
            if self.training and weight.requires_grad and maybe_current_level() is None:
                self._iterate(matrix)
            # Copies, as the next forward pass within the same graph changes the vectors in place.
            sigma = torch.dot(self.u.clone(), torch.mv(matrix, self.v.clone()))
            return weight / (sigma / self.norm)

    @torch.no_grad()
    def _iterate(self, matrix: Tensor) -> None:
        self.v.copy_(normalize(torch.mv(matrix.T, self.u), dim=0))
        self.u.copy_(normalize(torch.mv(matrix, self.v), dim=0))
