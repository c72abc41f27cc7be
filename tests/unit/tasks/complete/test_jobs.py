"""Restoring, completing and calibrating with a run, from Python: what is written and what is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sparring import api
from sparring.core.errors import BadInput
from sparring.core.run import Run
from sparring.data.holdout import digests
from sparring.data.sources import dataset
from sparring.engine.trained import fingerprint
from sparring.inverse import solver
from sparring.inverse.anomaly import rgi
from sparring.inverse.calibration import FILE, Calibration, load_calibration, plan_search, save_calibration
from sparring.inverse.presets import PRESETS


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run on 8x8 digits, half of which is kept aside."""
    out = tmp_path_factory.mktemp("jobs") / "run"
    given = Run(
        "digits", out, steps=600, family="mlp", batch=32, frames=0, threads=1, precision="fp32", device="cpu",
        layout="contiguous", compile="off", holdout=0.5,
    )  # fmt: skip
    knobs = {"nets.G.width": 64, "nets.D.width": 32, "latent.size": 16}
    api.train("gan", given, knobs=knobs, quiet=True)
    return out


def picture(path):
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("damage", ["down:2", "blur:1+noise:0.05", "mask:random:0.5+blur:1", "jpeg:20"])
def test_pictures_are_damaged_restored_and_scored(run, tmp_path, damage):
    task = api.RestorationTask("digits", damage, tmp_path / "out", limit=6)
    results = api.restore(run, task)
    files = sorted((tmp_path / "out" / "restored").iterdir())
    assert len(files) == results["pictures"] == len(results["residual"]) == 6
    assert picture(files[0]).shape == (8, 8)
    assert list(results["methods"]) == ["damaged", "generated", "sparring", "smooth"]
    assert results["corrected"]
    assert np.mean(results["residual"]) < 0.9 * np.mean(results["residual_generated"])
    assert results["unseen"]
    assert json.loads((tmp_path / "out" / "results.json").read_text()) == results
    assert Image.open(tmp_path / "out" / "figure.png").width > 300


def test_a_search_undoes_more_than_nothing_does(run, tmp_path):
    found = api.restore(
        run, api.RestorationTask("digits", "mask:random:0.6+blur:1", tmp_path / "out", limit=24)
    )
    scores = {name: row["psnr"] for name, row in found["methods"].items()}
    assert scores["sparring"] > scores["damaged"]


def test_without_correction_pictures_stay_the_generators(run, tmp_path):
    task = api.RestorationTask("digits", "blur:1", tmp_path / "a", limit=4)
    whole = api.restore(run, task)
    own = api.restore(run, replace(task, out=tmp_path / "b", correct=False))
    assert not own["corrected"]
    assert own["residual"] == own["residual_generated"] == whole["residual_generated"]
    assert own["methods"] == {
        "damaged": whole["methods"]["damaged"],
        "sparring": whole["methods"]["generated"],
    }
    assert whole["methods"]["sparring"]["psnr"] > own["methods"]["sparring"]["psnr"]


def test_pictures_that_are_damaged_already(run, tmp_path):
    seen = np.random.default_rng(0).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "seen.npz", x=seen, wide=np.repeat(seen, 2, 2))
    task = api.RestorationTask(f"{tmp_path}/seen.npz:x", "blur:1", tmp_path / "out", given="damaged")
    results = api.restore(run, task)
    assert results["methods"] == {}
    assert len(list((tmp_path / "out" / "restored").iterdir())) == 5
    wide = api.RestorationTask(f"{tmp_path}/seen.npz:wide", "blur:1", tmp_path / "wide", given="damaged")
    with pytest.raises(BadInput, match="holds 1 x 8 x 16; pictures damaged by blur:1 are 1 x 8 x 8"):
        api.restore(run, wide)


def test_searches_in_bfloat16_come_out_as_good(run, tmp_path):
    scores = {}
    for precision in ("fp32", "bf16"):
        scores[precision] = []
        for mask in ("centre", "half", "random:0.6"):
            out = tmp_path / f"{precision}-{mask}"
            found = api.complete(run, api.CompletionTask("digits", mask, out, limit=24, precision=precision))
            assert found["bf16"] == (precision == "bf16")
            scores[precision].append(found["methods"]["sparring"]["psnr_hole"])
    assert scores["fp32"] != scores["bf16"]
    assert abs(np.mean(scores["fp32"]) - np.mean(scores["bf16"])) < 0.1


def test_only_what_is_ours_is_coarsened_unasked(run, tmp_path):
    own = shutil.copytree(run, tmp_path / "run")
    held = api.load(own)
    quick = Calibration(bf16=True, residual=1.0, length=2.0)
    save_calibration(own, fingerprint(held.trained.generator()), quick, [], np.empty(0, np.uint64))
    asked = {
        (name, precision): plan_search(own, held.trained, name, precision=precision).preset.bf16
        for name in ("default", "fast", "csgm", "igan")
        for precision in ("auto", "fp32", "bf16")
    }
    assert {key for key, coarse in asked.items() if coarse} == {
        ("default", "auto"),
        ("fast", "auto"),
        *((name, "bf16") for name in ("default", "fast", "csgm", "igan")),
    }
    assert not plan_search(run, held.trained).preset.bf16


def test_what_calibration_changed_is_used_where_pixels_are_missing(run, tmp_path):
    own = shutil.copytree(run, tmp_path / "run")
    held = api.load(own)
    found = Calibration(window=7, features=0.1, perceptual=0.3, residual=1.0, length=2.0)
    save_calibration(own, fingerprint(held.trained.generator()), found, [], np.empty(0, np.uint64))
    assert load_calibration(own, held.trained)[0] == found
    for name in ("default", "fast"):
        search = plan_search(own, held.trained, name).preset
        assert (search.contextual.window, search.features) == (7, 0.1)
        assert search.perceptual is not None
    assert plan_search(own, held.trained, "csgm").preset == PRESETS["csgm"]
    hole = api.complete(own, api.CompletionTask("digits", "centre", tmp_path / "a", limit=4))
    plain = api.complete(run, api.CompletionTask("digits", "centre", tmp_path / "b", limit=4))
    assert hole["methods"]["sparring"]["psnr_raw"] != plain["methods"]["sparring"]["psnr_raw"]
    whole = api.restore(own, api.RestorationTask("digits", "down:2", tmp_path / "c", limit=8))
    assert np.mean(whole["residual_generated"]) < 0.6  # with a window nothing would be compared


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("job", ["restore", "complete", "anomalies", "rgi"])
def test_every_search_takes_the_precision_that_is_asked_for(run, tmp_path, monkeypatch, job, precision):
    used, size_of = [], solver.batch_size
    for owner in (solver, rgi):
        monkeypatch.setattr(
            owner,
            "batch_size",
            lambda model, *given, **how: used.append(model) or size_of(model, *given, **how),
        )
    out = tmp_path / "out"
    if job == "restore":
        api.restore(run, api.RestorationTask("digits", "blur:1", out, limit=2, steps=1, precision=precision))
    elif job == "complete":
        alpha = np.full((12, 14, 2), 255, np.uint8)
        alpha[3:5, 3:5, 1] = 0
        Image.fromarray(alpha, "LA").save(tmp_path / "one.png")
        task = api.CompletionTask(str(tmp_path / "one.png"), "alpha", out, steps=1, precision=precision)
        api.complete(run, task)
    else:
        preset = "rgi" if job == "rgi" else "default"
        asked = {"limit": 2, "steps": 1, "usual": 0, "preset": preset, "precision": precision}
        api.anomalies(run, api.Anomalies("digits", out, **asked))
    assert used
    assert {field.bf16 for field in used} == {precision == "bf16"}


def test_a_mask_alone_is_completion(run, tmp_path):
    one = api.restore(run, api.RestorationTask("digits", "mask:centre", tmp_path / "a", limit=4))
    two = api.complete(run, api.CompletionTask("digits", "centre", tmp_path / "b", limit=4))
    assert one["methods"]["sparring"]["per_picture"] == two["methods"]["sparring"]["per_picture"]


def test_ranked_answers_are_written(run, tmp_path):
    found = api.complete(run, api.CompletionTask("digits", "half", tmp_path / "out", limit=4, keep=3))
    assert len(found["kept"]) == 4
    for row in found["kept"]:
        assert 1 <= len(row) <= 3
        assert [one["loss"] for one in row] == sorted(one["loss"] for one in row)
        assert all((tmp_path / "out" / one["file"]).is_file() for one in row)
    spread = picture(tmp_path / "out" / "spread" / f"{found['names'][0]}.png")
    assert spread[:, :4].max() == 0 < spread[:, 4:].max()
    assert Image.open(tmp_path / "out" / "ranked.png").width > 500


@pytest.mark.parametrize("shape", [(40, 60), (20, 200), (8, 9)])
def test_pictures_of_any_size_keep_it(run, tmp_path, shape):
    random = np.random.default_rng(1)
    whole = random.integers(0, 256, shape, dtype=np.uint8)
    missing = np.zeros(shape, np.uint8)
    missing[2:6, 3:6] = 255
    Image.fromarray(whole).save(tmp_path / "photo.png")
    Image.fromarray(missing).save(tmp_path / "mask.png")
    task = api.CompletionTask(str(tmp_path / "photo.png"), str(tmp_path / "mask.png"), tmp_path / "out")
    results = api.complete(run, task)
    out = picture(tmp_path / "out" / results["files"][0]["file"])
    np.testing.assert_array_equal(out[missing == 0], whole[missing == 0])
    assert (out[missing > 0] != whole[missing > 0]).any()
    assert results["files"][0]["holes"] == 1


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_picture_of_the_runs_size_is_the_same_beside_larger_ones(run, tmp_path, calibrated):
    if calibrated:
        run = shutil.copytree(run, tmp_path / "run")
        api.calibrate(run, api.CalibrationTask(pictures=16))
    whole = api.load(run).sample(1, seed=7)[0, ..., 0]
    (tmp_path / "photos").mkdir()
    Image.fromarray(whole).save(tmp_path / "photos" / "one.png")
    hole = np.zeros((8, 8), np.uint8)
    hole[2:6, 2:7] = 255
    masks = tmp_path / "masks"
    masks.mkdir()
    Image.fromarray(hole).save(masks / "one.png")
    api.complete(run, api.CompletionTask(str(tmp_path / "photos"), str(masks), tmp_path / "a"))
    for folder, large in ((tmp_path / "photos", np.tile(whole, (2, 2))), (masks, np.tile(hole, (2, 2)))):
        Image.fromarray(large).save(folder / "two.png")
    api.complete(run, api.CompletionTask(str(tmp_path / "photos"), str(masks), tmp_path / "b"))
    one, other = (picture(tmp_path / path) for path in ("a/completed/one.png", "b/completed/one.png"))
    assert picture(tmp_path / "b" / "completed" / "two.png").shape == (16, 16)
    np.testing.assert_array_equal(one, other)
    assert (other[hole > 0] != whole[hole > 0]).any()


def test_a_folder_is_completed_with_its_masks_and_its_transparency(run, tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "photos").mkdir()
    for name in "ab":
        alpha = np.full((12, 14), 255, np.uint8)
        alpha[3:5, 3:5] = 0
        grey = np.random.default_rng(ord(name)).integers(0, 256, (12, 14), dtype=np.uint8)
        Image.fromarray(np.dstack([grey] * 3 + [alpha])).save(tmp_path / "photos" / f"{name}.png")
        Image.fromarray(255 - alpha).save(tmp_path / "masks" / f"{name}.png")
    by = {}
    for mask in ("alpha", str(tmp_path / "masks")):
        out = tmp_path / f"out-{len(by)}"
        api.complete(run, api.CompletionTask(str(tmp_path / "photos"), mask, out))
        by[mask] = [picture(out / "completed" / f"{name}.png") for name in "ab"]
    for one, other in zip(*by.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_calibration_is_kept_used_and_its_pictures_are_left_out(run, tmp_path):
    own = shutil.copytree(run, tmp_path / "run")
    found = api.calibrate(own, api.CalibrationTask(pictures=16))
    assert found["pictures"] == 16
    held = api.load(own)
    tuned, marks = load_calibration(own, held.trained)
    assert (tuned.prior, tuned.decay, tuned.stiffness) == (
        found["prior"], found["decay"], found["stiffness"],
    )  # fmt: skip
    results = api.complete(own, api.CompletionTask("digits", "centre", tmp_path / "out", steps=2, restarts=2))
    before = api.complete(
        run, api.CompletionTask("digits", "centre", tmp_path / "before", steps=2, restarts=2)
    )
    assert results["pictures"] == before["pictures"] - len(marks)
    data = dataset("digits")
    left = {f"{i:06d}" for i in np.flatnonzero(np.isin(digests(data.x), marks))}
    assert left
    assert not left & set(results["names"])
    assert len(results["in_range"]["usual"]) == results["pictures"]
    assert before["in_range"] == {"limits": None, "usual": None}
    with pytest.raises(BadInput, match="exists; give --overwrite"):
        api.calibrate(own, api.CalibrationTask())


def test_four_pictures_are_enough_to_calibrate(run, tmp_path):
    own = shutil.copytree(run, tmp_path / "run")
    assert not api.calibrate(own, api.CalibrationTask(pictures=4))["measured"]
    assert load_calibration(own, api.load(own).trained)[0].measured is None


def test_calibration_of_another_step_is_not_used(run, tmp_path, caplog):
    own = shutil.copytree(run, tmp_path / "run")
    api.calibrate(own, api.CalibrationTask(pictures=8))
    body = json.loads((own / FILE).read_text())
    (own / FILE).write_text(json.dumps({**body, "generator": "another"}))
    held = api.load(own)
    tuned, marks = load_calibration(own, held.trained)
    assert tuned.residual == float("inf")
    assert not len(marks)
    assert "another version or step" in caplog.text


def test_a_search_can_be_watched_stopped_and_gone_on_with(run):
    held = api.load(run)
    x = held.sample(1, seed=5)[0]
    hole = np.zeros((8, 8), bool)
    hole[2:6, 2:6] = True
    whole = list(api.iterate_search(held, x, hole, steps=12, restarts=4))
    assert [moment.step for moment in whole] == list(range(13))
    assert whole[-1].losses.min() < whole[0].losses.min()
    assert whole[0].best.shape == (8, 8, 1)
    part = api.iterate_search(held, x, hole, steps=12, restarts=4)
    for _ in range(6):
        stopped = next(part)
    part.close()
    rest = list(api.iterate_search(held, x, hole, steps=12, restarts=4, state=stopped.state))
    assert rest[0].step == 5
    np.testing.assert_array_equal(rest[-1].losses, whole[-1].losses)
    np.testing.assert_array_equal(rest[-1].best, whole[-1].best)


def test_the_movie_of_a_search(run, tmp_path):
    task = api.CompletionTask("digits", "half", tmp_path / "out", limit=2, steps=5, movie=True)
    api.complete(run, task)
    assert Image.open(tmp_path / "out" / "movie.gif").n_frames == 6


def test_a_picture_of_the_run_is_inverted(run, tmp_path):
    held = api.load(run)
    Image.fromarray(held.sample(1, seed=3)[0, ..., 0]).save(tmp_path / "own.png")
    found = api.invert(run, api.Inversion(tmp_path / "own.png", tmp_path / "out"))
    assert found["error"] < 0.05
    z = np.load(tmp_path / "out" / "latent.npz")["z"]
    assert z.shape == (1, held.trained.recipe.latent.size)
    pair = picture(tmp_path / "out" / "inversion.png")
    assert pair.shape == (8, 16)
    assert np.abs(pair[:, :8].astype(int) - pair[:, 8:]).mean() < 8
    wide = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8))
    wide.save(tmp_path / "wide.png")
    other = api.invert(run, api.Inversion(tmp_path / "wide.png", tmp_path / "other"))
    assert other["error"] > found["error"]  # noise is no digit
    with pytest.raises(BadInput, match="no such picture"):
        api.invert(run, api.Inversion(tmp_path / "none.png", tmp_path / "none"))


def test_photographs_at_the_runs_size_on_request_and_options_that_need_it(run, tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 14), dtype=np.uint8)).save(
        tmp_path / "a.png"
    )
    task = api.CompletionTask(str(tmp_path / "a.png"), "centre", tmp_path / "out", at_run_size=True, steps=2)
    assert api.complete(run, task)["methods"]["sparring"]["psnr"] > 0
    assert picture(tmp_path / "out" / "completed" / "a.png").shape == (8, 8)
    for changes in ({"keep": 2}, {"movie": True}, {"truth": "given"}):
        own = replace(task, at_run_size=False, out=tmp_path / "none", **changes)
        with pytest.raises(api.BadInput, match="add --at-run-size"):
            api.complete(run, own)
    assert not (tmp_path / "none").exists()
