"""Every practice on and off on three small games, and three games that are broken on purpose.

`python -m benchmarks.ablation [--seeds 1 2 3 4 5] [--benches ring8 grid25 digits] [--jobs 2] [--only NAME]
[--out FILE]`.  What FILE holds already of this protocol is kept, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.__main__ import RESULTS, where, workers
from benchmarks.repeatable import repeatable
from sparring import zoo
from sparring.core.errors import BadInput, Diverged
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.data.sources import dataset
from sparring.data.toys import grid25_modes, ring8_modes
from sparring.diagnostics.collapse import total_variation
from sparring.diagnostics.motion import median_distance, squared_mmd
from sparring.engine.trained import load_trained
from sparring.metrics.classifier import Classifier, frechet_distance, train_classifier
from sparring.metrics.modes import mode_score
from sparring.nets.families import mlp
from sparring.practice.catalogue import PRACTICES, apply_practices
from sparring.runs import events
from sparring.runs.files import read_json, write_json
from sparring.runs.record import read_record
from sparring.tasks.train import train

Row = dict[str, Any]

POINTS, PICTURES = 2500, 1000
"""Samples that are judged."""

LOOKS = 20
"""Times that the doctor looks at a run."""

PLAIN = "plain"

Quality = dict[str, float | int]


@dataclass(frozen=True)
class Bench:
    """A plain game, and for how many rounds it is played."""

    name: str
    recipe: Recipe
    rate: float
    """Of both players."""
    rounds: int
    modes: np.ndarray | None = None
    """The centres of a mixture of equal parts, (k, 2); None for pictures."""
    std: float = 0.0
    """Standard deviation of each of its Gaussians."""


@dataclass(frozen=True)
class Arm:
    """What is done to the plain game."""

    name: str
    words: tuple[str, ...] = ()
    """Practices, as `--with` takes them, in this order."""
    pace: int = 1
    """Its rounds have so many times the steps, so that there are so many times fewer."""
    meant: str = ""
    """The complaint that it is meant to raise, where the game is broken on purpose."""


WORDS: Mapping[str, tuple[str, ...]] = {
    "prior": ("prior=sphere",),
    "generator_loss": ("generator_loss=minimax",),
    "discriminator_steps": ("discriminator_steps=2",),
    "penalties_at_most": ("r1=100", "penalties_at_most=10"),
    "lazy_penalties": ("r1", "lazy_penalties"),
}
"""What is asked for where the defaults would change nothing, or need a penalty to work on."""


def benches() -> dict[str, Bench]:
    """The plain games by name; samples come from the last weights, so that no mean hides how they move."""
    dense = {"G": mlp.Generator(width=128), "D": mlp.Discriminator(width=128)}
    points = replace(zoo.get("gan"), nets=dense, latent=Normal(2), averages={}, batch=128)
    pictures = set_knobs(zoo.get("dcgan"), {"nets.G.width": 16, "nets.D.width": 16})
    found = [
        Bench("ring8", points, 1e-3, 4000, ring8_modes(), 0.02),
        Bench("grid25", points, 2e-3, 4000, grid25_modes(), 0.05),
        Bench("digits", replace(pictures, averages={}), 1e-3, 1500),
    ]
    return {bench.name: replace(bench, recipe=_at_rate(bench.recipe, bench.rate)) for bench in found}


def arms(bench: Bench) -> list[Arm]:
    """The plain game, every practice alone, and three games that are broken on purpose."""
    rate = bench.rate
    rated = {
        "two_time_scales": (f"two_time_scales=d={2 * rate:g},g={rate / 2:g}",),
        "rates_at_most": (f"rates_at_most={rate / 5:g}",),
    }
    words = {**WORDS, **rated}
    steep = f"two_time_scales=d={20 * rate:g},g={20 * rate:g}"
    return [
        Arm(PLAIN),
        *(Arm(name, words.get(name, (name,))) for name in PRACTICES),
        Arm(
            "minimax, 20 steps of D",
            ("generator_loss=minimax", "discriminator_steps=20"),
            10,
            "the discriminator wins",
        ),
        Arm("50 steps of G to one of D", ("discriminator_steps=0.02",), 25, "mode collapse"),
        Arm("20 times the rate", (steep,), 1, "oscillation"),
    ]


def trial(arm: Arm, bench: Bench, seed: int, folder: Path) -> Row:
    """One run, watched, and how good its samples are in the end.

    The row says `refused` where the practice does not fit the game, and `same` where it leaves it as it is.
    Else it has the complaints and gauges that failed, with the round at which each first did, and the
    samples' measures, or `diverged` where training ended before its time.  Seconds are the processor's.  The
    run's directory in `folder` is removed.
    """
    torch.set_num_threads(1)
    rounds = max(1, bench.rounds // arm.pace)
    row = {"arm": arm.name, "words": list(arm.words), "meant": arm.meant, "bench": bench.name}
    row |= {"rounds": rounds, "seed": seed}
    out = folder / f"{bench.name}-{arm.name}-{seed}".replace(" ", "_")
    started = time.process_time()
    try:
        recipe = apply_practices(bench.recipe, arm.words)
        if arm.words and recipe == bench.recipe:
            return {**row, "same": True}
        found = _trained(recipe, bench, _run(bench, recipe, rounds, seed, out))
    except BadInput as error:
        return {**row, "refused": str(error)}
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return {**row, **found, "seconds": round(time.process_time() - started, 1)}


def _at_rate(recipe: Recipe, rate: float) -> Recipe:
    return set_knobs(recipe, {"turns.D.optim.lr": rate, "turns.G.optim.lr": rate})


def _run(bench: Bench, recipe: Recipe, rounds: int, seed: int, out: Path) -> Run:
    run = Run(
        data=bench.name,
        out=out,
        steps=rounds,
        batch=recipe.batch,
        seed=seed,
        doctor="watch",
        doctor_every=max(1, rounds // LOOKS),
    )
    return repeatable(run)


def _trained(recipe: Recipe, bench: Bench, run: Run) -> Row:
    """The complaints of one training and the measures of its samples, or where it diverged."""
    try:
        train(recipe, run, quiet=True)
    except Diverged as error:
        return {"diverged": str(error), **_failed(run.out)}
    kept = read_record(run.out)
    made = load_trained(run.out, replace(recipe, latent=recipe.latent.fit_to(kept.space)), kept.space)
    samples = made.draw(POINTS if bench.modes is not None else PICTURES, 1).numpy()
    if not np.isfinite(samples).all():
        return {"diverged": "samples are not finite", **_failed(run.out)}
    return {**quality(bench, samples), **_failed(run.out)}


def _failed(out: Path) -> dict[str, dict[str, int]]:
    """Which complaints failed, which single gauges did, lasting or not, and at which round each first."""
    notes = events.notes(out, "doctor")
    return {
        name: {
            kind: step for step, body in reversed(notes) for kind in body[said] if body[said][kind] == "FAIL"
        }
        for name, said in (("failed", "complaints"), ("gauges", "alarms"))
    }


def quality(bench: Bench, samples: np.ndarray) -> Quality:
    """How near samples (n, ...) are to the bench's data, rounded for print.

    Of points: modes reached, the share of high quality, total variation between their shares of modes and
    equal ones, and the squared MMD with Gaussian kernels.  (A kernel of third degree sees three moments, and
    four of the ring's modes have those of all eight.)  Of pictures: total variation of their classes by a
    classifier, and the Frechet distance in its features to as many data.
    """
    if bench.modes is None:
        found, eye, shares = _pictures(bench.name)
        counts = np.bincount(np.searchsorted(eye.classes, eye.predict(samples)), minlength=len(shares))
        return {
            "total_variation": round(total_variation(counts / len(samples), shares), 4),
            "frechet": round(frechet_distance(eye, samples, found), 3),
        }
    score = mode_score(samples, bench.modes, bench.std)
    apart = np.linalg.norm(samples[:, None] - bench.modes, axis=2)
    counts = np.bincount(apart.argmin(1), minlength=len(bench.modes))
    found, scale = _points(bench.name)
    return {
        "modes": score.modes,
        "quality": round(score.quality, 4),
        "total_variation": round(
            total_variation(counts / len(samples), np.full(len(counts), 1 / len(counts))), 4
        ),
        "mmd": round(squared_mmd(samples, found, scale), 6),
    }


@lru_cache
def _points(data: str) -> tuple[np.ndarray, float]:
    """As many data as samples, and their median distance."""
    found = dataset(data)
    rows = np.random.default_rng(1).permutation(len(found))[:POINTS]
    points = np.asarray(found.x[rows], np.float64)
    return points, median_distance(points)


@lru_cache
def _pictures(data: str) -> tuple[np.ndarray, Classifier, np.ndarray]:
    """As many data as samples, a classifier of all data, and the shares of the classes it knows."""
    found = dataset(data)
    rows = np.random.default_rng(1).permutation(len(found))[:PICTURES]
    assert found.y is not None
    shares = np.unique(found.y, return_counts=True)[1] / len(found)
    return found.x[rows], train_classifier(found), shares


def key(row: Row) -> tuple[object, ...]:
    """What tells one run of the protocol from another."""
    return row["arm"], tuple(row["words"]), row["bench"], row["rounds"], row["seed"]


def planned(arm: Arm, bench: Bench, seed: int) -> tuple[object, ...]:
    """The `key` of the row that a run will give."""
    return arm.name, arm.words, bench.name, max(1, bench.rounds // arm.pace), seed


def kept(out: Path, known: Mapping[str, Bench]) -> list[Row]:
    """The rows that stand in a file already and are of the protocol as it is now."""
    rows: list[Row] = read_json(out)["rows"] if out.is_file() else []
    now = {planned(arm, bench, 0)[:-1] for bench in known.values() for arm in arms(bench)}
    return [row for row in rows if key(row)[:-1] in now]


def main(words: Sequence[str]) -> int:
    """Run what is not done yet and write it, row by row; 1 where a run broke off, to be tried next time."""
    given = _given(words)
    known = benches()
    every = [
        (arm, known[name], seed)
        for seed in given.seeds
        for name in given.benches
        for arm in arms(known[name])
        if given.only in ("", arm.name)
    ]
    rows = kept(given.out, known)
    done = {key(row) for row in rows}
    here, status = where(), 0
    with tempfile.TemporaryDirectory() as folder, workers(given.jobs) as pool:
        todo = [one for one in every if planned(*one) not in done]
        waiting = {pool.submit(trial, *one, Path(folder)): planned(*one) for one in todo}
        for ended in as_completed(waiting):
            if (error := ended.exception()) is not None:
                print(f"{waiting[ended]}: {error!r}", file=sys.stderr, flush=True)
                status = 1
                continue
            rows.append({**ended.result(), "commit": here["commit"]})
            print(json.dumps(rows[-1]), flush=True)
            write_json(given.out, {**here, "rows": _in_order(rows, known)})
    return status


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.ablation")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--benches", nargs="+", choices=list(benches()), default=list(benches()))
    parser.add_argument("--jobs", type=int, default=2)
    names = [arm.name for arm in arms(benches()["ring8"])]
    parser.add_argument("--only", default="", choices=["", *names], metavar="NAME")
    parser.add_argument("--out", type=Path, default=RESULTS / "ablation.json")
    return parser.parse_args(words)


def _in_order(rows: Iterable[Row], known: Mapping[str, Bench]) -> list[Row]:
    place = {(arm.name, bench.name): i for bench in known.values() for i, arm in enumerate(arms(bench))}
    bench = list(known)
    return sorted(rows, key=lambda r: (place[r["arm"], r["bench"]], bench.index(r["bench"]), r["seed"]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
