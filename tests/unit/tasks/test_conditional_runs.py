"""Runs whose samples can be asked for by their label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
import pytest
import torch
from tests.conftest import quick
from torch import Tensor, nn

from sparring import api, zoo
from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.core.knobs import set_knobs
from sparring.core.labels import label_of_latent
from sparring.core.space import Space
from sparring.data.sources import dataset
from sparring.data.toys import digits
from sparring.diagnostics.verdict import Kind
from sparring.engine.short import train_in_memory
from sparring.nets.families import mlp
from sparring.runs import events
from sparring.runs.record import read_record

NARROW: dict[str, object] = {"nets.G.width": 8, "nets.D.discriminator.width": 8, "nets.D.width": 8}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    out = tmp_path_factory.mktemp("told") / "run"
    api.train("cgan", quick(out, doctor="watch", doctor_every=3), knobs=NARROW, quiet=True)
    return out


def test_a_run_remembers_how_often_each_label_is(told):
    kept = read_record(told)
    shares = np.array(kept.space.shares)
    assert shares.sum() == pytest.approx(1)
    assert shares == pytest.approx(0.1, abs=0.01)
    latent = api.load(told).trained.recipe.latent
    assert latent.shares == kept.space.shares
    assert latent.size == kept.space.latent == 110
    assert not [knob for knob in kept.knobs if "shares" in knob]


def test_samples_are_asked_for_by_name(told, tmp_path):
    held = api.load(told)
    z = held.trained.latents(5, seed=3, label=7)
    assert label_of_latent(z, 10).tolist() == [7] * 5
    assert torch.equal(z[:, :100], held.trained.latents(5, seed=3)[:, :100])
    with torch.no_grad():
        x = held.trained.generator()(z)
    assert torch.equal(held.drawn(5, seed=3, label="7"), x)
    assert not torch.equal(held.drawn(5, seed=3, label="6"), x)
    words = ["sample", str(told), "--label", "7", "--seed", "3", "--n", "5"]
    assert main([*words, "--out", str(tmp_path / "s.png"), "--npz", str(tmp_path / "s.npz")]) == 0
    assert (np.load(tmp_path / "s.npz")["x"] == held.sample(5, seed=3, label="7")).all()


def test_it_completes_walks_and_is_evaluated_like_any(told, tmp_path):
    held = api.load(told)
    pictures, hole = held.sample(2), np.zeros((8, 8), bool)
    hole[2:6, 2:6] = True
    assert (held.complete(pictures, hole, preset="fast")[:, ~hole] == pictures[:, ~hole]).all()
    api.walk(told, api.Walk(out=tmp_path / "walk", ends=(0, 1)))
    assert api.evaluate(told, n=100).as_json()


def test_a_watched_run_has_the_gauge_in_its_notes(told):
    notes = events.notes(told, "doctor")
    assert [step for step, _ in notes] == [3, 6]
    assert all(0 <= note["gauges"]["latent_sensitivity"] < 2 for _, note in notes)
    assert all("accuracy_high" in note["gauges"] for _, note in notes)


@dataclass(frozen=True)
class Deaf:
    """Builds a generator that reads the label alone."""

    inner: mlp.Generator

    def __call__(self, space: Space) -> nn.Module:
        return Told(self.inner(space), space.classes)


@final
class Told(nn.Module):
    def __init__(self, net: nn.Module, classes: int) -> None:
        super().__init__()
        self.net, self.classes = net, classes

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.net(torch.cat([torch.zeros_like(z[:, : -self.classes]), z[:, -self.classes :]], 1))
        return x


@pytest.mark.parametrize("deaf", [True, False])
def test_a_generator_that_ignores_its_noise_is_found(deaf, tmp_path):
    recipe = zoo.get("cgan")
    G = mlp.Generator(64)
    nets = {**recipe.nets, "G": Deaf(G) if deaf else G}
    knobs = {"nets.D.discriminator.width": 8, "turns.D.optim.lr": 2e-3, "turns.G.optim.lr": 2e-3}
    run = quick(tmp_path / "run", steps=150, batch=32, doctor="watch", doctor_every=50, frames=0)
    api.train(replace(recipe, nets=nets), run, knobs=knobs, quiet=True)
    last = events.notes(run.out, "doctor")[-1][1]
    assert (last["complaints"].get(Kind.IGNORED.value) == "FAIL") is deaf
    assert (last["gauges"]["latent_sensitivity"] < 0.02) is deaf


def test_labels_are_as_frequent_as_in_the_data_and_some_may_be_unknown(tmp_path):
    found = dataset("digits")
    y = np.where(found.y < 2, found.y, -1)
    y[np.flatnonzero(y == 1)[40:]] = -1
    some = replace(found, y=y, classes=("nought", "one"))
    zeros, ones = (y == 0).sum(), 40
    played = train_in_memory(set_knobs(zoo.get("cgan"), NARROW), some, 2, 0, batch=16)
    assert played.space.shares == pytest.approx((zeros / (zeros + ones), ones / (zeros + ones)))
    assert (played.draw().y < 0).any()
    assert played.samples(5).shape == (5, 1, 8, 8)


def test_points_are_for_dense_nets(tmp_path):
    api.train("cgan", quick(tmp_path / "run", data="ring8", family="mlp"), quiet=True)
    assert api.load(tmp_path / "run").sample(3).shape == (3, 2)


def test_what_cannot_be_asked_for_is_refused(told, run, tmp_path):
    with pytest.raises(BadInput, match="no such label in the data; there are 0, 1, 2"):
        api.load(told).sample(1, label="ten")
    with pytest.raises(BadInput, match="cannot generate samples of a chosen label"):
        api.load(run).sample(1, label="7")
    np.savez(tmp_path / "bare.npz", x=digits().x[:100])
    with pytest.raises(BadInput, match="the data have no labels"):
        api.train("cgan", quick(tmp_path / "none", data=f"{tmp_path}/bare.npz:x"), quiet=True)
    assert not (tmp_path / "none").exists()
