"""What a GPU must do as a CPU does; run by `make gpu` where there is one.

The command line is left out, so that nothing is needed beyond what trains and completes.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.conftest import NARROW, quick
from tests.laws.test_recipes import (
    bits,
    every_recipe,
    played,
    requires_that_compiled_equals_eager,
    requires_that_movers_alone_change,
    same,
    small,
    spaces,
    whole_and_resumed,
)
from tests.unit.data.test_feed import numbered

from sparring import api, zoo
from sparring.core.run import Run
from sparring.data.feed import Feed
from sparring.engine import checkpoints
from sparring.engine.machine import Machine, fastest_machine
from sparring.inverse.cache import Batching
from sparring.inverse.operators.parse import damage as damage_of
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import preset
from sparring.inverse.solver import complete_pictures
from sparring.practice.order import with_order
from sparring.tasks.restore import RestorationTask

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    pytest.mark.filterwarnings("ignore::UserWarning"),  # of algorithms that do not repeat
]

GPU = Machine("cuda")
FAST = Machine("cuda", bf16=True, channels_last=True)

ROUGH = {"cyclegan": "the slope of a reflected border is summed in no fixed order"}
"""Recipes that a GPU does not repeat to the bit, and why."""


@pytest.fixture
def exact(monkeypatch):
    """Convolutions in float32 throughout; by default a GPU rounds their factors to ten bits."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A run that was trained on the GPU."""
    out = tmp_path_factory.mktemp("gpu") / "run"
    run = quick(out, device="cuda", size="16", steps=60, checkpoint_every=30, batch=32)
    api.train("r1_gan", run, knobs={**NARROW, "latent.size": 16}, quiet=True)
    return out


@every_recipe
def test_movers_alone_change(name):
    requires_that_movers_alone_change(name, GPU)


@every_recipe
def test_it_trains_and_stop_and_resume_equals_going_on(name, tmp_path):
    whole, resumed = whole_and_resumed(name, tmp_path, GPU)
    weights = list(resumed.game.nets.parameters())
    assert all(weight.is_cuda and weight.isfinite().all() for weight in weights)
    one, other = bits(whole.game), bits(resumed.game)
    if name not in ROUGH:
        assert same(one, other), [key for key in one if not torch.equal(one[key], other[key])][:5]
    for key in one:
        assert torch.allclose(one[key].float(), other[key].float(), rtol=0.05, atol=0.05), key


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp", "r3gan"])
def test_fast_settings_resume_bit_for_bit_too(name, tmp_path):
    whole, resumed = whole_and_resumed(name, tmp_path, FAST)
    assert same(bits(whole.game), bits(resumed.game))


@pytest.mark.parametrize("order", ["shared", "one_stage"])
@pytest.mark.parametrize("machine", [GPU, FAST], ids=["plain", "fast"])
def test_other_orders_of_turns_play(order, machine):
    recipe = with_order(small("r1_gan"), order)
    game, draw = played(recipe, machine=machine)
    for _ in range(9):
        game.round(draw)
    assert len(game.read_terms()) == 20


def test_products_are_bfloat16_where_chosen_and_weights_and_terms_float32():
    game, draw = played(small("dcgan"), machine=FAST)
    seen = set()
    for layer in game.nets.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            layer.register_forward_hook(lambda _layer, _given, made: seen.add(made.dtype))
    game.round(draw)
    assert seen == {torch.bfloat16}
    assert {weight.dtype for weight in game.nets.parameters()} == {torch.float32}
    assert {term.dtype for term in game.terms.values()} == {torch.float32}


def test_the_fastest_settings_are_measured_on_the_gpu():
    recipe = zoo.get("dcgan")
    run = Run(data="", out=Path(), steps=1)

    def play(machine: Machine):
        game, draw = played(recipe, space=replace(spaces(recipe)[0], shape=(3, 32, 32)), machine=machine)
        return lambda: game.round(draw)

    found, timings = fastest_machine(run, recipe, True, play)
    tried = {(row["bf16"], row["channels_last"]) for row in timings}
    assert tried == {(b, c) for b in (False, True) for c in (False, True)}
    best = min(timings, key=lambda row: row["seconds"])
    assert (found.device, found.bf16, found.channels_last) == ("cuda", best["bf16"], best["channels_last"])


def test_auto_measures_whether_compiling_pays():
    pytest.importorskip("triton")
    run = Run(data="", out=Path(), steps=10**7, precision="fp32", layout="contiguous", threads=1)

    def play(machine: Machine):
        game, draw = played(small("gan"), machine=machine)
        return lambda: game.round(draw)

    found, timings = fastest_machine(run, small("gan"), True, play)
    seconds = {(row["compile"], row["graphs"]): row["seconds"] for row in timings}
    assert set(seconds) == {(False, False), (True, False), (True, True)}
    assert (found.compile, found.graphs) == min(seconds, key=lambda way: seconds[way])


@pytest.mark.parametrize("graphs", [False, True], ids=["compiled", "graphs"])
@pytest.mark.parametrize("name", ["gan", "r1_gan"])
def test_compiled_equals_eager(name, graphs, exact):
    pytest.importorskip("triton")
    compiled = replace(GPU, compile=True, graphs=graphs)
    requires_that_compiled_equals_eager(name, GPU, compiled, times=4, within=1e-3)


def test_graphs_train_as_eager_does(tmp_path, exact):
    pytest.importorskip("triton")
    ends = {}
    for machine in (GPU, replace(GPU, compile=True, graphs=True)):
        game, draw = played(small("gan"), machine=machine)
        with machine.activate():
            for _ in range(12):
                game.round(draw)
        ends[machine.graphs] = [row["D.adv"] for _, row in game.read_terms() if "D.adv" in row]
    assert np.allclose(ends[True], ends[False], atol=1e-2)


@pytest.mark.parametrize("name", ["dcgan", "r1_gan"])
def test_a_run_on_graphs_goes_on_where_it_stopped(name, tmp_path):
    pytest.importorskip("triton")
    ends = {}
    for way, parts in (("whole", (18,)), ("parts", (9, 18))):
        run = quick(
            tmp_path / way, device="cuda", size="16", steps=parts[0], checkpoint_every=9, compile="graphs"
        )
        api.train(name, run, knobs=NARROW, quiet=True)
        for steps in parts[1:]:
            api.resume(run.out, steps=steps, quiet=True)
        ends[way] = checkpoints.load(run.out / "checkpoints")[1]
    for key, tensor in ends["whole"].items():
        if key.startswith("nets."):
            torch.testing.assert_close(tensor, ends["parts"][key], rtol=1e-3, atol=1e-3)


def test_the_doctor_changes_no_bit(tmp_path):
    def after(doctor: str) -> dict[str, torch.Tensor]:
        out = tmp_path / doctor
        run = quick(out, device="cuda", steps=12, checkpoint_every=12, doctor=doctor, doctor_every=4)
        api.train("dcgan", run, knobs=NARROW, quiet=True)
        return checkpoints.load(out / "checkpoints")[1]

    alone, watched = after("off"), after("watch")
    assert (tmp_path / "watch" / "doctor" / "00000004.npz").is_file()
    assert same(alone, watched)


def test_a_run_trained_there_makes_the_same_pictures_on_the_cpu(trained, exact):
    assert json.loads((trained / "run.json").read_text())["run"]["device"] == "cuda"
    held = api.load(trained)
    here = held.drawn(64)
    with held.machine(1, "cuda").activate(held.trained.nets):
        assert all(weight.is_cuda for weight in held.trained.nets.parameters())
        there = held.drawn(64)
    assert not any(weight.is_cuda for weight in held.trained.nets.parameters())
    assert torch.allclose(here, there, atol=1e-4)
    assert torch.equal(here, held.drawn(64))


def test_training_goes_as_on_the_cpu(exact):
    """The same game from the same draws; after that small differences grow, as they do on any machine."""
    rows = []
    for device in ("cpu", "cuda"):
        game, _ = played(small("r1_gan"), machine=Machine(device))
        _, draw = played(small("r1_gan"))
        for _ in range(3):
            batch = draw()
            moved = {key: getattr(batch, key).to(device) for key in ("x", "z", "u", "y")}
            game.round(lambda moved=moved, batch=batch: replace(batch, **moved))
        rows.append([value for _, row in game.read_terms() for value in row.values()])
    assert np.allclose(*rows, rtol=2e-2, atol=1e-3)


@pytest.mark.parametrize("search", ["default", "csgm", "faithful"])
def test_completion_agrees_with_the_cpu(trained, tmp_path, exact, search):
    def pictures(device: str) -> np.ndarray:
        task = api.CompletionTask(
            "digits", "centre", tmp_path / device, limit=9, preset=search, steps=20, device=device
        )
        told = api.complete(trained, task)
        assert told["device"] == device
        files = sorted((tmp_path / device / "completed").iterdir())
        return np.stack([np.asarray(Image.open(file), float) for file in files])

    here, there = pictures("cpu"), pictures("cuda")
    apart = np.abs(here - there).reshape(len(here), -1).mean(1)
    assert np.median(apart) < 0.5, apart  # of 255 levels; a search at a fork may take the other way
    assert apart.mean() < 5, apart


def test_a_batch_there_gives_what_many_batches_give(trained, exact):
    held = api.load(trained)
    x, hole = held.drawn(6), torch.zeros(6, 16, 16, dtype=torch.bool)
    hole[:, 4:12, 4:12] = True
    search = preset("default", steps=10)
    with held.machine(1, "cuda").activate(held.trained.nets):
        model = FrozenModel.of(held.trained)
        ways = [complete_pictures(model, x, hole, search, seed=0, batching=Batching(size=n)) for n in (1, 6)]
    assert not ways[0].raw.is_cuda
    assert torch.allclose(ways[0].loss, ways[1].loss, rtol=0.05)


@pytest.mark.parametrize("damage", ["mask:random:0.5+blur:1", "down:2", "jpeg:30", "noise:0.05", "motion:5"])
def test_pictures_are_restored_there(trained, tmp_path, exact, damage):
    done = damage_of(damage, 4, 16, 16, 1, 0)
    assert done(torch.zeros(4, 1, 16, 16, device="cuda")).is_cuda
    errors = []
    for device in ("cpu", "cuda"):
        task = RestorationTask("digits", damage, tmp_path / device, limit=4, steps=10, device=device)
        told = api.restore(trained, task)
        errors.append(told["methods"]["sparring"]["psnr"])
    assert abs(errors[0] - errors[1]) < 1.0, errors


def test_it_is_encoded_calibrated_and_searched_for_anomalies_there(trained, tmp_path):
    run = shutil.copytree(trained, tmp_path / "run")
    report = api.encode(run, api.EncoderTraining(steps=200, width=8, batch=32, device="cuda"), quiet=True)
    assert set(report["errors"]) == {"centre", "half", "pattern:0.25", "random:0.8"}
    told = api.calibrate(run, api.CalibrationTask(pictures=8, device="cuda"))
    assert told["pictures"] == 8
    found = api.complete(
        run, api.CompletionTask("digits", "half", tmp_path / "half", limit=4, steps=5, device="cuda")
    )
    assert found["pictures"] == 4
    given = api.Anomalies("digits", tmp_path / "odd", limit=8, usual=8, steps=5, device="cuda")
    assert api.anomalies(run, given)
    assert api.evaluate(run, n=100, features="random")


def test_pictures_are_read_ahead_as_on_the_cpu():
    """Worker processes read them into pinned memory, and they are copied while the GPU works."""
    feeds = [
        Feed(numbered(24, lazy=True), np.arange(24), 10, seed=3, device=device, workers=workers)
        for device, workers in (("cpu", 0), ("cuda", 2))
    ]
    for _ in range(6):
        (here, labels, _), (there, others, _) = (feed.draw() for feed in feeds)
        assert there.is_cuda
        assert torch.equal(here, there.cpu())
        assert torch.equal(labels, others.cpu())


@every_recipe
def test_a_round_waits_for_nothing(name):
    """No turn asks the GPU for a number or hands it one, so that rounds are queued while it works."""
    game, draw = played(small(name), machine=GPU)
    feed = iter([draw() for _ in range(120)])
    for _ in range(8):  # penalties are taken in every eighth round
        game.round(feed.__next__)
    torch.cuda.set_sync_debug_mode("error")
    try:
        game.round(feed.__next__)
    finally:
        torch.cuda.set_sync_debug_mode("default")
