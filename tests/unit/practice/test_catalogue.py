"""What holds for every practice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass, replace

import pytest
import torch
from tests.unit.practice.games import BATCH, PICTURES, played, small

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.engine import checkpoints
from sparring.engine.game import Game
from sparring.practice.catalogue import PRACTICES, apply_practices, parse_practice, table
from sparring.practice.order import require_independent_samples

MEANT_FOR = {"dcgan", "gan", "lsgan", "r1_gan"}
"""Between them these can be given every practice."""

every_practice = pytest.mark.parametrize("name", PRACTICES)


def fit(name: str) -> Iterator[Recipe]:
    """Recipes that take the practice and can be built with it."""
    for other in sorted(MEANT_FOR):
        try:
            base = apply_practices(small(other), ["r1"]) if name == "lazy_penalties" else small(other)
            recipe = apply_practices(base, [name])
            require_independent_samples(recipe, replace(PICTURES, latent=recipe.latent.size))
            Game(recipe, replace(PICTURES, latent=recipe.latent.size))
        except BadInput:
            continue
        yield recipe


@every_practice
def test_composes_with_recipes_it_has_never_seen(name):
    recipes = list(fit(name))
    assert recipes
    for recipe in recipes:
        game, draw = played(recipe)
        for _ in range(3):
            game.round(draw)
        assert len(game.read_terms()) >= 5  # of three rounds of two turns one may be gated
        x = game.recipe.sampler(game.nets.eval(), draw())
        assert x.shape == (BATCH, *PICTURES.shape)
        assert game.recipe.judge(game.nets, Batch.shown(x)).shape == (BATCH,)


@every_practice
@pytest.mark.parametrize("recipe", zoo.names())
def test_is_done_to_a_recipe_or_refused_in_one_line(name, recipe):
    try:
        changed = apply_practices(zoo.get(recipe), [name])
    except BadInput as refusal:
        said = str(refusal)
    else:
        said = f"--with {name}: done"
        assert changed.name == recipe
        assert changed != zoo.get(recipe) or name in DOES_NOTHING.get(recipe, ALREADY)
    assert said.startswith(f"--with {name}: ")
    assert "\n" not in said


ALREADY = {
    "inverted_labels",
    "generator_loss",
    "plain_losses",
    "prior",
    "averaged_weights",
    "discriminator_steps",
    "loss_gate",
    "rates_at_most",
    "penalties_at_most",
}
"""What most recipes are, or what does not show in knobs."""
DOES_NOTHING = {"improved_gan": ALREADY | {"feature_matching"}}


@every_practice
def test_tells_of_itself(name):
    assert is_dataclass(PRACTICES[name])
    row = next(row for row in table() if row["name"] == name)
    assert len(row["about"]) > 20
    assert row["source"]


@pytest.mark.parametrize(
    "words",
    [
        ["instance_noise", "replayed_fakes", "label_flips", "loss_gate=0.7,1.3"],
        ["adaptively_augmented", "generator_dropout", "historical_averaging"],
        ["virtual_batch_norm", "label_jitter", "discriminator_steps=1.5"],
    ],
)
def test_a_practised_game_goes_on_bit_for_bit(words):
    recipe = apply_practices(small("dcgan"), words)
    game, draw = played(recipe)
    for _ in range(6):
        game.round(draw)
    game.read_terms()
    again, redraw = played(recipe)
    for _ in range(3):
        again.round(redraw)
    kept = {key: value.clone() for key, value in checkpoints.game_tensors(again).items()}
    state = torch.get_rng_state()
    other, _ = played(recipe, seed=1)
    checkpoints.restore_game(other, kept, 3)
    torch.set_rng_state(state)
    for _ in range(3):
        other.round(redraw)
    expected, found = checkpoints.game_tensors(game), checkpoints.game_tensors(other)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)


def test_words_become_values():
    assert parse_practice("instance_noise=0.2,0.7") == PRACTICES["instance_noise"](0.2, 0.7)  # type: ignore[call-arg]
    assert parse_practice("instance_noise=until=0.7") == PRACTICES["instance_noise"](until=0.7)  # type: ignore[call-arg]
    assert parse_practice("batches=separate") == PRACTICES["batches"]("separate")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "word",
    [
        "instance_nois",
        "no such",
        "instance_noise=much",
        "instance_noise=1,2,3",
        "instance_noise=deviations=1",
        "packed=2.5",
        "batches=mixed",
        "dcgan_guidelines=1",
        "discriminator_steps=0",
        "packed=1",
        "generator_dropout=1",
        "averaged_weights=1",
        "lazy_penalties=0",
        "instance_noise=-1",
    ],
)
def test_bad_words_are_refused_in_one_line(word):
    with pytest.raises(BadInput) as error:
        apply_practices(zoo.get("dcgan"), [word])
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"--with {word}: ")
