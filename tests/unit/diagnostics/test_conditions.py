"""Whether samples of one label differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.unit.diagnostics.test_probe import alarms, played_by

from sparring.core.labels import Labels, label_of_latent
from sparring.core.latent import Normal
from sparring.core.space import Space
from sparring.data.toys import digits
from sparring.diagnostics.conditions import condition_pairs
from sparring.diagnostics.finding import Level
from sparring.diagnostics.probe import probe, probe_reference
from sparring.diagnostics.verdict import GaugeValues, Kind, complaints
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.nets.heads.conditional import ConditionalDiscriminator
from sparring.zoo.cgan import cgan
from sparring.zoo.gan import gan

ORDER = np.random.default_rng(8).permutation(len(digits().x))
X = torch.from_numpy(digits().x[ORDER]).permute(0, 3, 1, 2).float() / 127.5 - 1
Y = digits().y[ORDER]
LATENT = Labels(Normal(4), (0.1,) * 10)


@pytest.fixture(scope="module")
def looked_at():
    nets = {"G": mlp.Generator(16), "D": ConditionalDiscriminator(mlp.Discriminator(16), 16)}
    space = Space((1, 8, 8), LATENT.size, 10)
    game = Game(replace(cgan, latent=LATENT, nets=nets), space)
    z = LATENT.sample(256, torch.Generator().manual_seed(0))
    real, held = slice(0, 1000), slice(1000, 1400)
    kinds = {"y": Y[real], "held_out_y": Y[held]}
    return game, probe_reference(game.recipe, space, z, X[real], X[held], **kinds)


def rows_of(z, pick):
    """For each latent a row of the digits that is of the class it asks for."""
    return [pick(np.flatnonzero(label == Y)) for label in label_of_latent(z, 10).tolist()]


def test_samples_that_heed_their_noise_are_well_and_one_a_label_is_found(looked_at):
    game, found = looked_at
    draw = np.random.default_rng(0)
    healthy = probe(game.nets, played_by(found, X[rows_of(found.z, draw.choice)]))
    assert healthy.values["latent_sensitivity"] == pytest.approx(1, abs=0.1)
    deaf = probe(game.nets, played_by(found, X[rows_of(found.z, lambda rows: rows[0])]))
    assert deaf.values["latent_sensitivity"] == 0
    assert "latent_sensitivity" in alarms(deaf)
    said = {
        one.kind: one.level
        for one in complaints([GaugeValues(10, deaf.values), GaugeValues(20, deaf.values)], 20)
    }
    assert said[Kind.IGNORED] is Level.FAIL
    assert Kind.IGNORED not in {
        one.kind for one in complaints([GaugeValues(10, healthy.values), GaugeValues(20, healthy.values)], 20)
    }


def test_the_discriminator_is_asked_about_data_as_what_they_are(looked_at):
    """Its loss is told for a cross-entropy; data, held data and fakes are judged under their own labels."""
    game, found = looked_at
    assert found.logits.targets == (1, 0)
    assert found.logits.saturating is False
    labelled = []

    def heard(n, b):
        labelled.append(b.y)
        return n["D"](b.x, b.y)

    probe(game.nets, replace(found, recipe=replace(found.recipe, judge=heard)))
    real, fake, held = labelled[:3]
    assert (real.numpy() == Y[:256]).all()
    assert torch.equal(fake, label_of_latent(found.z, 10))
    assert (held.numpy() == Y[1000:1256]).all()


def test_pairs_have_one_label_and_none_is_without():
    z = LATENT.sample(100, torch.Generator().manual_seed(1))
    y = np.where(np.arange(100) < 50, Y[:100], -1)
    found = condition_pairs(LATENT, z, np.stack([y, np.arange(100)], 1).astype(float), y)
    one, other = found.made
    labels = label_of_latent(z, 10).numpy()
    assert (labels[one] == labels[other]).all()
    assert len(one) == 100 - len(np.unique(labels))
    first, second = found.data
    assert (first[:, 0] == second[:, 0]).all()
    assert (first[:, 0] >= 0).all()
    assert (first[:, 1] != second[:, 1]).all()


@pytest.mark.parametrize(
    ("latent", "y"),
    [(Normal(14), Y[:99]), (LATENT, None), (LATENT, np.full(99, -1)), (LATENT, np.arange(99))],
    ids=["no condition", "no labels", "all unknown", "one of each"],
)
def test_where_there_is_no_pair_there_is_no_number(latent, y):
    z = latent.sample(99, torch.Generator().manual_seed(1))
    assert condition_pairs(latent, z, np.random.default_rng(0).normal(size=(99, 3)), y) is None


def test_others_have_no_such_gauge():
    space = Space((1, 8, 8), 4, 10)
    game = Game(
        replace(gan, latent=Normal(4), nets={"G": mlp.Generator(8), "D": mlp.Discriminator(8)}), space
    )
    found = probe_reference(game.recipe, space, torch.randn(64, 4), X[:100], y=Y[:100])
    assert "latent_sensitivity" not in probe(game.nets, found).values
