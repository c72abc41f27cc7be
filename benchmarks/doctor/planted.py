"""The failures that are planted, each a change to a healthy game that the doctor is not told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast, final

import torch
from torch import Tensor, nn

from sparring import zoo
from sparring.core.batch import Batch, Nets, Terms, View
from sparring.core.knobs import set_knobs
from sparring.core.recipe import Builder, Loss, Recipe
from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.practice.catalogue import apply_practices
from sparring.zoo.gan import Discriminate

WIDTH = 64


@dataclass(frozen=True)
class Ward:
    """A healthy game: on which data, for how long."""

    name: str
    data: str
    recipe: Recipe
    steps: int
    batch: int = 64
    every: int = 100
    """Steps between two looks."""


@dataclass(frozen=True)
class Plant:
    """A failure and the wards that it is planted in; no change: a control."""

    name: str
    change: Callable[[Recipe], Recipe] | None
    wards: tuple[str, ...]
    few: bool = False
    """Whether it is on 100 of the ward's data alone."""
    pace: int = 1
    """Its rounds have so many times the steps, so that there are so many times fewer."""
    tuned: bool = False
    """Whether limits were tuned on this kind, with other seeds."""


def wards(fashion: str) -> dict[str, Ward]:
    """The healthy games by name; `fashion` is the specification of Fashion-MNIST."""
    named = [
        Ward("ring8", "ring8", set_knobs(dense("r1_gan"), {"turns.R1.loss.gamma": 0.1}), 6000, 128, 300),
        Ward("digits", "digits", set_knobs(zoo.get("dcgan"), SMALL), 3000, every=200),
        Ward("fashion", fashion, dense("r1_gan"), 2000),
    ]
    return {ward.name: ward for ward in named}


SMALL = {"nets.G.width": 16, "nets.D.width": 16}


def dense(name: str) -> Recipe:
    """The game between dense nets."""
    nets = {"G": mlp.Generator(width=WIDTH), "D": mlp.Discriminator(width=WIDTH)}
    recipe = zoo.get(name)
    return replace(recipe, nets={**recipe.nets, **nets})


def rated(recipe: Recipe, d: float, g: float) -> Recipe:
    """The game with other rates."""
    return set_knobs(recipe, {"turns.D.optim.lr": d, "turns.G.optim.lr": g})


def plants() -> list[Plant]:
    """All controls and failures."""
    points, pictures = ("ring8", "digits"), ("digits", "fashion")
    return [
        Plant("healthy", None, ("ring8", "digits", "fashion"), tuned=True),
        Plant("G takes 20 steps to one of D", bare("discriminator_steps=0.05"), points, pace=5, tuned=True),
        Plant(
            "minimax G, trained D",
            bare("generator_loss=minimax", "discriminator_steps=10"),
            points,
            pace=3,
            tuned=True,
        ),
        Plant("no noise on disjoint supports", sharp, points, tuned=True),
        Plant("both rates too high", lambda recipe: rated(bare()(recipe), 2e-2, 2e-2), points, tuned=True),
        Plant("D's rate too high", lambda recipe: rated(bare()(recipe), 1e-2, 1e-5), points),
        Plant("G's rate too high", lambda recipe: rated(bare()(recipe), 1e-5, 1e-2), ("ring8", "fashion")),
        Plant("data in order of their classes", in_order, points, tuned=True),
        Plant("sigmoid twice", twice, points, tuned=True),
        Plant("pictures in [0, 1]", out_of_range, pictures),
        Plant("D learns 100 pictures by heart", by_heart, ("digits", "fashion"), few=True),
        Plant("batch norm over mixed batches", mixed, ("digits",)),
        Plant("exploding penalty", exploding, points, tuned=True),
        Plant("half-precision overflow", overflowing, points, tuned=True),
    ]


def bare(*words: str) -> Callable[[Recipe], Recipe]:
    """The game without its penalty, which would hide failures, and with these practices."""
    return lambda recipe: apply_practices(replace(recipe, turns={t: recipe.turns[t] for t in "DG"}), words)


def sharp(recipe: Recipe) -> Recipe:
    """D is near its optimum at every step, so that nothing is left of the minimax loss's slope."""
    return rated(bare("generator_loss=minimax", "discriminator_steps=3")(recipe), 5e-3, 5e-4)


def exploding(recipe: Recipe) -> Recipe:
    """A penalty that outweighs the game."""
    return apply_practices(bare()(recipe), ["r1=1000,1"])


def in_order(recipe: Recipe) -> Recipe:
    """Every turn sees one class for 50 rounds, then the next."""
    nets: dict[str, Builder] = {**recipe.nets, "Place": Place}
    turns = {key: replace(turn, loss=InOrder(turn.loss, key == "D")) for key, turn in recipe.turns.items()}
    return replace(recipe, nets=nets, turns=turns)


def Place(space: Space) -> nn.Module:  # a builder, as the nets' classes are
    return Round()


@final
class Round(nn.Module):
    """Counts the rounds."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))


@dataclass(frozen=True)
class InOrder:
    """A loss on a batch of which only one class is left."""

    loss: Loss
    counts: bool
    rounds: int = 50

    def __call__(self, n: Nets, b: Batch) -> Terms:
        place = n["Place"].count
        if self.counts:
            place += 1
        if b.y is None:  # whoever tries the loss out has no labels
            return self.loss(n, b)
        now = b.y.unique()[int(place // self.rounds) % len(b.y.unique())]
        rows = (b.y == now).nonzero()[:, 0]
        rows = rows.repeat(len(b.y) // len(rows) + 1)[: len(b.y)]
        return self.loss(n, replace(b, x=b.x[rows], y=b.y[rows]))


def twice(recipe: Recipe) -> Recipe:
    """The losses take logits and are given probabilities."""
    return _seen(bare()(recipe), Squashed)


def out_of_range(recipe: Recipe) -> Recipe:
    """D sees pictures in [0, 1], G makes them in [-1, 1]."""
    turns = {key: replace(turn, loss=Scaled(turn.loss)) for key, turn in recipe.turns.items()}
    return replace(recipe, turns=turns)


@dataclass(frozen=True)
class Scaled:
    """A loss on pictures scaled to [0, 1]."""

    loss: Loss

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return self.loss(n, replace(b, x=(b.x + 1) / 2))


def by_heart(recipe: Recipe) -> Recipe:
    """A wide D without a penalty that learns ten times as fast, on 100 pictures."""
    return rated(bare("discriminator_steps=2")(set_knobs(recipe, {"nets.D.width": 256})), 2e-3, 2e-4)


def mixed(recipe: Recipe) -> Recipe:
    """Data and fakes pass a critic with batch norm as one batch; in dense nets."""
    loss = recipe.turns["D"].loss
    assert isinstance(loss, Discriminate)
    turns = {**recipe.turns, "D": replace(recipe.turns["D"], loss=MixedBatch(loss))}
    nets = {**recipe.nets, "D": Normed}
    return replace(recipe, nets=nets, turns=turns)


@dataclass(frozen=True)
class MixedBatch:
    """The critic's loss with real and fake in one batch."""

    loss: Discriminate

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real, fake = n["D"](torch.cat([b.x, n["G"](b.z)])).chunk(2)
        return {"adv": self.loss.pair.d(real, fake)}


def Normed(space: Space) -> nn.Module:
    """A dense critic with batch norm."""
    size = 1
    for side in space.shape:
        size *= side
    layers = [nn.Flatten(), nn.Linear(size, WIDTH), nn.BatchNorm1d(WIDTH), nn.LeakyReLU(0.2)]
    layers += [nn.Linear(WIDTH, WIDTH), nn.BatchNorm1d(WIDTH), nn.LeakyReLU(0.2), nn.Linear(WIDTH, 1)]
    return nn.Sequential(*layers, nn.Flatten(0))


def overflowing(recipe: Recipe) -> Recipe:
    """D's scores are held in half precision, which ends at 65504, after a large factor; no penalty."""
    return _seen(bare()(recipe), Halved)


@dataclass(frozen=True)
class Seen:
    """A loss that sees D through something."""

    loss: Loss
    through: Callable[[Nets], Callable[[Tensor], Tensor]]

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return self.loss(cast(Nets, View(n, {"D": self.through(n)})), b)


def _seen(recipe: Recipe, through: Callable[[Nets], Callable[[Tensor], Tensor]]) -> Recipe:
    turns = {key: replace(turn, loss=Seen(turn.loss, through)) for key, turn in recipe.turns.items()}
    return replace(recipe, turns=turns)


def Squashed(n: Nets) -> Callable[[Tensor], Tensor]:
    return lambda x: n["D"](x).sigmoid()


def Halved(n: Nets) -> Callable[[Tensor], Tensor]:
    return lambda x: (n["D"](x) * 3e4).half().float() / 3e4
