"""A checkpoint in nets that were changed a little."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.practice.games import played, small

from sparring.core.recipe import Average, Recipe
from sparring.core.space import Space
from sparring.engine import checkpoints
from sparring.engine.game import Game
from sparring.engine.grafting import has_same_tensors, load_matching
from sparring.practice.catalogue import apply_practices

POINTS = Space((2,), 0)


def trained_tensors(recipe: Recipe, space: Space) -> tuple[Game, dict[str, torch.Tensor]]:
    game, draw = played(recipe, space)
    for _ in range(3):
        game.round(draw)
    game.read_terms()
    return game, {key: value.clone() for key, value in checkpoints.game_tensors(game).items()}


def same_weights(one, other):
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def memory(game, turn):
    state = game.optimisers[turn].state_dict()["state"]
    return [value for index in sorted(state) for _, value in sorted(state[index].items())]


def same_memory(one, other, turn):
    mine, theirs = memory(one, turn), memory(other, turn)
    return len(mine) == len(theirs) > 0 and all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


@pytest.mark.parametrize(
    ("practice", "same"),
    [("r1", True), ("rates_at_most=1e-5", True), ("instance_noise", False), ("packed=2", False)],
)
def test_whether_a_checkpoint_is_of_just_these_nets(practice, same):
    recipe = small("gan", "mlp")
    _, tensors = trained_tensors(recipe, POINTS)
    other, _ = played(apply_practices(recipe, [practice]), POINTS, seed=1)
    assert has_same_tensors(other, tensors) is same


@pytest.mark.parametrize(
    ("practice", "family", "space"),
    [
        ("instance_noise=0.2", "mlp", POINTS),
        ("instance_noise=0.2", "dcgan", Space((1, 16, 16), 0)),
        ("augmented", "dcgan", Space((1, 16, 16), 0)),
    ],
)
def test_nets_with_an_entry_added_keep_their_weights_to_the_bit(practice, family, space):
    recipe = small("gan", family)
    before, tensors = trained_tensors(recipe, space)
    game, draw = played(apply_practices(recipe, [practice]), space, seed=1)
    assert not same_weights(game.nets["D"], before.nets["D"])
    assert load_matching(game, tensors, 3) == []
    assert game.step == 3
    assert all(same_weights(game.nets[key], before.nets[key]) for key in "GD")
    assert same_weights(game.averages["G"], before.averages["G"])
    assert all(same_memory(game, before, turn) for turn in "GD")
    for _ in range(2):
        game.round(draw)
    assert len(game.read_terms()) == 4


@pytest.mark.parametrize("family", ["mlp", "dcgan"])
def test_what_was_written_to_a_file_is_taken_up_in_the_order_of_the_nets(tmp_path, family):
    space = POINTS if family == "mlp" else Space((1, 16, 16), 0)
    before, tensors = trained_tensors(small("gan", family), space)
    checkpoints.save(tmp_path, 3, tensors, {})
    _, loaded, _ = checkpoints.load(tmp_path)
    assert list(loaded) == list(tensors)
    game, _ = played(apply_practices(before.recipe, ["instance_noise=0.2"]), space, seed=1)
    assert load_matching(game, loaded, 3) == []
    assert all(same_weights(game.nets[key], before.nets[key]) for key in "GD")


def test_a_changed_discriminator_stays_as_drawn_and_forgets_how_it_moved():
    recipe = small("gan", "mlp")
    before, tensors = trained_tensors(recipe, POINTS)
    changed = apply_practices(recipe, ["packed=2"])
    game, draw = played(changed, POINTS, seed=1)
    drawn, _ = played(changed, POINTS, seed=1)
    assert load_matching(game, tensors, 3) == ["D"]
    assert same_weights(game.nets["D"], drawn.nets["D"])
    assert same_weights(game.nets["G"], before.nets["G"])
    assert same_memory(game, before, "G")
    assert memory(game, "D") == []
    game.round(draw)
    assert len(game.read_terms()) == 2


def test_batch_statistics_come_along():
    recipe = small("dcgan")
    space = Space((1, 16, 16), 0)
    before, tensors = trained_tensors(recipe, space)
    game, _ = played(apply_practices(recipe, ["instance_noise"]), space, seed=1)
    load_matching(game, tensors, 3)
    theirs = [buffer for name, buffer in before.nets.named_buffers() if "running" in name]
    ours = [buffer for name, buffer in game.nets.named_buffers() if "running" in name]
    assert len(ours) == len(theirs) > 0
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_averages_that_begin_now_begin_at_the_weights():
    recipe = replace(small("gan", "mlp"), averages={})
    before, tensors = trained_tensors(recipe, POINTS)
    game, _ = played(replace(recipe, averages={"G": Average(0.999)}), POINTS, seed=1)
    assert load_matching(game, tensors, 3) == []
    assert same_weights(game.averages["G"], before.nets["G"])
    assert same_memory(game, before, "G")


def test_a_grafted_game_without_changes_is_the_game_itself():
    recipe = small("gan", "mlp")
    before, tensors = trained_tensors(recipe, POINTS)
    game, _ = played(recipe, POINTS, seed=1)
    assert has_same_tensors(game, tensors)
    load_matching(game, tensors, 3)
    again = checkpoints.game_tensors(game)
    assert again.keys() == tensors.keys()
    assert all(torch.equal(again[key], tensors[key]) for key in tensors)
    assert game.step == before.step
