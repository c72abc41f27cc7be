"""Boundary-seeking losses: the generator aims at the discriminator's decision boundary, not beyond it.

Scores v are logits, high for real; for the optimal discriminator v = log p(x) / q(x), 0 on the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.objectives.adversarial import Minimax


@dataclass(frozen=True)
class BoundarySeeking:
    """The boundary-seeking loss for continuous data: `Minimax`'s d, and g = (1/2) E v^2.

    Hjelm et al. 2017, arXiv:1702.08431.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return Minimax().d(real, fake)

    def g(self, fake: Tensor) -> Tensor:
        return fake.square().mean() / 2


def importance_weights(scores: Tensor) -> Tensor:
    """Return the importance weights w_i = e^{v_i} / sum_j e^{v_j} of samples, (n, m); rows sum to 1.

    `scores` (n, m) are the logits v of m samples for each of n latents.  With v = log p / q, samples of q
    with these weights represent p.
    Hjelm et al. 2017, arXiv:1702.08431.
    """
    return scores.softmax(1)


def policy_loss(weights: Tensor, log_probability: Tensor) -> Tensor:
    """Return -E_z sum_i w_i log g(x_i | z), a scalar: the cross-entropy with m weighted samples per latent.

    `weights` (n, m), in sum 1 per row, should have no gradient; `log_probability` (n, m) has log g(x_i | z),
    in nats.  With `importance_weights` the gradient is that of KL(w q || g).
    Hjelm et al. 2017, arXiv:1702.08431.
    """
    return -(weights * log_probability).sum(1).mean()
