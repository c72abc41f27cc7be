"""What stands at the end of every net: the ranges and shapes that losses rely on."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from sparring.core.space import Space


@final
class Sample(nn.Module):
    """A generator, z (n, latent) -> (n, *shape) float32: tanh for pictures, linear for points.

    The cast comes before tanh, so that autocast costs pictures no grey levels.
    """

    def __init__(self, body: nn.Module, space: Space) -> None:
        super().__init__()
        self.body = body
        self.bounded = space.pictures

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.body(z).float()
        return x.tanh() if self.bounded else x


@final
class Score(nn.Module):
    """A critic, data (n, *shape) -> (n,) float32: logits, without a sigmoid."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.body(x)
        return logits.float().squeeze(1)
