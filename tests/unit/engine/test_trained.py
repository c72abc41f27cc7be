"""A trained system as single nets."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.practice.games import PICTURES, renamed, small

from sparring.core.errors import BadInput
from sparring.engine.game import Game
from sparring.engine.trained import TrainedNets


def test_features_are_those_of_the_only_discriminator():
    recipe = renamed(small("gan"))
    space = replace(PICTURES, latent=recipe.latent.size)
    game, x = Game(recipe, space), torch.zeros(2, *space.shape)
    system = TrainedNets(recipe, space, game.nets, 0).discriminator()
    assert torch.equal(system.features(x), game.nets["Judge"].features(x))
    unknown = TrainedNets(replace(recipe, roles={}), space, game.nets, 0).discriminator()
    with pytest.raises(BadInput, match="no single discriminator"):
        unknown.features(x)
