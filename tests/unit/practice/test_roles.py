"""Practices find nets and turns by role: what they are called makes no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.practice.games import PICTURES, played, renamed, small
from torch import Tensor

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.practice.catalogue import PRACTICES, apply_practices
from sparring.practice.order import require_independent_samples, with_order
from sparring.practice.players import find_player_turns, plain_game

CANDIDATES = ("dcgan", "gan", "lsgan", "r1_gan")
BY_KEY = {"plain_losses"}
"""It needs the plain sampler, which is G by definition."""


def trained_by(recipe: Recipe) -> list[Tensor]:
    """The state of all nets after three steps, in the order of the nets."""
    game, draw = played(recipe)
    for _ in range(3):
        game.round(draw)
    game.read_terms()
    return list(game.nets.state_dict().values())


@pytest.mark.parametrize("name", sorted(PRACTICES.keys() - BY_KEY))
def test_a_practice_does_the_same_to_nets_of_other_names(name):
    words = ["r1", name] if name == "lazy_penalties" else [name]
    tried = 0
    for candidate in CANDIDATES:
        try:
            expected = trained_by(apply_practices(small(candidate), words))
        except BadInput:
            continue
        found = trained_by(apply_practices(renamed(small(candidate)), words))
        assert len(found) == len(expected)
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
        tried += 1
    assert tried


def test_a_penalty_on_nets_of_other_names_is_capped_too():
    recipe = apply_practices(renamed(small("gan")), ["r1=50", "penalties_at_most=10"])
    assert recipe.turns["R1"].loss.loss.gamma == 10  # type: ignore[attr-defined]
    assert recipe.turns["R1"].moves == ("Judge",)


def test_every_net_is_held_to_its_history_whatever_its_turn_moves():
    changed = apply_practices(zoo.get("cogan"), ["historical_averaging"])
    assert {f"Past{key}" for key in zoo.get("cogan").nets} == changed.nets.keys() - zoo.get(
        "cogan"
    ).nets.keys()
    assert changed.turns.keys() == {"D", "G"}
    pyramid = apply_practices(zoo.get("lapgan"), ["historical_averaging"])
    assert all(pyramid.turns[key].loss.net == key for key in pyramid.turns)  # type: ignore[attr-defined]


def test_joint_batches_are_checked_on_the_discriminator_whatever_its_name():
    recipe = apply_practices(renamed(small("dcgan")), ["batches=joint"])
    with pytest.raises(BadInput, match="mixes the samples"):
        require_independent_samples(recipe, replace(PICTURES, latent=recipe.latent.size))


@pytest.mark.parametrize("name", ["discriminator_steps", "loss_gate", "two_time_scales"])
def test_a_game_of_several_levels_has_no_two_players(name):
    with pytest.raises(
        BadInput, match=r"one turn for all discriminators .*D0 \(discriminator\).* turns D0, G0"
    ):
        apply_practices(zoo.get("lapgan"), [name])


@pytest.mark.parametrize("recipe", ["cogan", "cyclegan", "lapgan"])
@pytest.mark.parametrize("name", ["feature_matching", "r1", "r2", "replayed_fakes", "adaptively_augmented"])
def test_several_nets_of_a_role_are_no_plain_game(recipe, name):
    with pytest.raises(BadInput, match="single discriminator"):
        apply_practices(zoo.get(recipe), [name])


def test_nets_without_roles_are_named_in_the_refusal():
    with pytest.raises(BadInput, match=r"its nets are G \(no role\), D \(no role\)"):
        plain_game(replace(zoo.get("gan"), roles={}))


def test_one_turn_for_both_is_no_game_of_two():
    gan = zoo.get("gan")
    both = replace(gan.turns["G"], moves=("G", "D"))
    assert find_player_turns(replace(gan, turns={"Both": both})) is None
    with pytest.raises(BadInput, match="one_stage needs losses"):
        with_order(replace(gan, turns={"Both": both}), "one_stage")
