"""A history that fills up, gives back what it was given, and holds no graph."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.state.fake_buffer import FakeBuffer

NOISE = torch.Generator().manual_seed(0)


def _numbered(first: int, n: int) -> torch.Tensor:
    return torch.arange(first, first + n, dtype=torch.float32).view(n, 1, 1, 1).expand(n, 1, 2, 2)


def _u(n: int) -> torch.Tensor:
    return torch.rand(n, 1, 1, 1, generator=NOISE)


def test_it_gives_back_what_it_is_given_until_it_is_full() -> None:
    pool = FakeBuffer(10)(Space((1, 2, 2), 0))
    for first in (0, 4):
        assert torch.equal(pool(_numbered(first, 4), torch.full((4, 1, 1, 1), 0.9)), _numbered(first, 4))
    assert pool.held == 8  # a third batch of four does not fit
    assert torch.equal(pool.store[:8], _numbered(0, 8))
    assert torch.equal(pool(_numbered(8, 4), torch.full((4, 1, 1, 1), 0.49)), _numbered(8, 4))
    assert torch.equal(pool.store[:8], _numbered(0, 8))


def test_half_of_a_full_pools_fakes_are_old_and_none_is_lost_or_doubled() -> None:
    pool, given, taken = FakeBuffer(48)(Space((1, 2, 2), 0)), [], []
    for turn in range(500):
        given.append(_numbered(4 * turn, 4))
        taken.append(pool(given[-1], _u(4)))
    new, out = torch.cat(given)[48:, 0, 0, 0], torch.cat(taken)[48:, 0, 0, 0]
    old = out < new
    assert old.float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert torch.equal(out[~old], new[~old])
    seen = torch.cat([out[old], pool.store[:, 0, 0, 0]])
    assert len(seen.unique()) == len(seen)
    # a place is left with probability 1/2 * 1/12 in each turn: a fake waits 24 turns in the mean
    assert ((new - out)[old] / 4).mean().item() == pytest.approx(24, rel=0.15)


def test_what_comes_out_has_no_graph_and_leaves_no_parameter() -> None:
    pool = FakeBuffer(8)(Space((1, 2, 2), 0))
    for _ in range(3):
        out = pool(_numbered(0, 4).clone().requires_grad_(), _u(4))
        assert not out.requires_grad
    assert not pool.store.requires_grad
    assert not list(pool.parameters())


def test_it_goes_on_from_its_saved_state() -> None:
    pool, other = (FakeBuffer(8)(Space((1, 2, 2), 0)) for _ in range(2))
    for first in (0, 4, 8):
        pool(_numbered(first, 4), _u(4))
    other.load_state_dict(pool.state_dict())
    u = _u(4)
    assert torch.equal(pool(_numbered(12, 4), u), other(_numbered(12, 4), u))


def test_a_batch_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="memory of 8"):
        FakeBuffer(8)(Space((1, 2, 2), 0))(_numbered(0, 9), _u(9))
