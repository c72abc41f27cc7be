"""Training from Python: families of nets, points, folders that are streamed, paths from anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.conftest import NARROW, quick

import sparring
from sparring import api, zoo
from sparring.core.errors import BadInput
from sparring.data import album
from sparring.engine import checkpoints
from sparring.runs.record import read_record


@pytest.mark.parametrize("family", ["mlp", "dcgan", "resnet"])
def test_a_recipe_plays_on_another_family_of_nets(tmp_path, family):
    knobs = {"nets.G.width": 8, "nets.D.width": 8}
    sparring.train("wgan_gp", quick(tmp_path / "run", family=family), knobs=knobs, quiet=True)
    assert sparring.load(tmp_path / "run").sample(3).shape == (3, 8, 8, 1)
    assert sparring.resume(tmp_path / "run", steps=8, quiet=True).step == 8


def test_both_players_learn_at_once_and_a_run_that_does_is_resumed(tmp_path):
    """Nine rounds in one go, or six and then three: the same bits."""
    for name, steps in (("whole", 9), ("parts", 6)):
        run = quick(tmp_path / name, steps=steps, order="one_stage", checkpoint_every=3)
        sparring.train("r1_gan", run, knobs=NARROW, quiet=True)
    sparring.resume(tmp_path / "parts", steps=9, quiet=True)
    whole, parts = (sparring.load(tmp_path / name).sample(3) for name in ("whole", "parts"))
    assert np.array_equal(whole, parts)
    sparring.train("r1_gan", quick(tmp_path / "turns", steps=9), knobs=NARROW, quiet=True)
    assert not np.array_equal(whole, sparring.load(tmp_path / "turns").sample(3))


def test_points_are_learnt_and_drawn(tmp_path):
    run = quick(tmp_path / "run", data="ring8", family="mlp", steps=3)
    sparring.train("wgan", run, knobs=NARROW, quiet=True)
    x = sparring.load(tmp_path / "run").sample(50)
    assert (x.shape, x.dtype) == ((50, 2), np.float32)
    assert Image.open(next((tmp_path / "run" / "samples").iterdir())).size[0] > 100
    with pytest.raises(BadInput, match="points, not pictures"):
        sparring.load(tmp_path / "run").complete(x, x > 0)


def album_folder(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    for label in ("cats", "dogs"):
        (folder / label).mkdir(parents=True)
        for i in range(20):
            Image.fromarray(rng.integers(0, 256, (12, 10, 3), dtype=np.uint8)).save(
                folder / label / f"{i}.png"
            )
    return folder


def test_a_streamed_folder_trains_as_one_in_memory_and_resumes(tmp_path, monkeypatch):
    folder = album_folder(tmp_path / "pictures")
    settings = {"data": str(folder), "size": "8", "batch": 7}
    sparring.train("gan", quick(tmp_path / "held", **settings), knobs=NARROW, quiet=True)
    monkeypatch.setattr(album, "IN_MEMORY", 0)
    sparring.train("gan", quick(tmp_path / "streamed", **settings, steps=4), knobs=NARROW, quiet=True)
    sparring.resume(tmp_path / "streamed", steps=6, quiet=True)
    one, other = (checkpoints.load(tmp_path / run / "checkpoints")[1] for run in ("held", "streamed"))
    assert all(torch.equal(one[key], other[key]) for key in one if key.startswith(("nets.", "optim.")))
    assert read_record(tmp_path / "streamed").data["classes"] == ["cats", "dogs"]


def test_a_relative_path_means_the_same_from_another_folder(tmp_path, monkeypatch):
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8))
    monkeypatch.chdir(tmp_path)
    sparring.train("gan", quick(tmp_path / "run", data="a.npz:x"), knobs=NARROW, quiet=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sparring.resume(tmp_path / "run", steps=7, quiet=True).step == 7


def test_nothing_trained_on_is_completed(run, tmp_path):
    from sparring.data.holdout import digests
    from sparring.data.sources import dataset
    from sparring.runs.split import training_digests
    from sparring.tasks.complete.job import CompletionTask, complete

    x = dataset("digits").x
    seen = np.isin(digests(x), training_digests(run))
    assert 0.05 < (~seen).mean() < 0.15
    mixed = np.concatenate([x[seen][:5], x[~seen][:3]])
    np.savez(tmp_path / "mixed.npz", x=mixed)
    task = CompletionTask(f"{tmp_path}/mixed.npz:x", "centre", tmp_path / "out", steps=2, restarts=2)
    assert complete(run, task)["pictures"] == 3
    np.savez(tmp_path / "seen.npz", x=x[seen][:5])
    with pytest.raises(BadInput, match="trained on every one"):
        complete(run, CompletionTask(f"{tmp_path}/seen.npz:x", "centre", tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_holdout_zero_says_that_scores_are_optimistic(tmp_path, caplog):
    from sparring.tasks.complete.job import CompletionTask, complete

    sparring.train("gan", quick(tmp_path / "run", holdout=0.0), knobs=NARROW, quiet=True)
    task = CompletionTask("digits", "centre", tmp_path / "out", limit=2, steps=2, restarts=2)
    with caplog.at_level("INFO"):
        assert complete(tmp_path / "run", task)["unseen"] is False
    assert "optimistic" in caplog.text


def test_complete_from_python_keeps_known_pixels(run):
    held = sparring.load(run)
    pictures = held.sample(4, seed=3)
    missing = np.zeros((8, 8), bool)
    missing[2:6, 2:6] = True
    filled = held.complete(pictures, missing)
    assert np.array_equal(filled[:, ~missing], pictures[:, ~missing])
    assert not np.array_equal(filled[:, missing], pictures[:, missing])
    for wrong in (pictures.astype(float), pictures[:, :7], pictures[..., [0, 0, 0]]):
        with pytest.raises(BadInput, match="give uint8"):
            held.complete(wrong, missing)
    for wrong in (missing.astype(int), missing[:4]):
        with pytest.raises(BadInput, match="give bool"):
            held.complete(pictures, wrong)
    with pytest.raises(BadInput, match="no preset"):
        held.complete(pictures, missing, preset="best")


def test_samples_come_from_the_average(run):
    held = sparring.load(run)
    tensors = checkpoints.load(run / "checkpoints")[1]
    key = "body.0.weight"
    assert torch.equal(held.trained.nets["G"].state_dict()[key], tensors[f"averages.G.{key}"])
    assert not torch.equal(tensors[f"averages.G.{key}"], tensors[f"nets.G.{key}"])
    assert not held.trained.nets["G"].training
    assert not any(p.requires_grad for p in held.trained.nets.parameters())


def test_the_nearest_picture_is_sought_within_a_bound_of_memory(run, tmp_path, caplog, monkeypatch):
    from sparring.tasks.complete import job

    monkeypatch.setattr(job, "NEAREST_BYTES", 50 * 64)
    task = job.CompletionTask("digits", "centre", tmp_path / "out", limit=2, steps=2, restarts=2)
    with caplog.at_level("INFO"):
        assert "nearest" in job.complete(run, task)["methods"]
    assert "among 50 of" in caplog.text


def test_a_run_is_also_named_by_its_run_json(tmp_path):
    run = tmp_path / "run"
    sparring.train("gan", quick(run, steps=3), knobs=NARROW, quiet=True)
    assert sparring.resume(run / "run.json", steps=5, quiet=True).step == 5
    assert np.array_equal(sparring.load(run / "run.json").sample(3), sparring.load(run).sample(3))
    api.losses(run / "run.json", out=tmp_path / "losses.png")
    assert api.movie(run / "run.json") == run / "movie.gif"


def test_a_run_of_a_recipe_that_no_name_finds_again_is_not_taken_for_the_zoos(tmp_path):
    own = replace(zoo.get("gan"), batch=32)
    assert sparring.train(own, quick(tmp_path / "own", steps=2), knobs=NARROW, quiet=True).step == 2
    for use in (sparring.load, sparring.resume):
        with pytest.raises(BadInput, match=r"gan: was given to `train` as an object.*FILE.py:VARIABLE"):
            use(tmp_path / "own")
    sparring.train(zoo.get("gan"), quick(tmp_path / "zoo", steps=2), knobs=NARROW, quiet=True)
    assert sparring.load(tmp_path / "zoo").record.recipe == "gan"
