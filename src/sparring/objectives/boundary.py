"""Boundary seeking: the generator aims at where the critic is undecided, not beyond it.

Scores v are logits, high for real; at the critic's optimum v = log p(x) / q(x), 0 on the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.objectives.adversarial import Minimax


@dataclass(frozen=True)
class BoundarySeeking:
    """The critic of the plain game; g = (1/2) E v^2, for data with a gradient.

    Hjelm et al. 2017, arXiv:1702.08431.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return Minimax().d(real, fake)

    def g(self, fake: Tensor) -> Tensor:
        return fake.square().mean() / 2


def importance(scores: Tensor) -> Tensor:
    """w_i = e^{v_i} / sum_j e^{v_j} over the m samples of one latent, (n, m); each row sums to 1.

    Samples of q so weighted are samples of p, where v = log p / q.
    Hjelm et al. 2017, arXiv:1702.08431.
    """
    return scores.softmax(1)


def policy(weights: Tensor, log_probability: Tensor) -> Tensor:
    """-E_z sum_i w_i log g(x_i | z), a scalar: cross-entropy with the weighted samples, both (n, m).

    With `importance` weights its gradient is that of KL(w q || g), if no gradient runs through the weights.
    Hjelm et al. 2017, arXiv:1702.08431.
    """
    return -(weights * log_probability).sum(1).mean()
