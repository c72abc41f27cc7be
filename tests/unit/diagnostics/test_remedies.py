"""What is tried, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.practice.games import renamed

from sparring import zoo
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.diagnostics import remedies as house
from sparring.diagnostics.remedies import CAUSES, FAULT_REMEDIES, REMEDIES, remedies
from sparring.diagnostics.verdict import Kind
from sparring.nets.families.registry import replace_family
from sparring.objectives.weighed import WeightedLoss
from sparring.practice.catalogue import apply_practices, parse_practice
from sparring.tasks.opening.resolve import resolve

GAN = zoo.get("gan")
POINTS, PICTURES = Space((2,), 64), Space((1, 16, 16), 64)


def named(kinds, recipe=GAN, space=POINTS, tried=()):
    return [remedy.practice for remedy in remedies(kinds, recipe, space, tried)]


def test_every_kind_has_its_causes_and_its_remedies_are_practices():
    assert set(CAUSES) == set(REMEDIES) == set(Kind)
    for remedy in (*FAULT_REMEDIES, *(one for found in REMEDIES.values() for one in found)):
        assert parse_practice(remedy.practice)
        assert remedy.why
        assert remedy.source


def test_a_sound_recipe_has_no_plain_fault():
    assert named([]) == []


@pytest.mark.parametrize(
    ("fault", "undone"),
    [
        ("generator_loss=minimax", "generator_loss=ns"),
        ("discriminator_steps=0.02", "discriminator_steps=1"),
        ("discriminator_steps=20", "discriminator_steps=1"),
        ("batches=joint", "batches=separate"),
        ("two_time_scales=0.0004,0.00001", "two_time_scales=5e-4,5e-4"),
        ("two_time_scales=0.004,0.002", "rates_at_most=1e-3"),
    ],
)
def test_a_plain_fault_is_set_right_first(fault, undone):
    recipe = apply_practices(GAN, [fault])
    assert named([], recipe) == [undone]
    assert named([Kind.COLLAPSE], recipe)[0] == undone
    assert named([], apply_practices(recipe, [undone])) == []  # what it changes it changes once


def own_loss(nets, batch):
    return {"adv": nets["D"](batch.x).mean()}


def test_a_loss_of_ones_own_is_put_aside_first():
    turns = {**GAN.turns, "D": replace(GAN.turns["D"], loss=own_loss)}
    assert named([Kind.COLLAPSE], replace(GAN, turns=turns))[0] == "plain_losses"
    weighed = {**GAN.turns, "D": replace(GAN.turns["D"], loss=WeightedLoss(own_loss, 2.0))}
    assert named([Kind.COLLAPSE], replace(GAN, turns=weighed))[0] == "plain_losses"
    assert "plain_losses" not in named([Kind.COLLAPSE], zoo.get("wgan"))


def test_a_discriminator_that_is_told_labels_may_see_how_a_batch_varies_but_not_packs():
    space = Space((1, 16, 16), 110, 10)
    found = [one.practice for one in remedies([Kind.IGNORED, Kind.COLLAPSE], zoo.get("cgan"), space)]
    assert found == ["minibatch_stddev"]  # r1 asks for a discriminator without batch norm
    free = resolve(zoo.get("cgan"), Run("", Path(), family="dcgan"), {})
    assert [one.practice for one in remedies([Kind.IGNORED], free, space)] == [
        "minibatch_stddev",
        "r1=0.1",
    ]
    assert not remedies(
        [Kind.COLLAPSE], resolve(zoo.get("bigan"), Run("", Path(), family="dcgan"), {}), space
    )


def test_a_penalty_that_outweighs_the_game_is_lessened():
    assert "penalties_at_most=10" in named([], apply_practices(GAN, ["r1=1000"]))
    assert "penalties_at_most=10" not in named([], apply_practices(GAN, ["r1=0.5"]))


@pytest.mark.parametrize("k", ["0.5", "1", "2", "5"])
def test_usual_numbers_of_steps_are_nobodys_fault(k):
    assert named([], apply_practices(GAN, [f"discriminator_steps={k}"])) == []


def test_remedies_of_several_kinds_stand_in_order_and_once():
    fast = apply_practices(GAN, ["two_time_scales=0.0008,0.0002"])
    assert named([Kind.COLLAPSE], fast) == ["r1=0.1", "packed=2", house.SLOWER.practice]
    both = named([Kind.OSCILLATION, Kind.COLLAPSE], fast)
    assert both == ["r1=0.1", house.SLOWER.practice, "packed=2"]


def test_what_was_tried_and_what_changes_nothing_is_left_out():
    assert named([Kind.COLLAPSE]) == ["r1=0.1", "packed=2"]  # the rates are low already
    assert named([Kind.COLLAPSE], tried=["r1=0.1"]) == ["packed=2"]
    assert named([Kind.COLLAPSE], tried=["r1=0.1", "packed=2"]) == []
    assert named([Kind.PAST_BEST]) == []  # the rates are low, and the weights averaged
    assert named([Kind.PAST_BEST], replace(GAN, averages={})) == [house.WEIGHT_AVERAGE.practice]
    assert named([Kind.RANGE]) == []


def test_what_does_not_fit_is_left_out():
    assert "augmented" in named([Kind.OVERFITTING], space=PICTURES)
    assert "augmented" not in named([Kind.OVERFITTING], space=POINTS)
    dcgan = zoo.get("dcgan")  # its discriminator has batch norm, which no penalty on one sample goes with
    space = replace(PICTURES, latent=dcgan.latent.size)
    assert "r1=0.1" not in named([Kind.COLLAPSE], dcgan, space)
    other = replace(dcgan, nets=replace_family(dcgan.nets, "mlp"))
    assert "r1=0.1" in named([Kind.COLLAPSE], other, space)


def test_faults_of_nets_of_other_names_are_seen():
    recipe = apply_practices(renamed(GAN), ["discriminator_steps=20", "two_time_scales=0.0004,0.00001"])
    assert named([], recipe)[:2] == ["discriminator_steps=1", "two_time_scales=5e-4,5e-4"]
