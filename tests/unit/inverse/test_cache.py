"""A search that is stopped goes on where it was, and ends as if it had not been stopped."""

from __future__ import annotations

import io
import json
import logging
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.unit.inverse.test_solver import nets

from sparring import api
from sparring.cli import INTERRUPTED, main
from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.inverse import cache as store
from sparring.inverse import solver
from sparring.inverse.anomaly import rgi
from sparring.inverse.cache import SEARCH, BatchCache, Batching
from sparring.inverse.masks import masks
from sparring.inverse.operators.linear import GaussianBlur
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.inverse.solver import complete_pictures
from sparring.runs.files import prepare_folder

PICTURES, STEPS, RESTARTS = 7, 3, 16  # batches of two, the last filled up with a repeat
BATCHES = 4


def complete(run, out, progress=None, **changes):
    task = api.CompletionTask("digits", "half", out, limit=PICTURES, steps=STEPS, restarts=RESTARTS, keep=2)
    return api.complete(run, replace(task, **changes), progress=progress)


def restore(run, out, progress=None, **changes):
    task = api.RestorationTask(
        "digits", "blur:1+noise:0.05", out, limit=PICTURES, steps=STEPS, restarts=RESTARTS
    )
    return api.restore(run, replace(task, **changes), progress=progress)


def anomalies(run, out, progress=None, **changes):
    task = api.Anomalies("digits", out, limit=PICTURES, steps=STEPS, usual=30)
    return api.anomalies(run, replace(task, **changes), progress=progress)


def healed(run, out, progress=None, **changes):
    return anomalies(run, out, progress, preset="rgi", **changes)


def interrupted(after):
    """As Ctrl-C would, once so many steps are done."""

    def progress(done, total):
        if done == after:
            raise KeyboardInterrupt

    return progress


def coarse(run, out, progress=None, **changes):
    return complete(run, out, progress, precision="bf16", **changes)


def stopped(job, run, out, after=STEPS + 1, **changes):
    with pytest.raises(KeyboardInterrupt):
        job(run, out, interrupted(after), **changes)
    assert [path.name for path in out.iterdir()] == [SEARCH]


def contents(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def plain(results):
    """Results without where they are and how long they took."""
    if isinstance(results, dict):
        return {
            key: plain(value) for key, value in results.items() if key not in ("out", "seconds_per_image")
        }
    return [plain(value) for value in results] if isinstance(results, list) else results


def require_same(out: Path, whole: Path) -> None:
    one, other = contents(out), contents(whole)
    assert one.keys() == other.keys()
    assert plain(json.loads(one.pop("results.json"))) == plain(json.loads(other.pop("results.json")))
    assert [name for name in one if one[name] != other[name]] == []


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    """Batches of so few pictures that there are several."""
    monkeypatch.setattr(solver, "BATCH_VALUES", 1)


@pytest.fixture
def solved(monkeypatch):
    """The numbers of pictures of the batches that were really searched."""
    found = []
    for owner, name in ((solver._Job, "solve"), (rgi, "_solve_batch")):
        search = getattr(owner, name)

        def counted(field, given, *rest, search=search):
            found.append(len(given))
            return search(field, given, *rest)

        monkeypatch.setattr(owner, name, counted)
    return found


@pytest.mark.parametrize(
    ("job", "batches"),
    [(complete, BATCHES), (coarse, BATCHES), (restore, BATCHES), (anomalies, 5), (healed, 2)],
)
def test_a_stopped_job_goes_on_and_ends_as_the_whole_one(run, tmp_path, caplog, solved, job, batches):
    caplog.set_level(logging.INFO)
    job(run, tmp_path / "whole")
    assert len(solved) == batches
    stopped(job, run, tmp_path / "out")
    solved.clear()
    job(run, tmp_path / "out")
    assert len(solved) == batches - 1
    require_same(tmp_path / "out", tmp_path / "whole")
    assert "resuming: " in caplog.text
    if job in (complete, coarse, restore):
        assert f"resuming: 2 of {PICTURES} pictures are done" in caplog.text


def test_a_job_stopped_twice_and_while_writing(run, tmp_path, monkeypatch, solved):
    complete(run, tmp_path / "whole")
    out = tmp_path / "out"
    stopped(complete, run, out)
    stopped(complete, run, out, after=3 * STEPS + 1)
    with monkeypatch.context() as patch:
        patch.setattr("sparring.tasks.complete.job.write_json", interrupted(out / "results.json"))
        with pytest.raises(KeyboardInterrupt):
            complete(run, out)
    assert (out / "figure.png").exists()
    (out / "completed" / ".torn.png.1.tmp").write_bytes(b"half a picture")
    (out / ".figure.png.1.tmp").write_bytes(b"half a figure")
    solved.clear()
    complete(run, out)
    assert solved == []
    require_same(out, tmp_path / "whole")


@pytest.mark.parametrize("changes", [{"seed": 1}, {"mask": "left"}])
def test_what_another_task_found_is_not_used(run, tmp_path, caplog, solved, changes):
    complete(run, tmp_path / "whole", **changes)
    stopped(complete, run, tmp_path / "out")
    solved.clear()
    complete(run, tmp_path / "out", **changes)
    assert len(solved) == BATCHES
    assert "belongs to another search and is not used" in caplog.text
    require_same(tmp_path / "out", tmp_path / "whole")


def test_more_pictures_of_the_same_search_go_on_too(run, tmp_path, solved):
    stopped(complete, run, tmp_path / "out", after=2 * STEPS + 1)
    solved.clear()
    complete(run, tmp_path / "out", limit=PICTURES + 4)
    assert len(solved) == BATCHES


@pytest.mark.parametrize("content", ["torn", "changed", "empty", "words"])
def test_a_damaged_file_is_searched_again(run, tmp_path, caplog, solved, content):
    complete(run, tmp_path / "whole")
    stopped(complete, run, tmp_path / "out")
    (path,) = (tmp_path / "out" / SEARCH).iterdir()
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 255
    words = io.BytesIO()
    np.savez(words, x=np.array(["none that a tensor takes"]))
    path.write_bytes({"torn": body[:-100], "changed": body, "empty": b"", "words": words.getvalue()}[content])
    solved.clear()
    complete(run, tmp_path / "out")
    assert len(solved) == BATCHES
    assert f"{path}: is damaged" in caplog.text
    require_same(tmp_path / "out", tmp_path / "whole")


def test_time_of_the_stopped_job_counts(run, tmp_path, monkeypatch):
    stopped(complete, run, tmp_path / "out")
    (path,) = (tmp_path / "out" / SEARCH).iterdir()
    with np.load(path) as file:
        arrays = dict(file)
    (key,) = (key for key in arrays if key.endswith(store.SECONDS))
    assert arrays[key] > 0
    np.savez(path, **(arrays | {key: np.array(7000.0)}))
    found = complete(run, tmp_path / "out")
    assert 1000 < found["methods"]["sparring"]["seconds_per_image"] < 1010


def test_finished_results_are_refused_and_overwriting_is_stopped_and_gone_on_with(run, tmp_path, solved):
    out = tmp_path / "out"
    complete(run, out, seed=1)
    with pytest.raises(BadInput, match="exists and is not empty"):
        complete(run, out)
    stopped(complete, run, out, overwrite=True)
    solved.clear()
    complete(run, out, overwrite=True)
    assert len(solved) == BATCHES - 1


@pytest.mark.parametrize(
    "there",
    [
        ["search/notes.txt"],
        ["search/000000.npz", "precious"],
        ["search/000000.npz", "search/notes.txt"],
        ["search/000000.npz", "results.json"],
        ["completed/a.png"],
    ],
)
def test_what_is_not_a_stopped_jobs_is_not_gone_on_in(tmp_path, there):
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    with pytest.raises(BadInput, match="exists and is not empty"):
        prepare_folder(tmp_path, False, ("results.json", "completed"), SEARCH)
    assert contents(tmp_path).keys() == set(there)


def test_a_photograph_goes_on_inside(run, tmp_path, solved, monkeypatch):
    (tmp_path / "photos").mkdir()
    random = np.random.default_rng(0)
    for name in "ab":
        picture = random.integers(0, 256, (60, 60, 2), dtype=np.uint8)
        picture[..., 1] = 255
        for top in (8, 28, 48):
            picture[top : top + 3, 30:33, 1] = 0
        Image.fromarray(picture, "LA").save(tmp_path / "photos" / f"{name}.png")

    def complete(out):
        return api.complete(run, api.CompletionTask(str(tmp_path / "photos"), "alpha", out, steps=STEPS))

    assert complete(tmp_path / "whole")["files"][0]["holes"] == 3
    assert len(solved) == 4  # two batches for each photograph
    begin = solver.initial_state
    with monkeypatch.context() as patch:
        patch.setattr(
            solver, "initial_state", lambda *a: begin(*a) if len(solved) < 8 else interrupted(0)(0, 0)
        )
        with pytest.raises(KeyboardInterrupt):
            complete(tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {SEARCH, "completed"}
    solved.clear()
    complete(tmp_path / "out")
    assert len(solved) == 1
    require_same(tmp_path / "out", tmp_path / "whole")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_line_says_how_to_go_on(run, tmp_path, capsys, monkeypatch, request, solved, number):
    words = ["complete", str(run), "--data", "digits", "--mask", "half", "--out", str(tmp_path / "out")]
    words += ["--limit", "5", "--steps", "3"]
    if signal.getsignal(number) is signal.SIG_IGN:  # as in a job in the background
        request.addfinalizer(lambda: signal.signal(number, signal.SIG_IGN))
        signal.signal(number, signal.default_int_handler)
    before, begun = signal.getsignal(number), solver.initial_state

    def stopping(*given):
        if len(solved) == 2:
            signal.raise_signal(number)
        return begun(*given)

    with monkeypatch.context() as patch:
        patch.setattr(solver, "initial_state", stopping)
        assert main(words) == INTERRUPTED
    assert capsys.readouterr().err.splitlines()[-1] == "sparring: stopped; the same command continues"
    assert signal.getsignal(number) is before
    assert main(words) == 0
    assert len(solved) == 4
    assert "resuming: 2 of 5 pictures are done" in capsys.readouterr().err


def test_a_file_holds_all_batches_of_a_while(tmp_path, monkeypatch):
    kept = BatchCache(tmp_path / SEARCH)
    for name in "ab":
        kept.keep(name, {"x": torch.ones(1)})
    assert not (tmp_path / SEARCH).exists()
    monkeypatch.setattr(store, "WRITE_INTERVAL", 0.0)
    kept.keep("c", {"x": torch.arange(3)})
    kept.keep("d", {"x": torch.ones(2)})
    again = BatchCache(tmp_path / SEARCH)
    found = again.found([(name, 1) for name in "abcde"])
    assert list(found) == ["a", "b", "c", "d"]
    assert found["c"]["x"].tolist() == [0, 1, 2]
    assert len(list((tmp_path / SEARCH).iterdir())) == 2
    again.remove()
    assert not (tmp_path / SEARCH).exists()


def test_other_weights_damages_and_threads_are_other_searches(tmp_path, monkeypatch):
    G, D = nets()
    x = G.eval()(torch.randn(3, 6, generator=torch.Generator().manual_seed(1))).detach()
    hole = torch.from_numpy(masks("centre", 3, *x.shape[2:], 0))
    quick, asked = replace(PRESETS["default"], steps=1, restarts=2), []
    monkeypatch.setattr(
        BatchCache, "found", lambda self, batches: asked.append([name for name, _ in batches]) or {}
    )

    def marks(how=quick, size=2, **changes):
        batching = Batching(size, BatchCache(tmp_path / SEARCH))
        model = FrozenModel(G, D, Normal(6))
        complete_pictures(model, x, hole, how, batching=batching, **{"seed": 0, **changes})
        return tuple(asked[-1])

    first = marks()
    assert marks() == first
    assert len(set(first)) == 2
    others = [
        marks(seed=1),
        marks(size=3),
        marks(keep=1),
        marks(replace(quick, steps=2)),
        marks(damage=GaussianBlur(1.0)),
        marks(damage=GaussianBlur(1.5)),
        marks(replace(quick, perceptual=PRESETS["bamos"].perceptual)),
        marks(replace(quick, bf16=True)),
    ]
    for net in (D, G):
        next(net.parameters()).data += 1e-3
        others.append(marks())
    torch.set_num_threads(2)
    others.append(marks())
    seen = [mark for one in [first, *others] for mark in one]
    assert len(set(seen)) == len(seen)


def test_all_that_is_told_of_a_search_comes_back(tmp_path):
    G, D = nets()
    x = G.eval()(torch.randn(5, 6, generator=torch.Generator().manual_seed(1))).detach()
    hole = torch.from_numpy(masks("pattern:0.6", 5, *x.shape[2:], 0))
    early = replace(PRESETS["faithful"], steps=40, restarts=8, halvings=(3,), enough=0.1, bank=0)

    def found(kept):
        model, batching = FrozenModel(G, D, Normal(6)), Batching(1, kept)
        return complete_pictures(model, x, hole, early, seed=0, keep=3, batching=batching)

    plain, _ = found(None), found(BatchCache(tmp_path / SEARCH))
    again = found(BatchCache(tmp_path / SEARCH))
    assert again.earlier_seconds > 0 == plain.earlier_seconds
    for name in ("raw", "z", "loss", "residual", "spread"):
        assert torch.equal(getattr(again, name), getattr(plain, name))
    assert [step for step, _ in again.trace] == [step for step, _ in plain.trace]
    assert all(torch.equal(one, other) for (_, one), (_, other) in zip(again.trace, plain.trace, strict=True))
    assert sum(len(one.raw) for one in plain.kept) > len(x)
    for one, other in zip(again.kept, plain.kept, strict=True):
        assert all(torch.equal(getattr(one, name), getattr(other, name)) for name in ("raw", "z", "loss"))
