"""f-GAN's divergences: every activation and conjugate against its f, and the pair made of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from sparring.objectives.divergences import (
    KL,
    Divergence,
    Hellinger,
    JensenShannon,
    Logistic,
    Pearson,
    ReverseKL,
    TotalVariation,
    Variational,
)

GENERATORS: list[tuple[Divergence, Callable[[np.ndarray], np.ndarray]]] = [
    (KL(), lambda r: r * np.log(r)),
    (ReverseKL(), lambda r: -np.log(r)),
    (Pearson(), lambda r: (r - 1) ** 2),
    (Hellinger(), lambda r: (np.sqrt(r) - 1) ** 2),
    (JensenShannon(), lambda r: r * np.log(r) - (r + 1) * np.log((r + 1) / 2)),
    (Logistic(), lambda r: r * np.log(r) - (r + 1) * np.log(r + 1)),
    (TotalVariation(), lambda r: np.abs(r - 1) / 2),
]
DIVERGENCES = [divergence for divergence, _ in GENERATORS]
RATIOS = np.logspace(-7, 7, 40_001)

every = pytest.mark.parametrize("divergence", DIVERGENCES, ids=repr)


@pytest.mark.parametrize(("divergence", "f"), GENERATORS, ids=lambda case: repr(case)[:20])
@pytest.mark.parametrize("v", [-1.5, -0.4, 0.0, 0.7, 1.8])
def test_the_conjugate_is_the_supremum(
    divergence: Divergence, f: Callable[[np.ndarray], np.ndarray], v: float
) -> None:
    """f*(T) = sup over r > 0 of r T - f(r), at the T that the activation gives."""
    score = torch.tensor([v], dtype=torch.float64)
    supremum = (RATIOS * divergence.activation(score).item() - f(RATIOS)).max()
    assert divergence.conjugate(score).item() == pytest.approx(supremum, abs=1e-4)


@every
def test_a_higher_score_says_real_and_the_generator_wants_it(divergence: Divergence) -> None:
    v = torch.linspace(-1.9, 3, 13)  # Pearson's best discriminator is 2 (p / q - 1), at least -2
    assert (_slopes(divergence.activation, v) > 0).all()
    for saddle in (True, False):
        assert (_slopes(Variational(divergence, saddle).g, v) < 0).all()
    real, fake = torch.func.grad(Variational(divergence).d, argnums=(0, 1))(v, v)
    assert (real < 0).all()
    assert (fake > 0).all()


@every
def test_the_saddle_gives_the_generator_what_it_takes_from_the_discriminator(divergence: Divergence) -> None:
    real, fake = torch.randn(5), torch.randn(7)
    pair = Variational(divergence, saddle=True)
    rest = -divergence.activation(real).mean()
    assert torch.isclose(pair.d(real, fake) + pair.g(fake), rest, atol=1e-6)
    practical = Variational(divergence, saddle=False)
    assert torch.isclose(practical.g(fake), -divergence.activation(fake).mean())


@every
def test_huge_scores_overflow_nowhere(divergence: Divergence) -> None:
    for v in (torch.full((2,), -1e4), torch.full((2,), 1e4)):
        for saddle in (True, False):
            pair = Variational(divergence, saddle)
            assert pair.d(-v, v).isfinite()
            assert _slopes(pair.g, v).isfinite().all()


def test_exponentials_are_exact_where_ratios_are_possible() -> None:
    v = torch.tensor([-30.0, 0.0, 15.0, 19.9], dtype=torch.float64)
    assert torch.allclose(KL().conjugate(v + 1), v.exp())
    beyond = KL().conjugate(torch.tensor([22.0, 23.0], dtype=torch.float64))
    assert torch.allclose(beyond, torch.tensor([2.0, 3.0], dtype=torch.float64) * np.exp(20.0))


def _slopes(loss: Callable[[Tensor], Tensor], v: Tensor) -> Tensor:
    return torch.func.grad(lambda x: loss(x).sum())(v)
