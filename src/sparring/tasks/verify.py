"""Test claims: every seed runs in its own process, with one thread."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from math import isfinite
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from sparring import claims, zoo
from sparring.core.claim import Claim, Numbers, Verdict, verdict
from sparring.core.errors import Diverged, require_at_least
from sparring.runs.files import read_json, write_json

Find = Callable[[str], Claim]
"""Returns the claim of a name; a module-level function, for it is sent to other processes."""


@dataclass(frozen=True)
class SeedTrial:
    """The numbers that one seed measured, or the `error` that prevented it."""

    name: str
    seed: int
    numbers: Numbers
    seconds: float
    """CPU time of its one thread."""
    error: str = ""


@dataclass(frozen=True)
class VerifiedClaim:
    """A claim with the numbers of its trials."""

    name: str
    claim: Claim
    trials: tuple[SeedTrial, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict of the claim's bounds over the trials.

        If a trial has an error, the claim is not reproduced, `broken` lists the errors, and `means` is empty.
        """
        failed = tuple(f"seed {trial.seed}: {trial.error}" for trial in self.trials if trial.error)
        if failed:
            return Verdict(False, failed, {})
        return verdict(self.claim.bounds, [trial.numbers for trial in self.trials])

    def as_json(self) -> dict[str, Any]:
        """Return the content of NAME.json as JSON types.

        The entries are "name", "paper", "title" and "year" of the recipe; "claim", "data", "baseline",
        "bounds" and "calibrated" of the claim; "headline" and "against", the names of its main number and of
        the baseline's; "seeds", a list of dicts with "seed", "seconds", "numbers" and, if the trial failed,
        "error"; "means" of the numbers over the seeds; "reproduced"; "broken", the bounds that do not hold,
        or the errors; and "threads", "machine", "versions", "commit" and "date".
        """
        recipe, claim, outcome = zoo.get(self.name), self.claim, self.verdict
        return {
            "name": self.name,
            "paper": recipe.paper,
            "title": recipe.title,
            "year": recipe.year,
            "claim": claim.says,
            "data": claim.data,
            "baseline": claim.baseline,
            "bounds": [str(bound) for bound in claim.bounds],
            "calibrated": claim.calibrated,
            "headline": claim.headline,
            "against": claim.baseline_number,
            "seeds": [
                {"seed": t.seed, "seconds": round(t.seconds, 1), **({"error": t.error} if t.error else {})}
                | {"numbers": {key: float(f"{value:.6g}") for key, value in t.numbers.items()}}
                for t in self.trials
            ],
            "means": {key: float(f"{value:.6g}") for key, value in outcome.means.items()},
            "reproduced": outcome.reproduced,
            "broken": list(outcome.broken),
            **_environment(),
        }


def verify(
    names: Sequence[str],
    *,
    seeds: int = 3,
    jobs: int = 1,
    out: Path | None = None,
    overwrite: bool = False,
    progress: Callable[[SeedTrial], None] | None = None,
    find: Find = claims.get,
) -> Iterator[VerifiedClaim]:
    """Return an iterator that tests the claims of the recipes `names`, each with the seeds 0 to `seeds` - 1.

    It yields each claim as soon as its trials are done. A trial, one seed of one claim, runs in one of `jobs`
    processes, with one thread; `progress` is called after each. With `out` a claim is also written to
    `out/NAME.json`, and claims already written there are skipped unless `overwrite` is set, so that a stopped
    verification continues. `find` returns the claim of a name; it must be a module-level function. Raises
    `BadInput` for names without a claim, and for `seeds` or `jobs` under 1.
    """
    for flag, value in (("--seeds", seeds), ("--jobs", jobs)):
        require_at_least(flag, value)
    wanted = {name: find(name) for name in names}
    if out is not None and not overwrite:
        wanted = {name: claim for name, claim in wanted.items() if not (out / f"{name}.json").exists()}
    return _run_trials(find, wanted, seeds, jobs, out, progress)


def _run_trials(
    find: Find,
    wanted: dict[str, Claim],
    seeds: int,
    jobs: int,
    out: Path | None,
    progress: Callable[[SeedTrial], None] | None,
) -> Iterator[VerifiedClaim]:
    done: dict[str, list[SeedTrial]] = {name: [] for name in wanted}
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        waiting = [pool.submit(_run_trial, find, name, seed) for name in wanted for seed in range(seeds)]
        try:
            for future in as_completed(waiting):
                trial = future.result()
                done[trial.name].append(trial)
                if progress is not None:
                    progress(trial)
                if len(done[trial.name]) == seeds:
                    trials = tuple(sorted(done[trial.name], key=lambda t: t.seed))
                    result = VerifiedClaim(trial.name, wanted[trial.name], trials)
                    if out is not None:
                        write_json(out / f"{trial.name}.json", result.as_json())
                    yield result
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def read_results(folder: Path) -> list[dict[str, Any]]:
    """Return the JSON files in `folder`, a dict for each verified claim, in the order of their names."""
    return [read_json(path) for path in sorted(folder.glob("*.json"))]


def _run_trial(find: Find, name: str, seed: int) -> SeedTrial:
    torch.set_num_threads(1)
    started, error = time.process_time(), ""
    numbers: Numbers = {}
    try:
        numbers = {key: float(value) for key, value in find(name).trial(seed).items()}
        odd = [key for key, value in numbers.items() if not isfinite(value)]
        if odd:
            numbers, error = {}, f"{', '.join(odd)}: not a finite number"
    except Diverged as why:
        error = str(why)
    return SeedTrial(name, seed, numbers, time.process_time() - started, error)


def _environment() -> dict[str, Any]:
    return {
        "threads": 1,
        "machine": f"{_cpu()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in ("sparring", "torch", "numpy", "scikit-learn")},
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str | None:
    """Return the commit of the sources, with + if they changed since; None outside a repository."""
    here = Path(__file__).parent.parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
