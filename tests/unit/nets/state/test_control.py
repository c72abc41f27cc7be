"""What steers BEGAN and MAGAN: three steps of the one, three windows of the other, worked out by hand."""

from __future__ import annotations

import pytest
import torch

from sparring.core.space import Space
from sparring.nets.state.control import Balance, ShrinkingMargin, ShrinkingMarginState

SPACE = Space((1, 8, 8), 5)


def test_the_weight_follows_the_lack_of_fake_energy_and_is_clipped() -> None:
    net = Balance(gamma=0.5, rate=0.4)(SPACE)
    steps = [  # (real, fake, k before, k after)
        (1.0, 2.0, 0.0, 0.0),  # 0.4 (0.5 - 2) < 0: clipped
        (2.0, 0.25, 0.0, 0.3),  # 0.4 (1 - 0.25)
        (8.0, 0.0, 0.3, 1.0),  # 0.3 + 0.4 * 4 > 1: clipped
        (1.0, 1.0, 1.0, 0.8),  # 1 + 0.4 (0.5 - 1)
    ]
    for real, fake, before, after in steps:
        given = net(torch.tensor([real - 0.1, real + 0.1]), torch.tensor([fake, fake], requires_grad=True))
        assert given.item() == pytest.approx(before)
        assert not given.requires_grad
        assert net.weight.item() == pytest.approx(after)


def test_the_weight_that_was_given_stays_when_the_next_moves() -> None:
    net = Balance(rate=1.0)(SPACE)
    first = net(torch.tensor([1.0]), torch.tensor([0.0]))
    net(torch.tensor([1.0]), torch.tensor([0.0]))
    assert first == 0
    assert net.weight > 0


def _window(net: ShrinkingMarginState, real: float, fake: float) -> float:
    """The margin after a window of two rounds whose mean energies are these."""
    for off in (-0.25, 0.25):
        net.note_real(torch.tensor([real + off, real + off, real + off]))
        net.note_fake(torch.tensor([fake - 3 * off, fake - off]))
    return net().item()


def test_the_margin_moves_only_if_all_three_conditions_hold() -> None:
    net = ShrinkingMargin(window=2)(SPACE)
    net.set(torch.tensor(4.0))
    assert _window(net, 3.0, 5.0) == 4.0  # there is no window before the first
    assert _window(net, 4.5, 5.0) == 4.0  # data above the margin
    assert _window(net, 3.5, 3.0) == 4.0  # data above the fakes
    assert _window(net, 2.0, 2.5) == 4.0  # the fakes have fallen
    assert _window(net, 2.0, 2.5) == 2.0  # all three; equal fakes have not fallen
    assert _window(net, 2.25, 9.0) == 2.0  # never back up


def test_a_window_is_judged_at_its_end_and_forgotten_after() -> None:
    net = ShrinkingMargin(window=3)(SPACE)
    _feed = torch.ones(4)
    for fake in (2.0, 2.0, 2.0, 3.0, 3.0):
        net.note_real(0.5 * _feed)
        net.note_fake(fake * _feed)
    assert net() == 1  # the second window is not over
    net.note_real(0.2 * _feed)
    net.note_fake(3.0 * _feed)
    assert net().item() == pytest.approx(0.4)  # (0.5 + 0.5 + 0.2) / 3, without the first window
    assert not net.real.any()
    assert not net.fake.any()


def test_discriminator_steps_may_outnumber_the_generators() -> None:
    """Means are compared, not sums: three times as many real energies change nothing."""
    net = ShrinkingMargin(window=1)(SPACE)
    for _ in range(2):
        for _ in range(3):
            net.note_real(torch.tensor([0.5]))
        net.note_fake(torch.tensor([0.75]))
    assert net() == 0.5


def test_what_they_remember_is_saved_and_learns_nothing() -> None:
    for net in (Balance()(SPACE), ShrinkingMargin()(SPACE)):
        assert list(net.parameters()) == []
        assert net.state_dict()
