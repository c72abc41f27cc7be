"""Encoders: they learn without data, stop and go on, and belong to one generator."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tests.unit.engine.test_watching import interrupt_after

from sparring import api
from sparring.core.errors import BadInput
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.engine import checkpoints
from sparring.inverse.encoder import FOLDER, SETTINGS_FILE, EncoderTraining, load_encoder
from sparring.inverse.encoder_recipe import EvaluationOnly, MaskedEncoder, RandomMasks
from sparring.inverse.initial import gaussian

SMALL = {"width": 8, "batch": 32, "steps": 60}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on 8x8 digits, hardly trained."""
    out = tmp_path_factory.mktemp("encoding") / "run"
    given = Run(
        "digits", out, steps=30, family="mlp", batch=16, frames=0, threads=1, precision="fp32", device="cpu",
        layout="contiguous", compile="off", order="own",
    )  # fmt: skip
    api.train("gan", given, knobs={"nets.G.width": 16, "nets.D.width": 16, "latent.size": 4}, quiet=True)
    return out


@pytest.fixture
def fresh(run, tmp_path):
    import shutil

    return shutil.copytree(run, tmp_path / "run")


def test_it_learns_what_the_generator_does(fresh):
    short = api.encode(fresh, EncoderTraining(**{**SMALL, "steps": 1}), quiet=True)["errors"]
    longer = api.encode(fresh, EncoderTraining(**{**SMALL, "steps": 600, "overwrite": True}), quiet=True)[
        "errors"
    ]
    assert all(longer[kind]["missing"] < short[kind]["missing"] for kind in short)
    assert longer["centre"]["missing"] < 0.7 * short["centre"]["missing"]


def test_stopped_and_gone_on_is_bit_equal(fresh, tmp_path, monkeypatch):
    import shutil

    other = shutil.copytree(fresh, tmp_path / "other")
    whole = api.encode(fresh, EncoderTraining(**SMALL), quiet=True)
    with monkeypatch.context() as patch:
        interrupt_after(patch, 25)
        stopped = api.encode(other, EncoderTraining(**SMALL), quiet=True)
    assert stopped["step"] == 25
    assert "errors" not in stopped
    held = api.load(other)
    assert load_encoder(other, held.trained) is None  # not finished, so not used
    assert api.encode(other, EncoderTraining(**SMALL), quiet=True) == whole
    a, b = (checkpoints.load(folder / FOLDER / "checkpoints")[1] for folder in (fresh, other))
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_it_is_used_found_and_refused_for_another_generator(fresh):
    api.encode(fresh, EncoderTraining(**SMALL), quiet=True)
    held = api.load(fresh)
    E = load_encoder(fresh, held.trained)
    assert E is not None
    out = E(torch.zeros(3, 2, 8, 8))
    assert out.shape == (3, 8)
    assert (gaussian(out)[1] > 0).all()
    there = json.loads((fresh / FOLDER / SETTINGS_FILE).read_text())
    (fresh / FOLDER / SETTINGS_FILE).write_text(json.dumps({**there, "generator": "another"}))
    assert load_encoder(fresh, held.trained) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": 0}, "--steps 0"),
        ({"width": -1}, "--width -1"),
        ({"batch": 0}, "--batch 0"),
        ({"threads": 0}, "--threads 0"),
    ],
)
def test_numbers_that_make_no_sense_are_named(run, change, words):
    with pytest.raises(BadInput, match=words):
        api.encode(run, EncoderTraining(**{**SMALL, **change}), quiet=True)
    assert not (run / FOLDER).exists()


def test_what_stands_there_is_not_lost(fresh):
    api.encode(fresh, EncoderTraining(**SMALL), quiet=True)
    with pytest.raises(BadInput, match="finished encoder"):
        api.encode(fresh, EncoderTraining(**SMALL), quiet=True)
    with pytest.raises(BadInput, match="other settings"):
        api.encode(fresh, EncoderTraining(**{**SMALL, "seed": 1}), quiet=True)


def test_points_have_no_encoder(tmp_path):
    given = Run("ring8", tmp_path / "run", steps=2, family="mlp", frames=0, threads=1, precision="fp32")
    api.train("gan", given, quiet=True)
    with pytest.raises(BadInput, match="makes points"):
        api.encode(tmp_path / "run", EncoderTraining(**SMALL), quiet=True)


def test_masks_are_chosen_by_a_uniform_number():
    store = RandomMasks(seed=3)(Space((1, 12, 12), 4))
    u = torch.linspace(0, 0.999, 500).view(-1, 1, 1, 1)
    found = store(u)
    assert found.shape == (500, 12, 12)
    shares = found.float().mean((1, 2))
    assert shares[0] == 0
    assert len(np.unique(shares.numpy().round(2))) >= 4
    assert not store.state_dict()  # drawn again from the seed


def test_known_nets_stay_in_evaluation():
    net = EvaluationOnly(torch.nn.Dropout(0.5))
    net.train()
    assert not net.net.training
    assert torch.equal(net(torch.ones(9)), torch.ones(9))


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16), (1, 28, 28), (1, 7, 9)])
def test_encoders_of_any_size(shape):
    space = Space(shape, 5)
    channels, height, width = shape
    assert MaskedEncoder(8)(space)(torch.zeros(2, channels + 1, height, width)).shape == (2, 10)
