"""Every command once, and the list of flags."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring import api, zoo
from sparring.cli import COMMANDS, command, main
from sparring.data.holdout import digests
from sparring.data.sources import dataset
from sparring.engine import checkpoints
from sparring.engine.trainer import Outcome
from sparring.runs.record import read_record

PINNED = Path(__file__).with_name("flags.txt")


def said(capsys, *words: str) -> str:
    assert main([str(word) for word in words]) == 0
    return capsys.readouterr().out


def test_help_names_every_command_and_does_not_import_torch():
    loaded = "*[module in sys.modules for module in ('torch', 'tyro')]"
    code = f"import sys, sparring.cli as c; c.main(['--help']); print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)
    assert done.stdout.endswith("False False\n")


def test_help_and_lists_do_not_import_torch():
    calls = [
        ["zoo"],
        ["zoo", "--json"],
        ["show", "wgan_gp"],
        ["practice"],
        *([name, "--help"] for name in COMMANDS),
    ]
    code = f"import sys, sparring.cli as c; [c.main(w) for w in {calls}]; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")
    assert all(f"usage: sparring {name}" in done.stdout for name in COMMANDS)


def test_import_alone_does_not_load_torch():
    code = "import sys, sparring as s; a = 'torch' in sys.modules; s.Recipe; print(a, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True\n"


def test_zoo_as_json(capsys):
    rows = json.loads(said(capsys, "zoo", "--json"))
    assert rows[0]["name"] == "gan"
    assert sorted(row["name"] for row in rows) == zoo.names()
    assert {"name", "paper", "year", "parent", "title"} == set(rows[0])
    assert next(row for row in rows if row["name"] == "wgan_gp")["parent"] == "wgan"
    assert "1704.00028" in said(capsys, "zoo")


def test_show_tells_the_line_of_descent(capsys):
    text = said(capsys, "show", "wgan_gp")
    assert "wgan_gp <- wgan <- dcgan <- gan" in text
    assert text.index("against wgan:") < text.index("against dcgan:") < text.index("against gan:")
    about = json.loads(said(capsys, "show", "wgan_gp", "--json"))
    assert [step["name"] for step in about["line"]] == ["wgan_gp", "wgan", "dcgan", "gan"]


def test_practices_are_listed(capsys):
    rows = json.loads(said(capsys, "practice", "--json"))
    assert {"instance_noise", "packed", "r1"} <= {row["name"] for row in rows}
    assert {"name", "settings", "about", "source"} == set(rows[0])
    assert all(row["name"] in said(capsys, "practice") for row in rows)


def test_practices_are_kept_with_the_run_and_repeated(capsys, tmp_path):
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    words = "--data digits --steps 2 --batch 8 --threads 1 --frames 0 --precision fp32 --layout contiguous"
    practices = ["--with", "instance_noise=0.2", "--with=label_smoothing"]
    said(
        capsys, "train", "gan", "--out", first, *words.split(), *practices, "--turns.D.loss.pair.real", "0.8"
    )
    kept = read_record(first)
    assert kept.run.practice == ("instance_noise=0.2", "label_smoothing")
    assert kept.knobs["turns.D.loss.pair.real"] == 0.8
    assert kept.knobs["nets.D.entry.std"] == 0.2
    said(capsys, "train", "--from", first, "--out", second)
    again = read_record(second)
    assert (again.run.practice, again.knobs) == (kept.run.practice, kept.knobs)
    said(capsys, "train", "--from", first, "--out", third, "--practice", "r1", "replayed_fakes")
    assert read_record(third).run.practice == ("r1", "replayed_fakes")
    said(capsys, "resume", third, "--steps", "3")
    said(capsys, "sample", third, "--out", tmp_path / "s.png")


def test_selecting_flags_may_stand_anywhere_and_take_an_equals_sign(capsys, tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(
        api, "train", lambda word, run, knobs: runs.append((word, run)) or Outcome(1, 0.0, False)
    )
    words = ["--with", "r2", "--family=mlp", "gan", "--data", "digits", "--practice=r1", "--with=packed=2"]
    assert main(["train", *words, "--out", str(tmp_path)]) == 0
    ((word, run),) = runs
    assert (word, run.family, run.practice) == ("gan", "mlp", ("r1", "r2", "packed=2"))


def test_train_writes_a_run_and_from_repeats_it(capsys, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    words = "--data digits --steps 4 --batch 8 --threads 1 --frames 3 --checkpoint-every 2 --seed 3"
    said(
        capsys,
        "train",
        "gan",
        "--out",
        first,
        *words.split(),
        "--nets.G.width",
        "8",
        "--turns.D.optim.lr",
        "1e-3",
    )
    kept = read_record(first)
    assert kept.knobs["nets.G.width"] == 8
    assert kept.knobs["turns.D.optim.lr"] == 1e-3
    assert kept.knobs["turns.G.optim.lr"] == 2e-4
    assert "auto" not in json.dumps(json.loads((first / "run.json").read_text())["run"])
    assert checkpoints.steps(first / "checkpoints") == [2, 4]
    said(capsys, "train", "--from", first / "run.json", "--out", second)
    for step in (2, 4):
        one, other = (f / "checkpoints" / f"{step:08d}" / checkpoints.TENSORS for f in (first, second))
        assert one.read_bytes() == other.read_bytes()


def test_overwrite_replaces_a_run(capsys, tmp_path):
    words = "train gan --data digits --steps 2 --batch 8 --threads 1 --precision fp32 --layout contiguous"
    said(capsys, *words.split(), "--out", tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    said(capsys, *words.split(), "--out", tmp_path / "run", "--overwrite", "--seed", "1")
    assert (tmp_path / "run" / "run.json").read_bytes() != before
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_sample_writes_a_sheet_and_an_array(capsys, run, tmp_path):
    said(capsys, "sample", run, "--n", "9", "--out", tmp_path / "s.png", "--npz", tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz", allow_pickle=False) as arrays:
        assert arrays["x"].shape == (9, 8, 8, 1)
        assert arrays["x"].dtype == np.uint8
    assert Image.open(tmp_path / "s.png").mode == "RGB"
    again = tmp_path / "t.npz"
    said(capsys, "sample", run, "--n", "9", "--out", tmp_path / "t.png", "--npz", again)
    with np.load(again) as other, np.load(tmp_path / "s.npz") as one:
        assert np.array_equal(one["x"], other["x"])


def test_evaluate_prints_a_table_or_json(capsys, run, tmp_path):
    words = ["evaluate", run, "--n", "60", "--features", "random"]
    found = json.loads(said(capsys, *words, "--json", "--neighbours", tmp_path / "near.png"))
    assert found["protocol"]["features"] == "random"
    assert (tmp_path / "near.png").is_file()
    shown = said(capsys, *words)
    for name, number in found["numbers"].items():
        row = next(line for line in shown.splitlines() if line.startswith(name))
        assert f"{number['value']:.4g}" in row
        assert f"{number['real']:.4g}" in row
    assert found["protocol"]["checksum"] in shown.replace("\n", "")


def test_movie_joins_the_frames(capsys, run, tmp_path):
    said(capsys, "movie", run, "--out", tmp_path / "m.gif", "--seconds", "1")
    assert Image.open(tmp_path / "m.gif").n_frames == len(list((run / "frames").iterdir()))


def test_walk_draws_strips_and_a_movie_that_comes_home(capsys, run, tmp_path):
    text = said(capsys, "walk", run, "--out", tmp_path / "w", "--ends", "7", "3", "5", "--way", "both")
    kept = json.loads((tmp_path / "w" / "walk.json").read_text())
    assert [(leg["from"], leg["to"]) for leg in kept["legs"][::2]] == [(7, 3), (3, 5), (5, 7)]
    assert all(f"{leg['smoothness']:.2f}" in text for leg in kept["legs"])
    with Image.open(tmp_path / "w" / "walk.gif") as movie:
        first = np.asarray(movie.convert("RGB"), int)
        assert movie.n_frames > 60
        movie.seek(movie.n_frames - 1)
        last = np.asarray(movie.convert("RGB"), int)
    assert first.shape[0] > 1.5 * first.shape[1]  # one way above the other
    assert 0 < np.abs(last - first).mean() < 3
    assert Image.open(tmp_path / "w" / "walk.png").width == 1600


def test_sums_of_numbered_samples(capsys, run, tmp_path):
    sheet, out = tmp_path / "sheet.png", tmp_path / "a"
    assert said(capsys, "arithmetic", run, "--sheet", sheet).split() == [str(sheet)]
    said(capsys, "arithmetic", run, "--plus", "1,5", "--minus", "3", "--plus", "2,7,11", "--out", out)
    kept = json.loads((out / "arithmetic.json").read_text())
    assert (kept["plus"], kept["minus"], kept["plus_too"]) == ([1, 5], [3], [2, 7, 11])
    assert Image.open(out / "arithmetic.png").width == 1600


@pytest.mark.parametrize("mask", ["centre", "half", "left", "pattern:0.25", "random:0.8"])
def test_complete_writes_pictures_figure_and_results(capsys, run, tmp_path, mask):
    said(capsys, "complete", run, "--data", "digits", "--mask", mask, "--out", tmp_path / "c",
         "--limit", "3", "--steps", "2", "--restarts", "2")  # fmt: skip
    results = json.loads((tmp_path / "c" / "results.json").read_text())
    assert set(results["methods"]) == {"sparring", "mean", "telea", "biharmonic", "nearest"}
    for row in results["methods"].values():
        assert {"psnr_hole", "psnr", "ssim", "seconds_per_image"} <= set(row)
        assert len(row["per_picture"]["psnr_hole"]) == 3
    assert (results["preset"], results["steps"], results["restarts"], results["threads"]) == (
        "default",
        2,
        2,
        1,
    )
    assert results["unseen"] is True
    assert len(list((tmp_path / "c" / "completed").iterdir())) == 3
    assert Image.open(tmp_path / "c" / "figure.png").width > 400


@pytest.mark.parametrize("preset", ["default", "anogan", "rgi"])
def test_anomalies_writes_scores_maps_and_a_figure(capsys, run, tmp_path, preset):
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    for name in ("b", "a"):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / "in" / f"{name}.png")
    text = said(capsys, "anomalies", run, "--data", tmp_path / "in", "--out", tmp_path / "o",
                "--preset", preset, "--steps", 2, "--usual", 5)  # fmt: skip
    results = json.loads((tmp_path / "o" / "results.json").read_text())
    scores = results["scores"]
    assert {row["name"] for row in scores} == {"000000-a", "000001-b"}
    assert scores[0]["score"] >= scores[1]["score"]
    assert results["usual"]["pictures"] == 5
    assert results["usual"]["median"] <= results["usual"]["limit"]
    lines = (tmp_path / "o" / "scores.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["name", *(row["name"] for row in scores)]
    for row in scores:
        assert np.asarray(Image.open(tmp_path / "o" / "maps" / f"{row['name']}.png")).shape == (8, 8)
        assert not row["trained_on"]
    assert Image.open(tmp_path / "o" / "figure.png").width > 100
    assert scores[0]["name"] in text


def test_anomalies_of_one_picture_that_was_trained_on_alone(capsys, run, tmp_path):
    said(capsys, "anomalies", run, "--data", "digits", "--out", tmp_path / "o", "--limit", 1, "--steps", 1,
         "--usual", 0)  # fmt: skip
    results = json.loads((tmp_path / "o" / "results.json").read_text())
    assert results["usual"] == {"pictures": 0, "median": None, "limit": None}
    (row,) = results["scores"]
    assert "above" not in row
    assert row["trained_on"] == (first_digest() in np.load(run / "trained_on.npy"))


def first_digest():
    """The digest of the first digit of 8x8 pixels."""
    return digests(dataset("digits").x[:1])[0]


def test_complete_one_picture_without_a_truth_and_with_its_own_mask(capsys, run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "masks").mkdir()
    rng = np.random.default_rng(1)
    for name in ("a", "b"):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(tmp_path / "in" / f"{name}.png")
        hole = np.zeros((8, 8), np.uint8)
        hole[2:5, (0 if name == "a" else 4) : 7] = 255
        Image.fromarray(hole).save(tmp_path / "masks" / f"{name}.png")
    said(capsys, "complete", run, "--data", tmp_path / "in", "--mask", tmp_path / "masks",
         "--out", tmp_path / "c", "--steps", "2", "--restarts", "2")  # fmt: skip
    methods = json.loads((tmp_path / "c" / "results.json").read_text())["methods"]
    assert "psnr_hole" not in methods["sparring"]
    for name in ("a", "b"):
        before, after, hole = (
            np.asarray(Image.open(tmp_path / part / f"{name}.png")) for part in ("in", "c/completed", "masks")
        )
        assert np.array_equal(before[hole == 0], after[hole == 0])


def test_complete_where_pictures_are_transparent(capsys, run, tmp_path):
    picture = np.full((8, 8, 4), 128, np.uint8)
    picture[..., 3] = 255
    picture[3:5, 3:6] = 0
    (tmp_path / "in").mkdir()
    Image.fromarray(picture).save(tmp_path / "in" / "one.png")
    said(capsys, "complete", run, "--data", tmp_path / "in", "--mask", "alpha", "--out", tmp_path / "c",
         "--steps", "2", "--restarts", "2")  # fmt: skip
    after = np.asarray(Image.open(tmp_path / "c" / "completed" / "one.png"))
    assert (after[picture[..., 3] == 255] == 128).all()


def test_data_inspects(capsys, tmp_path):
    found = json.loads(said(capsys, "data", "digits", "--json", "--sheet", tmp_path / "sheet.png"))
    assert found["count"] == 1797
    assert Image.open(tmp_path / "sheet.png").width > 100
    assert "1797" in said(capsys, "data", "digits")


def test_flags_are_those_pinned(capsys):
    lines = []
    for name in COMMANDS:
        words = [name, "gan", "--help"] if name == "train" else [name, "--help"]
        with pytest.raises(SystemExit) as end:
            command(name)(words[1:])
        assert end.value.code == 0
        text = capsys.readouterr().out
        flags = sorted(set(re.findall(r"^[│ ]*(?:-h, )?(--[A-Za-z][\w.-]*)", text, re.MULTILINE)))
        lines.append(f"{name}: {' '.join(flags)}")
    assert "\n".join(lines) + "\n" == PINNED.read_text()
