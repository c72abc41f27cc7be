"""K logits and the fake class that is not written; rows with and without labels."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, softmax, softplus

from sparring.objectives.evidence import class_loss, real_logit, unlabelled_mean

LOGITS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_fake_class_is_one_more_with_the_logit_zero() -> None:
    whole = softmax(torch.cat([LOGITS, torch.zeros(6, 1)], 1), 1)
    assert torch.allclose(torch.sigmoid(real_logit(LOGITS)), 1 - whole[:, -1])


def test_one_logit_is_its_own_evidence() -> None:
    v = LOGITS[:, 0]
    assert torch.equal(real_logit(v), v)
    assert torch.equal(real_logit(v[:, None]), v)


def test_the_real_term_is_minus_log_of_the_probability_of_being_real() -> None:
    lse = LOGITS.logsumexp(1)
    assert torch.allclose(softplus(-real_logit(LOGITS)), -lse + softplus(lse))


def test_only_labelled_rows_have_a_class() -> None:
    y = torch.tensor([2, -1, 0, -1, -1, 3])
    known = [0, 2, 5]
    assert torch.isclose(class_loss(LOGITS, y), cross_entropy(LOGITS[known], y[known]))
    slope = torch.func.grad(lambda v: class_loss(v, y))(LOGITS)
    assert slope[[1, 3, 4]].abs().max() == 0
    assert (slope[known].abs().sum(1) > 0).all()


def test_without_labels_the_class_loss_is_zero() -> None:
    assert class_loss(LOGITS, None).item() == 0
    assert class_loss(LOGITS, torch.full((6,), -1)).item() == 0


def test_classes_all_equal_cost_log_k() -> None:
    assert class_loss(torch.zeros(3, 4), torch.tensor([0, 1, 3])).item() == pytest.approx(math.log(4))


def test_unlabelled_rows_are_averaged_and_all_rows_if_none_is() -> None:
    losses = torch.arange(4.0)
    assert unlabelled_mean(losses, torch.tensor([1, -1, 0, -1])).item() == 2
    assert unlabelled_mean(losses, torch.tensor([1, 1, 0, 2])).item() == 1.5
    assert unlabelled_mean(losses, torch.full((4,), -1)).item() == 1.5
    assert unlabelled_mean(losses, None).item() == 1.5
