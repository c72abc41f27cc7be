"""The latent of noise and a label."""

from __future__ import annotations

import math

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.labels import Labels, label_of_latent, latent_labels
from sparring.core.latent import Normal, Uniform
from sparring.core.space import Space

SHARES = (0.5, 0.25, 0.25, 0.0)
LABELS = Labels(Normal(3), SHARES)


def _drawn(n: int = 4000) -> torch.Tensor:
    return LABELS.sample(n, torch.Generator().manual_seed(0))


def test_noise_comes_first_and_labels_are_as_frequent_as_asked() -> None:
    z = _drawn()
    assert z.shape == (4000, LABELS.size)
    assert LABELS.size == 7
    assert z[:, :3].std().item() == pytest.approx(1, abs=0.03)
    assert (z[:, 3:].sum(1) == 1).all()
    assert set(z[:, 3:].unique().tolist()) == {0, 1}
    assert z[:, 3:].mean(0).tolist() == pytest.approx(SHARES, abs=0.03)
    y = latent_labels(LABELS, z)
    assert y is not None
    assert torch.equal(y, label_of_latent(z, 4))
    assert torch.equal(y, z[:, 3:].argmax(1))
    assert latent_labels(Normal(7), z) is None


def test_labels_can_be_asked_for() -> None:
    z = _drawn(5)
    y = torch.tensor([3, 0, 1, 1, 2])
    other = LABELS.with_labels(z, y)
    assert torch.equal(other[:, :3], z[:, :3])
    assert torch.equal(label_of_latent(other, 4), y)
    assert torch.equal(LABELS.project(other), other)


def test_projection_keeps_one_label_and_its_noise_to_its_prior() -> None:
    latent = Labels(Uniform(2), (0.5, 0.5))
    z = torch.tensor([[2.0, -0.5, 0.4, 0.3], [0.0, -3.0, -0.2, 0.1]])
    assert latent.project(z).tolist() == [[1, -0.5, 1, 0], [0, -1, 0, 1]]


def test_the_energy_is_that_of_the_noise_and_the_label() -> None:
    z = LABELS.with_labels(torch.zeros(2, 7), torch.tensor([0, 1]))
    z[:, 0] = 2
    assert LABELS.energy(z).tolist() == pytest.approx([2 - math.log(0.5), 2 - math.log(0.25)])


def test_it_is_fitted_to_the_classes_of_the_data() -> None:
    latent = Labels(Normal(3))
    assert latent.size == 3
    assert latent.fit_to(Space((2,), 0, 4, shares=SHARES)) == LABELS
    assert latent.fit_to(Space((2,), 0, 2)).shares == (0.5, 0.5)
    for classes, says in ((0, "no labels"), (1, "only one class")):
        with pytest.raises(BadInput, match=says):
            latent.fit_to(Space((2,), 0, classes))
