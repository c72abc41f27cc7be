"""What holds for every recipe; a new file in the zoo is tested by existing."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
import torch

from sparring import claims, zoo
from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.kinds import Image, Kind, LabelMap
from sparring.core.knobs import knobs, set_knobs
from sparring.core.lineage import changes
from sparring.core.recipe import Recipe, Stage
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.dataset import Column, Dataset
from sparring.data.holdout import digests
from sparring.data.needs import splits_classes
from sparring.data.sources import dataset
from sparring.engine import checkpoints
from sparring.engine.game import Draw, Game, stage_starts
from sparring.engine.machine import Machine, with_machine
from sparring.engine.trainer import Trainer
from sparring.nets.families.registry import FAMILIES
from sparring.runs.split import space_of
from sparring.tasks.opening.resolve import resolve

PICTURES = [Space((1, 8, 8), 0, 3), Space((3, 16, 8), 0), Space((4, 28, 28), 0, 3)]
SEQUENCES = [Space((6,), 0, tokens=10)]
WIDTH, BATCH = 8, 8
PLAIN = Machine()

every_recipe = pytest.mark.parametrize("name", zoo.names())


def small(name: str) -> Recipe:
    """The recipe with narrow nets, so that a law takes milliseconds."""
    recipe = zoo.get(name)
    narrow = {path: WIDTH for path in knobs(recipe) if path.startswith("nets.") and path.endswith(".width")}
    return set_knobs(recipe, narrow)


def spaces(recipe: Recipe) -> list[Space]:
    """The spaces that the recipe's nets can be built for, smallest first."""
    return [space for space in [*PICTURES, *SEQUENCES] if buildable(recipe, space)]


def fitted(recipe: Recipe, space: Space) -> Space:
    """The space with the recipe's latent size, and a field of the first kind that will do for every need."""
    kinds = {need.role: invented(need.kinds[0] if need.kinds else Image, space) for need in recipe.needs}
    return replace(space, latent=recipe.latent.fit_to(space).size, columns=kinds)


def invented(kind: type[Kind], space: Space) -> Kind:
    return LabelMap(3, *space.shape[1:]) if kind is LabelMap else space.x


def buildable(recipe: Recipe, space: Space) -> bool:
    try:
        space = fitted(recipe, space)
        for builder in recipe.nets.values():
            builder(space)
    except BadInput:
        return False
    return True


def played(
    recipe: Recipe, seed: int = 0, space: Space | None = None, machine: Machine = PLAIN
) -> tuple[Game, Callable[[], Batch]]:
    space = space or spaces(recipe)[0]
    recipe = replace(recipe, latent=recipe.latent.fit_to(space))
    space = fitted(recipe, space)
    game = Game(recipe, space, seed=seed, machine=machine)
    noise, place = torch.Generator(machine.device).manual_seed(seed), {"device": machine.device}

    def data() -> torch.Tensor:
        if space.tokens:
            return torch.randint(space.tokens, (BATCH, *space.shape), generator=noise, **place)
        return torch.randn(BATCH, *space.shape, generator=noise, **place).tanh()

    def draw() -> Batch:
        x = data()
        u = torch.rand(BATCH, *[1] * len(space.shape), generator=noise, **place)
        columns = {need.role: data() for need in recipe.needs}
        y = torch.randint(-1, space.classes, (BATCH,), generator=noise, **place) if space.classes else None
        return Batch(x=x, z=recipe.latent.sample(BATCH, noise), u=u, y=y, columns=columns)

    return game, draw


def bits(game: Game) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in checkpoints.game_tensors(game).items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@every_recipe
def test_builds_and_makes_what_it_is_asked_for(name):
    recipe = small(name)
    assert spaces(recipe)
    for space in spaces(recipe):
        game, draw = played(recipe, space=space)
        batch = draw()
        sample = game.recipe.sampler(game.nets, batch)
        assert sample.shape == batch.x.shape
        assert game.recipe.judge(game.nets, batch).shape == (BATCH,)
        low, high = (0, space.tokens - 1) if space.tokens else (-1, 1)
        assert low <= sample.min() <= sample.max() <= high


@every_recipe
def test_every_net_has_a_role(name):
    recipe = small(name)
    assert recipe.roles.keys() == recipe.nets.keys()
    game, _ = played(recipe)
    for key, net in game.nets.items():
        assert (recipe.roles[key] == "state") == (not any(True for _ in net.parameters())), key


def test_a_child_may_change_every_field_that_it_inherits():
    parameters = signature(Recipe.but).parameters
    assert {field.name for field in fields(Recipe)} - {"parent"} == parameters.keys() - {"self"}


@every_recipe
def test_each_turn_changes_its_movers_and_nothing_else(name):
    requires_that_movers_alone_change(name, PLAIN)


def requires_that_movers_alone_change(name: str, machine: Machine) -> None:
    recipe = small(name)
    for turn in recipe.turns:
        always = {**recipe.turns, turn: replace(recipe.turns[turn], every=1)}
        game, draw = played(replace(recipe, turns=always, stages=(Stage(turns=(turn,)),)), machine=machine)
        before = {key: [t.clone() for t in net.state_dict().values()] for key, net in game.nets.items()}
        game.round(draw)
        for key, net in game.nets.items():
            moved = any(
                not torch.equal(a, b) for a, b in zip(before[key], net.state_dict().values(), strict=True)
            )
            remembers = not any(True for _ in net.parameters())  # a net without parameters may
            assert moved == (key in recipe.movers(turn)) or remembers, (turn, key)


@every_recipe
def test_every_movers_parameter_gets_a_finite_gradient(name):
    recipe = small(name)
    game, draw = played(recipe)
    reached: set[int] = set()
    for turn in recipe.turns:
        for parameter, gradient in zip(game._moved[turn], game._gradients(turn, draw()), strict=True):
            if gradient is not None:
                assert torch.isfinite(gradient).all(), turn
                reached.add(id(parameter))
    moved = {key for turn in recipe.turns for key in recipe.movers(turn)}
    missing = [f"{k}.{n}" for k in moved for n, p in game.nets[k].named_parameters() if id(p) not in reached]
    assert not missing


@every_recipe
@pytest.mark.parametrize("family", FAMILIES)
def test_another_family_plays_a_round_or_is_refused(name, family):
    recipe = zoo.get(name)
    try:
        other = resolve(recipe, Run("", Path(), family=family), {})
    except BadInput:
        return
    narrow = {path: WIDTH for path in knobs(other) if path.startswith("nets.") and path.endswith(".width")}
    other = set_knobs(other, narrow)
    game, draw = played(replace(other, stages=(Stage(),)))
    game.round(draw)
    assert game.read_terms()


@every_recipe
def test_same_seed_same_bits_and_another_seed_others(name):
    def after(seed: int) -> dict[str, torch.Tensor]:
        game, draw = played(small(name), seed)
        for _ in range(3):
            game.round(draw)
        return bits(game)

    assert same(after(0), after(0))
    assert not same(after(0), after(1))


def material(recipe: Recipe) -> Dataset:
    """Real data of the smallest kind that the recipe takes."""
    if spaces(recipe)[0].tokens:
        return dataset("chains")
    data = dataset("digits")
    if splits_classes(data, recipe.needs):
        return replace(data, y=data.y % 2, classes=("even", "odd"))
    negative = Column(data.kind, 255 - data.x)
    return replace(data, columns={need.role: negative for need in recipe.needs})


@every_recipe
def test_stop_and_resume_equals_going_on(name, tmp_path):
    whole, second = whole_and_resumed(name, tmp_path)
    assert same(bits(whole.game), bits(second.game))
    for part in ("samples", "frames"):
        ones, others = (sorted((tmp_path / way / part).iterdir()) for way in ("whole", "parts"))
        last = [files[-1].read_bytes() for files in (ones, others)]
        assert last[0] == last[1]


def whole_and_resumed(name: str, tmp_path: Path, machine: Machine = PLAIN) -> tuple[Trainer, Trainer]:
    """Two trainers after nine rounds through all stages, the second stopped after four and taken up anew."""
    recipe = small(name)
    data = material(recipe)
    index = np.flatnonzero(digests(data.x) % np.uint64(7) == 0)
    space = space_of(recipe, data, index)
    recipe = replace(recipe, latent=recipe.latent.fit_to(space))

    def trainer(folder: Path) -> Trainer:
        run = Run(
            data=data.spec, out=folder, steps=9, batch=16, frames=4, checkpoint_every=3, log_every=2,
        )  # fmt: skip
        return Trainer(recipe, with_machine(run, machine), space, data, index, stage_starts(recipe, 9))

    whole = trainer(tmp_path / "whole")
    whole.go(quiet=True)
    first = trainer(tmp_path / "parts")
    _interrupt_after(first.game, 4)
    assert first.go(quiet=True).stopped
    second = trainer(tmp_path / "parts")
    assert second.resume() == 4
    second.go(quiet=True)
    return whole, second


def _interrupt_after(game: Game, step: int) -> None:
    play = game.round

    def playing(draw: Draw) -> None:
        play(draw)
        if game.step == step:
            signal.raise_signal(signal.SIGINT)

    game.round = playing


@pytest.mark.slow
@every_recipe
def test_compiled_equals_eager(name):
    """The gradients of every turn; weights after Adam's first step would show but the signs of tiny ones."""

    requires_that_compiled_equals_eager(name, PLAIN, replace(PLAIN, compile=True))


def requires_that_compiled_equals_eager(
    name: str, plain: Machine, compiled: Machine, times: int = 1, within: float = 1e-4
) -> None:
    """Of each turn's gradient, the last of so many, each of a new batch."""

    def gradients(machine: Machine) -> dict[str, torch.Tensor]:
        torch._dynamo.reset()
        game, draw = played(small(name), machine=machine)
        found = {}
        for turn in game.recipe.turns:
            for _ in range(times):
                last = game._gradients(turn, draw())
            found[turn] = torch.cat([g.ravel() for g in last if g is not None]).clone()
        return found

    expected, found = gradients(plain), gradients(compiled)
    for turn in expected:
        gap = (found[turn] - expected[turn]).norm() / expected[turn].norm()
        assert gap < within, (turn, gap)


@every_recipe
def test_name_file_and_variable_agree(name):
    assert zoo.get(name).name == name
    assert sys.modules[f"sparring.zoo.{name}"].__file__.endswith(f"/{name}.py")


def test_every_recipe_has_a_claim_and_every_claim_a_recipe():
    assert claims.names() == zoo.names()


@every_recipe
def test_parent_stands_in_the_zoo_and_the_difference_is_not_empty(name):
    recipe = zoo.get(name)
    if recipe.parent is None:
        assert name == "gan"
        return
    assert zoo.get(recipe.parent.name) is recipe.parent
    assert changes(recipe, recipe.parent)


@every_recipe
def test_paper_and_departures_are_stated(name):
    recipe, text = zoo.get(name), sys.modules[f"sparring.zoo.{name}"].__doc__
    assert f"arXiv:{recipe.paper}" in text
    assert str(recipe.year) in text
    plain = " ".join(text.split())
    for line in recipe.objective:
        assert " ".join(line.split()) in plain
    stated = re.split(r"[;,] ", plain.partition("Departures: ")[2].rstrip("."))
    told = re.split(r"[;,] ", "; ".join(recipe.departures) or "none known")
    assert stated == told
    root = recipe.parent is None
    assert ("Root of the zoo" if root else f"Child of `{recipe.parent.name}`") in text


@every_recipe
def test_knobs_can_be_turned_one_by_one(name):
    recipe = zoo.get(name)
    for path, value in knobs(recipe).items():
        if isinstance(value, float):
            assert knobs(set_knobs(recipe, {path: value / 2}))[path] == value / 2


@every_recipe
def test_a_run_finds_its_fitted_latent_again_from_the_knobs(name):
    recipe = zoo.get(name)
    space = SEQUENCES[0] if spaces(recipe)[0].tokens else Space((1, 32, 32), 0, 3)
    more = {p: v + 1 for p, v in knobs(recipe).items() if p.startswith("latent.") and type(v) is int and v}
    changed = set_knobs(recipe, more)
    fitted = replace(changed, latent=changed.latent.fit_to(space))
    assert set_knobs(recipe, knobs(fitted)).latent.fit_to(space) == fitted.latent
