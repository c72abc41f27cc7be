"""Fifty steps of a few recipes against stored curves.

A change that is meant to keep the numbers keeps these; one that is meant to change them writes them anew with
`python -m tests.golden.test_curves` and shows both.  The tolerance is for other processors, which round
otherwise; on one machine the curves are equal to the bit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.knobs import set_knobs
from sparring.core.space import Space
from sparring.data.feed import Feed
from sparring.data.sources import dataset
from sparring.engine.game import Game
from sparring.engine.machine import Machine
from sparring.engine.trainer import make_draw

STORED = Path(__file__).with_name("curves.json")
RECIPES = ("gan", "dcgan", "r1_gan", "wgan_gp", "r3gan")
STEPS, BATCH = 50, 16


def curve(name: str) -> dict[str, list[float]]:
    """Every term at every tenth step."""
    recipe = set_knobs(zoo.get(name), {"nets.G.width": 8, "nets.D.width": 8})
    data = dataset("digits")
    game = Game(recipe, Space(data.shape, recipe.latent.size), seed=0)
    feed = Feed(data, torch.arange(len(data)).numpy(), BATCH, seed=0, device="cpu")
    draw = make_draw(feed, recipe, torch.Generator().manual_seed(0), Machine())
    found: dict[str, list[float]] = {}
    for step in range(STEPS):
        batch: Batch = draw()
        game.round(lambda batch=batch: batch)
        if step % 10 == 9:
            for term, value in game.latest_terms().items():
                found.setdefault(term, []).append(round(value, 6))
    return found


@pytest.mark.parametrize("name", RECIPES)
def test_curve_is_the_stored_one(name):
    stored, now = json.loads(STORED.read_text())[name], curve(name)
    assert now.keys() == stored.keys()
    for term, values in stored.items():
        assert now[term] == pytest.approx(values, rel=0.02, abs=0.01), term


if __name__ == "__main__":
    torch.set_num_threads(1)
    STORED.write_text(json.dumps({name: curve(name) for name in RECIPES}, indent=1) + "\n")
