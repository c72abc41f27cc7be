"""The registry: the folder's modules, and what a mistyped name is told."""

from __future__ import annotations

import pytest

from sparring import zoo
from sparring.core.errors import BadInput


def test_every_file_is_a_recipe_of_its_own_name() -> None:
    assert set(zoo.names()) >= {"gan", "dcgan", "wgan", "wgan_gp", "r1_gan", "r3gan"}
    assert all(zoo.get(name).name == name for name in zoo.names())


def test_the_line_of_descent() -> None:
    assert [r.name for r in zoo.get("wgan_gp").line()] == ["wgan_gp", "wgan", "dcgan", "gan"]
    assert [r.name for r in zoo.get("r3gan").line()] == ["r3gan", "r1_gan", "dcgan", "gan"]


def test_a_near_miss_is_told_its_neighbour() -> None:
    with pytest.raises(BadInput, match="did you mean wgan_gp"):
        zoo.get("wgan-gp")


def test_a_far_miss_is_told_all_names() -> None:
    with pytest.raises(BadInput, match=r"there are .*dcgan.*, gan, "):
        zoo.get("q")
