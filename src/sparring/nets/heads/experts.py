"""A discriminator made of Bernoulli experts: the score is high where each expert's entropy is low."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn
from torch.nn.functional import softplus

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.errors import BadInput
from sparring.core.space import Space


@dataclass(frozen=True)
class ExpertsDiscriminator:
    """D(x) = -sum_k H(sigmoid(v_k(x))): minus the entropy of `panel.outputs` Bernoulli experts, in nats.

    D(x) is in [-experts * log 2, 0].  `panel` is any discriminator of at least 2 outputs; raises `BadInput`
    for fewer.
    Zhai et al. 2016, arXiv:1611.01799, section 4.
    """

    panel: DiscriminatorBuilder

    def __call__(self, space: Space) -> nn.Module:
        if self.panel.outputs < 2:
            raise BadInput(f"a panel has at least 2 experts, not {self.panel.outputs}")
        return Experts(self.panel(space))


@final
class Experts(nn.Module):
    """Data (n, *shape) -> minus the energy, (n,) float32."""

    def __init__(self, panel: nn.Module) -> None:
        super().__init__()
        self.panel = panel

    def forward(self, x: Tensor) -> Tensor:
        return -self.energy(self.votes(x))

    def votes(self, x: Tensor) -> Tensor:
        """The experts' logits, (n, experts) float32."""
        v: Tensor = self.panel(x)
        return v

    def energy(self, votes: Tensor) -> Tensor:
        """The sum of the experts' entropies, (n,), in nats: H(sigmoid(v)) = softplus(v) - v sigmoid(v)."""
        return (softplus(votes) - votes * votes.sigmoid()).sum(1)
