"""A critic that judges several samples at once, so that it sees whether they are all alike.

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
    """The critic made by `inner`, which sees `samples` of one kind side by side, as more channels.

    Raises `BadInput` for tokens, and for a critic that is told a label or a code of each sample.
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
                "samples are packed for a critic of samples alone, but this one is told more of each"
            )
        return Pack(net, self.samples)


@final
class Pack(nn.Module):
    """Data (n, c, ...) -> n / samples scores in training; in evaluation n, each datum packed with itself.

    The latter is defined for each datum alone, but takes it for one of a set that has no variety.
    Raises `BadInput` for a batch that cannot be packed.
    """

    def __init__(self, net: nn.Module, samples: int) -> None:
        super().__init__()
        self.net = net
        self.samples = samples

    def forward(self, x: Tensor) -> Tensor:
        score: Tensor = self.net(self._packed(x))
        return score

    def _packed(self, x: Tensor) -> Tensor:
        if not self.training:
            return x.repeat(1, self.samples, *[1] * (x.dim() - 2))
        if len(x) % self.samples:
            raise BadInput(
                f"a batch of {len(x)} is not made of packs of {self.samples}; give --batch another"
            )
        return x.reshape(len(x) // self.samples, self.samples * x.shape[1], *x.shape[2:])
