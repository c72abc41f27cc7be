"""A discriminator that scores several samples jointly, so that it can detect mode dropping.

Lin et al. 2018, PacGAN: The power of two samples in generative adversarial networks, arXiv:1712.04086.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.conditional import ConditionalScore
from sparring.nets.heads.joint import JointScore


@dataclass(frozen=True)
class Packed:
    """The discriminator that `inner` builds, with `samples` samples, all real or all fake, as its channels.

    Raises `BadInput` for tokens, and for a discriminator with other inputs, such as a label or a latent.
    """

    inner: Builder
    samples: int = 2

    def __call__(self, space: Space) -> nn.Module:
        if space.tokens:
            raise BadInput("samples are packed as channels, but the data are sequences of tokens")
        first, *rest = space.shape
        net = self.inner(replace(space, shape=(self.samples * first, *rest)))
        if isinstance(net, ConditionalScore | JointScore):
            raise BadInput(
                "only a discriminator of samples alone can be packed, but this one has other inputs too"
            )
        return PackedNet(net, self.samples)


@final
class PackedNet(nn.Module):
    """Data (n, c, ...) -> (n / samples,) scores in training, (n,) in evaluation.

    In evaluation each sample is packed with copies of itself: its score is defined without others, but is
    that of a set without variety.  Raises `BadInput` for a batch that `samples` does not divide.
    """

    def __init__(self, net: nn.Module, samples: int) -> None:
        super().__init__()
        self.net = net
        self.samples = samples

    def forward(self, x: Tensor) -> Tensor:
        score: Tensor = self.net(self._pack(x))
        return score

    def _pack(self, x: Tensor) -> Tensor:
        if not self.training:
            return x.repeat(1, self.samples, *[1] * (x.dim() - 2))
        if len(x) % self.samples:
            raise BadInput(
                f"a batch of {len(x)} cannot be split into packs of {self.samples}; give another --batch"
            )
        return x.reshape(len(x) // self.samples, self.samples * x.shape[1], *x.shape[2:])
