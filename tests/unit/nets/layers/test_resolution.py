"""How often pictures are halved, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.layers.resolution import Pyramid, pyramid, widths


@pytest.mark.parametrize(
    ("height", "width", "base", "halvings"),
    [
        (8, 8, (4, 4), 1),
        (28, 28, (7, 7), 2),
        (30, 30, (15, 15), 1),
        (32, 32, (4, 4), 3),
        (48, 48, (6, 6), 3),
        (64, 32, (8, 4), 3),
        (96, 64, (6, 4), 4),
        (256, 256, (4, 4), 6),
    ],
)
def test_sizes_that_work(height: int, width: int, base: tuple[int, int], halvings: int) -> None:
    assert pyramid(Space((3, height, width), 100)) == Pyramid(base, halvings)


@pytest.mark.parametrize(
    ("height", "width", "near"),
    [
        (54, 54, "52x52 and 56x56"),
        (7, 7, "8x8 and 10x10"),
        (33, 33, "32x32 and 30x30"),
        (512, 512, "256x256 and 240x240"),
    ],
)
def test_a_refused_size_is_told_its_neighbours(height: int, width: int, near: str) -> None:
    with pytest.raises(BadInput, match=near) as caught:
        pyramid(Space((1, height, width), 100))
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(1, 300))
def test_the_smallest_map_keeps_its_promise(height: int, width: int) -> None:
    try:
        found = pyramid(Space((1, height, width), 100))
    except BadInput:
        return
    assert tuple(side << found.halvings for side in found.base) == (height, width)
    assert found.halvings >= 1
    assert 4 <= min(found.base) <= max(found.base) <= 16


@pytest.mark.parametrize("channels", [0, 5])
def test_other_channels_are_refused(channels: int) -> None:
    with pytest.raises(BadInput, match="1 \\(grey\\) to 4 \\(RGBA\\)"):
        pyramid(Space((channels, 32, 32), 100))


def test_points_are_refused() -> None:
    with pytest.raises(BadInput, match="points"):
        pyramid(Space((2,), 100))


def test_channels_double_inwards_up_to_eight_times() -> None:
    assert widths(64, 6) == [64, 128, 256, 512, 512, 512]
