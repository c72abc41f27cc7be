"""Historical averaging: a penalty on the distance of a net's weights from their mean so far."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.utils import parameters_to_vector

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.recipe import GENERATOR, Loss


def squared_distance(weights: Tensor, mean: Tensor) -> Tensor:
    """Return |theta - mean|^2, a scalar, for flat weights theta (m,) and their mean over past steps (m,)."""
    return (weights - mean).square().sum()


@dataclass(frozen=True)
class WithHistoryPenalty:
    """A loss of `net` with the penalty `weight` * |theta - (1/t) sum_i theta_i|^2 in the term `history`.

    Penalties of several nets in one loss add up.  The state net `past` (`nets.state.past_weights.Past`) takes
    the weights theta of each step and returns their mean.
    Salimans et al. 2016, arXiv:1606.03498, section 3.3.
    """

    loss: Loss
    net: str = GENERATOR
    past: str = "H"
    weight: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        weights = parameters_to_vector(n[self.net].parameters())
        penalty = self.weight * squared_distance(weights, n[self.past](weights))
        terms = self.loss(n, b)
        return {**terms, "history": terms["history"] + penalty if "history" in terms else penalty}
