"""Boundary seeking against enumerated distributions."""

from __future__ import annotations

import torch

from sparring.objectives.adversarial import Minimax
from sparring.objectives.boundary import BoundarySeeking, importance_weights, policy_loss

COUNTS = torch.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 55])
"""How often each of 10 categories stands among 100 samples: q in hundredths."""
SAMPLES = torch.arange(10).repeat_interleave(COUNTS)


def _p_and_q() -> tuple[torch.Tensor, torch.Tensor]:
    q = COUNTS.double() / 100
    p = torch.rand(10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return p / p.sum(), q


def test_with_the_true_discriminator_weighted_samples_of_q_are_samples_of_p() -> None:
    p, q = _p_and_q()
    weights = importance_weights((p / q).log()[SAMPLES][None])[0]
    found = torch.zeros(10, dtype=torch.float64).index_add(0, SAMPLES, weights)
    assert (found - p).abs().max() < 1e-6


def test_the_policys_gradient_leads_from_q_to_p() -> None:
    """The gradient of the cross-entropy in a table's logits is q - p: zero at q = p and there alone."""
    p, q = _p_and_q()
    logits = q.log().requires_grad_()
    weights = importance_weights((p / q).log()[SAMPLES][None])
    (slope,) = torch.autograd.grad(policy_loss(weights, logits.log_softmax(0)[SAMPLES][None]), logits)
    assert (slope - (q - p)).abs().max() < 1e-6


def test_weights_are_normalised_over_the_samples_of_one_latent() -> None:
    scores = torch.tensor([[0.0, 1.0, 2.0], [50.0, 51.0, 52.0]])
    weights = importance_weights(scores)
    assert torch.allclose(weights.sum(1), torch.ones(2))
    assert torch.allclose(weights[0], weights[1])


def test_huge_scores_do_not_overflow_the_weights() -> None:
    assert importance_weights(torch.tensor([[1e4, 1e4, -1e4]])).tolist() == [[0.5, 0.5, 0.0]]


def test_the_generator_is_drawn_to_the_boundary_from_both_sides() -> None:
    v = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    (slope,) = torch.autograd.grad(BoundarySeeking().g(v), v)
    assert torch.allclose(slope, torch.tensor([-2.0, 0.0, 3.0]) / 3)
    assert BoundarySeeking().d(v, -v).equal(Minimax().d(v, -v))
