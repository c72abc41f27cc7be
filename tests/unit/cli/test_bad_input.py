"""Bad input: one line that names what is wrong and what would be right, status 2, nothing written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.cli import main
from sparring.engine import checkpoints


@pytest.fixture(scope="module")
def place(tmp_path_factory, run) -> Path:
    """A folder with everything that can be wrong."""
    here = tmp_path_factory.mktemp("place")
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    holed = np.full((40, 8, 8), 0.5)
    holed[3, 1, 1] = np.nan
    np.savez(
        here / "a.npz",
        x=x,
        y=np.arange(40) % 3,
        short=np.arange(39),
        nan=holed,
        words=np.array(["a"] * 40),
        flat=np.arange(40.0),
        deep=np.zeros((4, 8, 8, 3, 2)),
        none=x[:0],
        odd=rng.integers(0, 256, (40, 9, 11), dtype=np.uint8),
        five=rng.integers(0, 256, (40, 8, 8, 5), dtype=np.uint8),
        wild=np.full((40, 8, 8), 1e6),
        points=rng.normal(size=(40, 2)),
    )
    np.savez(here / "objects.npz", x=np.array([{}], dtype=object), allow_pickle=True)
    (here / "text.npz").write_text("no archive")
    (here / "empty").mkdir()
    (here / "full").mkdir()
    (here / "full" / "precious.txt").write_text("keep me")
    (here / "mixed").mkdir()
    for i, size in enumerate([(20, 20), (30, 10), (12, 12)]):
        Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8)).save(here / "mixed" / f"{i}.png")
    (here / "broken").mkdir()
    for i in range(4):
        (here / "broken" / f"{i}.png").write_bytes(b"\x89PNG\r\n")
    Image.fromarray(x[0]).save(here / "broken" / "good.png")
    (here / "digits.idx").write_bytes(b"\x00\x00\x08\x03\x00\x00")
    Image.new("L", (5, 5), 255).save(here / "small.png")
    Image.new("L", (8, 8), 255).save(here / "white.png")
    Image.new("L", (8, 8), 0).save(here / "black.png")
    (here / "notes.txt").write_text("no picture")
    (here / "my.py").write_text("mine = 3")
    (here / "wrong.py").write_text("mine = 1 / 0")
    (here / "two.csv").write_text("step,D,d_loss,G\n1,2,3,4\n")
    (here / "words.csv").write_text("step,D,G\n1,low,4\n")
    (here / "none.csv").write_text("")
    (here / "masks").mkdir()
    Image.new("L", (8, 8), 255).save(here / "masks" / "only.png")
    for name in ("old", "torn", "bare", "stump", "moved", "mute"):
        shutil.copytree(run, here / name)
    body = json.loads((run / "run.json").read_text())
    (here / "old" / "run.json").write_text(json.dumps({**body, "format": 0}))
    (here / "stump" / "run.json").write_text("{")
    moved = {**body, "run": {**body["run"], "data": str(here / "gone.npz:x")}}
    (here / "moved" / "run.json").write_text(json.dumps(moved))
    mute = {**body, "run": {**body["run"], "data": f"{here}/a.npz:x"}}
    (here / "mute" / "run.json").write_text(json.dumps(mute))
    shutil.rmtree(here / "bare" / "checkpoints")
    for step in checkpoints.steps(here / "torn" / "checkpoints"):
        (here / "torn" / "checkpoints" / f"{step:08d}" / checkpoints.TENSORS).write_bytes(b"")
    shutil.copytree(run, here / "run")
    return here


TRAIN = "train gan --steps 2 --out {out} --data "
COMPLETE = "complete {here}/run --out {out} --limit 2 "
SUM = "arithmetic {here}/run --out {out} --plus 1 --minus 2 "
RESTORE = "restore {here}/run --out {out} --limit 2 --data "
MEND = "mend {here}/run --out {out} "
ANOMALIES = "anomalies {here}/run --out {out} --limit 2 "
CASES = {
    "no such command": ("trian gan", "did you mean 'train'"),
    "no recipe": ("train gna --data digits --out {out}", "gan"),
    "a recipe far from all": ("train transformer --data digits --out {out}", "dcgan"),
    "no data flag": ("train gan --out {out}", "--data"),
    "no out flag": ("train gan --data digits", "--out"),
    "unknown flag": (TRAIN + "digits --stepz 3", "--stepz"),
    "unknown knob": (TRAIN + "digits --turns.D.optim.rate 3", "--turns.D.optim.rate"),
    "knob of another type": (TRAIN + "digits --turns.D.optim.lr fast", "--turns.D.optim.lr"),
    "steps no number": (TRAIN + "digits --steps many", "--steps"),
    "no steps": (TRAIN + "digits --steps 0", "--steps 0"),
    "no batch": (TRAIN + "digits --batch 0", "--batch 0"),
    "threads below one": (TRAIN + "digits --threads 0", "--threads 0"),
    "seed below zero": (TRAIN + "digits --seed=-1", "--seed -1"),
    "no such practice": (TRAIN + "digits --with instance_nois=0.1", "did you mean instance_noise"),
    "practice with a bad value": (TRAIN + "digits --with instance_noise=much", "std 'much'"),
    "practice without a name": ("train gan --data digits --out {out} --with", "--with"),
    "practice that does not fit": ("train wgan --data digits --out {out} --with label_smoothing", "labels"),
    "practice that nets forbid": ("train dcgan --data digits --size 16 --out {out} --with r1", "batch norm"),
    "joint batch norm": ("train dcgan --data digits --size 16 --out {out} --with batches", "batch norm"),
    "augmented points": ("train gan --steps 2 --data ring8 --out {out} --with augmented", "points"),
    "frames below zero": (TRAIN + "digits --frames=-1", "--frames -1"),
    "device unknown": (TRAIN + "digits --device tpu", "--device"),
    "no cuda here": (TRAIN + "digits --device cuda", "cuda"),
    "holdout too large": (TRAIN + "digits --holdout 0.9", "held out"),
    "no such data": (TRAIN + "digist", "did you mean 'digits'"),
    "no such file": (TRAIN + "{here}/b.npz:x", "no such file"),
    "no such array": (TRAIN + "{here}/a.npz:z", "x"),
    "an empty array": (TRAIN + "{here}/a.npz:none", "none"),
    "an array of NaN": (TRAIN + "{here}/a.npz:nan", "NaN"),
    "an array of words": (TRAIN + "{here}/a.npz:words", "words"),
    "an array of objects": (TRAIN + "{here}/objects.npz:x", "x"),
    "a flat array": (TRAIN + "{here}/a.npz:flat", "flat"),
    "a deep array": (TRAIN + "{here}/a.npz:deep", "deep"),
    "five channels": (TRAIN + "{here}/a.npz:five", "1 to 4"),
    "floats out of range": (TRAIN + "{here}/a.npz:wild", "255"),
    "no archive": (TRAIN + "{here}/text.npz:x", "text.npz"),
    "labels too short": (TRAIN + "{here}/a.npz:x:short", "39"),
    "an empty folder": (TRAIN + "{here}/empty", "empty"),
    "sizes that differ": (TRAIN + "{here}/mixed", "--size"),
    "most pictures broken": (TRAIN + "{here}/broken --size 8", "0.png"),
    "idx cut short": (TRAIN + "idx:{here}/digits.idx", "digits.idx"),
    "size no number": (TRAIN + "digits --size large", "large"),
    "size too small": (TRAIN + "digits --size 4", "8"),
    "size too large": (TRAIN + "digits --size 512", "256"),
    "size the nets cannot make": ("train dcgan --steps 2 --out {out} --data {here}/a.npz:odd", "nearest"),
    "points for convolutions": ("train dcgan --steps 2 --out {out} --data ring8", "points"),
    "size for points": (TRAIN + "ring8 --size 16", "points"),
    "out is a file": ("train gan --steps 2 --data digits --out {here}/notes.txt", "file"),
    "out under a file": ("train gan --steps 2 --data digits --out {here}/notes.txt/run", "notes.txt"),
    "out not empty": ("train gan --steps 2 --data digits --out {here}/full", "--overwrite"),
    "overwrite of another's": ("train gan --steps 2 --data digits --out {here}/full --overwrite", "run.json"),
    "out in a read-only place": ("train gan --steps 2 --data digits --out /proc/run", "/proc/run"),
    "from nothing": ("train --from {here}/no.json --out {out}", "no such run"),
    "from without a name": ("train --from", "--from"),
    "family without a name": ("train gan --data digits --out {out} --family", "--family"),
    "no such family": (TRAIN + "digits --family vgg", "there are own, mlp"),
    "recipe after a flag": ("train --out {out} gan --data digits", "before its flags"),
    "practices alone": ("train --with r1", "recipe"),
    "resume nothing": ("resume {here}/nothing", "no such run"),
    "resume no run": ("resume {here}/full", "run.json"),
    "resume another version": ("resume {here}/old", "format 0"),
    "resume half a record": ("resume {here}/stump", "JSON"),
    "resume damaged checkpoints": ("resume {here}/torn --steps 9", "damaged"),
    "resume what is done": ("resume {here}/run", "--steps larger than 6"),
    "resume without its data": ("resume {here}/moved --steps 9", "gone.npz"),
    "sample nothing": ("sample {here}/nothing --out {out}.png", "no such run"),
    "sample none": ("sample {here}/run --n 0 --out {out}.png", "--n 0"),
    "sample of a label that no sample has": ("sample {here}/run --label 7 --out {out}.png", "--label 7"),
    "labels that are not there": ("train cgan --steps 2 --out {out} --data {here}/a.npz:x", "no labels"),
    "sample to no picture": ("sample {here}/run --out {out}.txt", ".png"),
    "sample without checkpoints": ("sample {here}/bare --out {out}.png", "no checkpoint"),
    "evaluate nothing": ("evaluate {here}/nothing", "no such run"),
    "evaluate too few": ("evaluate {here}/run --n 10", "--n 10"),
    "evaluate by no features": ("evaluate {here}/run --features fid", "--features"),
    "evaluate against nothing": ("evaluate {here}/run --data digist", "did you mean 'digits'"),
    "evaluate against points": ("evaluate {here}/run --data {here}/a.npz:points", "points"),
    "evaluate against few": ("evaluate {here}/run --data {here}/a.npz:x", "at least 60"),
    "evaluate with a seed below zero": ("evaluate {here}/run --seed=-1", "--seed -1"),
    "evaluate to no png": ("evaluate {here}/run --neighbours {out}.jpg", ".png"),
    "evaluate without its data": ("evaluate {here}/moved", "gone.npz"),
    "evaluate by weights not here": ("evaluate {here}/run --features inception", "sparring[inception]"),
    "resume from no checkpoint": ("resume {here}/run --back-to 5", "there are 3, 6"),
    "resume with no practice": ("resume {here}/run --back-to 3 --with r9", "no such practice"),
    "resume with what does not fit": ("resume {here}/run --back-to 3 --with packed=5", "packs of 5"),
    "diagnose nothing": ("diagnose {here}/nothing", "no such run or file"),
    "diagnose no run": ("diagnose {here}/full", "run.json"),
    "diagnose to no page": ("diagnose {here}/run --html {out}.txt", ".html"),
    "diagnose a run by columns": ("diagnose {here}/run --discriminator-column D", "knows its columns"),
    "diagnose an empty file": ("diagnose {here}/none.csv", "no rows"),
    "diagnose a picture": ("diagnose {here}/small.png", "CSV or JSONL"),
    "diagnose no such column": (
        "diagnose {here}/words.csv --discriminator-column loss", "there are step, D, G",
    ),
    "diagnose one of two columns": ("diagnose {here}/two.csv", "any of D, d_loss"),
    "diagnose words": ("diagnose {here}/words.csv", "'low', which is not a number"),
    "walk nowhere": ("walk {here}/run", "--out"),
    "walk through nothing": ("walk {here}/nothing --out {out}", "no such run"),
    "walk from one sample": ("walk {here}/run --out {out} --ends 3", "name 2 to 20"),
    "walk to itself": ("walk {here}/run --out {out} --ends 3 4 3", "3 is named twice"),
    "walk past the last": ("walk {here}/run --out {out} --ends 3 100", "from 0 to 99"),
    "walk through one": ("walk {here}/run --out {out} --n 1", "--n 1"),
    "walk by name and by number": ("walk {here}/run --out {out} --n 2 --ends 3 4", "leave one"),
    "walk in one step": ("walk {here}/run --out {out} --steps 1", "--steps 1"),
    "walk by no way": ("walk {here}/run --out {out} --way sphere", "--way"),
    "walk with a seed below zero": ("walk {here}/run --out {out} --seed=-1", "--seed -1"),
    "walk into a full folder": ("walk {here}/run --out {here}/full", "--overwrite"),
    "walk over another's": ("walk {here}/run --out {here}/full --overwrite", "walk.json"),
    "sum of nothing": ("arithmetic {here}/run", "--sheet FILE.png"),
    "sum of one": ("arithmetic {here}/run --plus 1,2 --out {out}", "1 times --plus and 0 times --minus"),
    "sum of words": (SUM + "--plus five", "--plus five: give numbers of samples"),
    "sum of what is not there": (SUM + "--plus 4,-1", "--plus -1"),
    "sum of the same twice": (SUM + "--plus 4,4", "4 is named twice"),
    "sum to nowhere": ("arithmetic {here}/run --plus 1 --minus 2 --plus 3", "--out"),
    "sum into nothing": ("arithmetic {here}/run --out {out}", "0 times --plus"),
    "sheet to no picture": ("arithmetic {here}/run --sheet {out}.txt", "--sheet"),
    "direction without a label": ("direction {here}/run --out {out}", "--label"),
    "direction of no class": ("direction {here}/run --label ten --out {out}", "there are 0, 1, 2"),
    "direction where data have no labels": ("direction {here}/mute --label 3 --out {out}", "no labels"),
    "direction from few": ("direction {here}/run --label 3 --out {out} --n 10", "--n 10"),
    "direction to be shown nowhere": ("direction {here}/run --label 3 --out {out} --rows 0", "--rows 0"),
    "direction without its data": ("direction {here}/moved --label 3 --out {out}", "gone.npz"),
    "movie of nothing": ("movie {here}/full", "run.json"),
    "movie to no gif": ("movie {here}/run --out {out}.mp3", ".gif"),
    "complete keeps less than none": (COMPLETE + "--data digits --mask centre --keep=-1", "--keep -1"),
    "complete by an unknown blend": (COMPLETE + "--data digits --mask centre --blend glue", "--blend"),
    "complete by an unknown search": (COMPLETE + "--data digits --mask centre --preset csmg", "--preset"),
    "restore nothing known": (RESTORE + "digits --damage blurr:2", "did you mean"),
    "restore without a factor": (RESTORE + "digits --damage down", "down:4"),
    "restore by another factor": (RESTORE + "digits --damage down:3", "down:3"),
    "restore from noise in words": (RESTORE + "digits --damage noise:much", "noise:0.05"),
    "restore grey of grey": (RESTORE + "digits --damage grey", "grey"),
    "restore outside the picture": (RESTORE + "digits --damage crop:4,4,8,8", "crop"),
    "restore of nothing": (RESTORE + "digits --damage mask:centre --limit 0", "--limit 0"),
    "restore points": (RESTORE + "{here}/a.npz:points --damage blur:1", "points"),
    "restore into a full folder": (
        "restore {here}/run --out {here}/full --limit 2 --data digits --damage blur:1", "--overwrite",
    ),
    "mend no picture": (MEND + "{here}/notes.txt --mask centre", "notes.txt"),
    "mend an empty folder": (MEND + "--pictures {here}/empty --mask centre", "empty"),
    "mend what cannot be read": (MEND + "--pictures {here}/broken/0.png --mask centre", "0.png"),
    "mend with a mask of another size": (
        MEND + "--pictures {here}/mixed/0.png --mask {here}/small.png", "5x5",
    ),
    "mend without a mask for it": (MEND + "--pictures {here}/mixed --mask {here}/masks", "no mask called 0"),
    "mend with all missing": (MEND + "--pictures {here}/small.png --mask {here}/small.png", "nothing known"),
    "calibrate on too few": ("calibrate {here}/run --pictures 3", "--pictures 3"),
    "calibrate what is no run": ("calibrate {here}/empty", "run.json"),
    "encode no steps": ("encode {here}/run --steps 0", "--steps 0"),
    "encode what is no run": ("encode {here}/empty", "run.json"),
    "complete unknown mask": (COMPLETE + "--data digits --mask center", "did you mean 'centre'"),
    "complete without mask": (COMPLETE + "--data digits", "--mask"),
    "mask share": (COMPLETE + "--data digits --mask random:1.5", "0 and 1"),
    "mask of another size": (COMPLETE + "--data digits --mask {here}/small.png", "5x5"),
    "mask all missing": (COMPLETE + "--data digits --mask {here}/white.png", "nothing known"),
    "mask nothing missing": (COMPLETE + "--data digits --mask {here}/black.png", "nothing missing"),
    "mask no picture": (COMPLETE + "--data digits --mask {here}/notes.txt", "notes.txt"),
    "mask not there": (COMPLETE + "--data digits --mask {here}/no.png", "no.png"),
    "masks too few": (COMPLETE + "--data digits --mask {here}/masks", "1 masks for 2"),
    "preset unknown": (COMPLETE + "--data digits --mask centre --preset best", "--preset"),
    "no restarts": (COMPLETE + "--data digits --mask centre --restarts 0", "--restarts 0"),
    "limit zero": ("complete {here}/run --out {out} --data digits --mask centre --limit 0", "--limit 0"),
    "complete points": (COMPLETE + "--data {here}/a.npz:points --mask centre", "points"),
    "complete into a full folder": (
        "complete {here}/run --out {here}/full --limit 2 --data digits --mask centre", "--overwrite",
    ),
    "anomalies of nothing": ("anomalies {here}/nothing --out {out} --data digits", "no such run"),
    "anomalies without data": (ANOMALIES, "--data"),
    "anomalies in no such data": (ANOMALIES + "--data digist", "did you mean 'digits'"),
    "anomalies among points": (ANOMALIES + "--data {here}/a.npz:points", "points"),
    "anomalies by no search": (ANOMALIES + "--data digits --preset ganomaly", "--preset"),
    "anomalies in no steps": (ANOMALIES + "--data digits --steps 0", "--steps 0"),
    "anomalies on no threads": (ANOMALIES + "--data digits --threads 0", "--threads 0"),
    "anomalies with less than none usual": (ANOMALIES + "--data digits --usual=-1", "--usual -1"),
    "anomalies with a mask unasked": (ANOMALIES + "--data digits --weight 0.3", "--preset rgi"),
    "anomalies with a mask for nothing": (
        ANOMALIES + "--data digits --preset rgi --weight 0", "--weight 0.0",
    ),
    "anomalies in no pictures": (
        "anomalies {here}/run --out {out} --data digits --limit 0", "--limit 0",
    ),
    "anomalies into a full folder": (
        "anomalies {here}/run --out {here}/full --data digits", "--overwrite",
    ),
    "anomalies over another's": (
        "anomalies {here}/run --out {here}/full --data digits --overwrite", "results.json",
    ),
    "anomalies without checkpoints": ("anomalies {here}/bare --out {out} --data digits", "no checkpoint"),
    "data unknown": ("data digist", "digits"),
    "data contact sheet of nothing": ("data {here}/empty --sheet {out}.png", "empty"),
    "show unknown": ("show wgam", "wgan"),
    "tokens for nets of numbers": (TRAIN + "chains", "train seqgan"),
    "pictures for nets of tokens": ("train seqgan --steps 2 --out {out} --data digits", "tokens"),
    "ten classes for two domains": ("train cyclegan --steps 2 --out {out} --data digits", "two classes"),
    "points for a pyramid": ("train lapgan --steps 2 --out {out} --data ring8", "only pictures"),
    "nets without another family": ("train cyclegan --out {out} --data digits --family mlp", "own kind"),
    "a tied discriminator at once": (
        "train dcgan --steps 2 --size 16 --out {out} --data digits --order one_stage", "--order own",
    ),
    "compiled at once": (
        "train gan --steps 2 --out {out} --data digits --order one_stage --compile on", "leave one of",
    ),
    "a penalised game at once": ("train wgan_gp --out {out} --data digits --order one_stage", "alone"),
    "no such file of one's own": ("train {here}/no.py:mine --data digits --out {out}", "no such file"),
    "no recipe in that file": ("train {here}/my.py:mine --data digits --out {out}", "it defines none"),
    "a file that does not run": ("show {here}/wrong.py:mine", "ZeroDivisionError"),
    "verify nothing": ("verify", "--all"),
    "verify unknown": ("verify wgna", "wgan"),
    "verify no seeds": ("verify gan --seeds 0", "--seeds 0"),
    "verify in no process": ("verify gan --jobs 0", "--jobs 0"),
    "demo of no steps": ("demo --out {out} --steps 0", "--steps 0"),
    "demo over another's": ("demo --out {here}/full --overwrite", "demo.json"),
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


@pytest.mark.parametrize("case", CASES)
def test_one_line_status_two_nothing_written(case, place, tmp_path, capfd, monkeypatch):
    words, telling = CASES[case]
    out = tmp_path / "out"
    before = contents(place)
    monkeypatch.chdir(tmp_path)
    status = main(words.format(here=place, out=out).split())
    said = capfd.readouterr()
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert status == 2, said.err
    assert lines, "nothing was said"
    assert "Traceback" not in said.err
    assert lines[-1].startswith("sparring: ")
    assert len(lines) == 1, said.err
    assert telling in lines[0]
    assert not said.out
    assert not list(tmp_path.iterdir())
    assert contents(place) == before


def test_the_table_is_long_enough():
    assert len(CASES) >= 40
