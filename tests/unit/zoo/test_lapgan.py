"""LAPGAN's pyramid: taken apart and put together, trained level by level on real pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.planes import Planes, noise_slice
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.game import Game, stage_starts
from sparring.nets.families.laplacian import (
    CoarseDiscriminator,
    CoarseGenerator,
    DetailGenerator,
    Discriminator,
    downsample,
    upsample,
)
from sparring.zoo.lapgan import lapgan

LATENT = Planes(code=5).fit_to(Space((1, 8, 8), 0))
NETS = {
    "G0": CoarseGenerator(8), "D0": CoarseDiscriminator(8), "G1": DetailGenerator(4, 1),
    "D1": Discriminator(4, 1), "G2": DetailGenerator(4), "D2": Discriminator(4),
}  # fmt: skip
SMALL: Recipe = replace(lapgan, nets=NETS, latent=LATENT)


def _game(rounds: int = 1) -> Game:
    return Game(SMALL, Space((1, 8, 8), LATENT.size), starts=stage_starts(SMALL, rounds))


def _batch(seed: int = 0) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(6, 1, 8, 8, generator=draw) * 2 - 1
    return Batch(x=x, z=LATENT.sample(6, draw), u=torch.rand(6, 1, 1, 1, generator=draw))


@final
class Known(nn.Module):
    """Returns what it was made with: the coarsest picture, or details on top of the doubled input."""

    def __init__(self, known: Tensor, refines: bool) -> None:
        super().__init__()
        self.known, self.refines = known, refines

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        return upsample(x) + self.known if self.refines else self.known


@final
class Diary(nn.Module):
    """A discriminator that remembers what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return x.flatten(1).sum(1)


def test_a_picture_taken_apart_is_put_together_by_the_sampler() -> None:
    b = _batch()
    middle = downsample(b.x)
    coarse = downsample(middle)
    parts = {"G0": coarse, "G1": middle - upsample(coarse), "G2": b.x - upsample(middle)}
    nets = nn.ModuleDict({key: Known(part, key != "G0") for key, part in parts.items()})
    assert (lapgan.sampler(nets, b) - b.x).abs().max() < 1e-6


@pytest.mark.parametrize("level", [1, 2])
def test_discriminators_see_details_on_top_of_what_real_pictures_blur_to(level: int) -> None:
    game, b, diary = _game(), _batch(), Diary()
    game.nets[f"D{level}"] = diary
    SMALL.turns[f"D{level}"].loss(game.nets, b)
    real, fake = diary.seen
    blurred = upsample(downsample(real))
    assert torch.equal(real, b.x if level == 2 else downsample(b.x))
    assert torch.equal(fake, blurred + game.nets[f"G{level}"].details(blurred, b.z))
    assert not torch.allclose(fake, blurred, atol=1e-3)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_is_trained_without_the_others(level: int) -> None:
    game, b = _game(), _batch()
    before = [SMALL.turns[f"{side}{level}"].loss(game.nets, b)["adv"] for side in "DG"]
    for key, net in game.nets.items():
        if not key.endswith(str(level)):
            for parameter in net.parameters():
                parameter.data.fill_(float("nan"))
    after = [SMALL.turns[f"{side}{level}"].loss(game.nets, b)["adv"] for side in "DG"]
    assert before == after


def test_stages_train_one_level_each_from_the_coarsest() -> None:
    game = _game(rounds=3)
    for level in range(3):
        before = {key: [p.clone() for p in net.parameters()] for key, net in game.nets.items()}
        game.round(_batch)
        changed = {
            key for key, net in game.nets.items()
            if any(not torch.equal(a, p) for a, p in zip(before[key], net.parameters(), strict=True))
        }  # fmt: skip
        assert changed == {f"D{level}", f"G{level}"}


def test_noise_redrawn_above_a_coarse_picture_changes_the_details() -> None:
    game, b = _game(), _batch()
    other = b.z.clone()
    fine = noise_slice((8, 8), 0)
    other[:, fine] = -other[:, fine]
    one, two = (game.nets["G1"](game.nets["G0"](z), z) for z in (b.z, other))
    assert torch.equal(one, two)
    assert (lapgan.sampler(game.nets, b) - lapgan.sampler(game.nets, replace(b, z=other))).std() > 0


def test_the_judge_is_the_finest_discriminator_on_the_picture_put_together() -> None:
    game, x = _game(), _batch().x
    blurred = upsample(downsample(x))
    assert torch.allclose(
        lapgan.judge(game.nets, Batch.shown(x)), game.nets["D2"](blurred + (x - blurred)), atol=1e-6
    )
