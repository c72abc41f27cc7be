"""Runs of recipes that are not a G and a D: what can be asked of them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.conftest import quick

from sparring import api
from sparring.core.errors import BadInput

HOLE = np.zeros((8, 8), bool)
HOLE[2:6, 2:6] = True


@pytest.fixture(scope="module")
def domains(tmp_path_factory):
    """A folder with two subfolders: dark and bright pictures."""
    folder, draw = tmp_path_factory.mktemp("domains"), np.random.default_rng(0)
    for name, low in (("dark", 0), ("bright", 128)):
        (folder / name).mkdir()
        for i in range(12):
            grey = draw.integers(low, low + 128, (8, 8), dtype=np.uint8)
            Image.fromarray(grey).save(folder / name / f"{i}.png")
    return folder


def trained(out, recipe, knobs=None, **changes):
    api.train(recipe, quick(out, **{"steps": 2, "checkpoint_every": 2, **changes}), knobs=knobs, quiet=True)
    return api.load(out)


def test_a_translator_samples_from_the_runs_data_and_is_not_searched(domains, tmp_path):
    knobs = {f"nets.{net}.width": 8 for net in ("G", "F", "DA", "DB")}
    held = trained(tmp_path / "run", "cyclegan", knobs, data=str(domains), batch=4)
    pictures = held.sample(5)
    assert pictures.shape == (5, 8, 8, 1)
    assert (pictures == held.sample(5)).all()
    with pytest.raises(BadInput, match="translates pictures"):
        held.complete(pictures, HOLE)


def test_pairs_share_a_latent_that_can_be_searched(domains, tmp_path):
    knobs = {f"nets.{net}.width": 8 for net in ("G", "G1", "G2", "D1", "D2", "D")}
    held = trained(tmp_path / "run", "cogan", knobs, data=str(domains), batch=4)
    pictures = held.sample(2)
    filled = held.complete(pictures, HOLE)
    assert (filled[:, ~HOLE] == pictures[:, ~HOLE]).all()


def test_coins_cannot_be_searched_for(tmp_path):
    held = trained(tmp_path / "run", "bs_gan_discrete", {"nets.G.body.width": 8, "nets.D.width": 8})
    pictures = held.sample(2)
    assert set(np.unique(pictures)) <= {0, 255}
    with pytest.raises(BadInput, match="not differentiable"):
        held.complete(pictures, HOLE)


def test_sequences_are_sampled_as_tokens(tmp_path):
    held = trained(tmp_path / "run", "seqgan", {"nets.G.width": 8, "latent.rolls": 3}, data="chains")
    tokens = held.sample(7)
    assert tokens.shape == (7, 12)
    assert tokens.dtype == np.int64
    assert (tokens >= 0).all()
    assert (tokens < 50).all()
    with pytest.raises(BadInput, match="not pictures"):
        held.complete(np.zeros((1, 8, 8, 1), np.uint8), HOLE)
    api.sample(tmp_path / "run", out=tmp_path / "sheet.png", npz=tmp_path / "tokens.npz")
    assert (tmp_path / "sheet.png").exists()
