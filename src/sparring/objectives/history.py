"""Historical averaging: a net is held back towards the mean of what it has been."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.utils import parameters_to_vector

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.recipe import Loss


def departure(weights: Tensor, mean: Tensor) -> Tensor:
    """|theta - mean|^2 of flat weights (m,) from the mean of their past (m,)."""
    return (weights - mean).square().sum()


@dataclass(frozen=True)
class HeldBack:
    """Any loss of the net `net`, with the penalty |theta - (1/t) sum_i theta_i|^2 added as a term.

    The net without parameters called `past` takes the weights theta of each step in and gives their mean
    out (`nets.state.past_weights.Past`).
    Salimans et al. 2016, arXiv:1606.03498, section 3.3.
    """

    loss: Loss
    net: str = "G"
    past: str = "H"
    weight: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        weights = parameters_to_vector(n[self.net].parameters())
        held = self.weight * departure(weights, n[self.past](weights))
        return {**self.loss(n, b), "history": held}
