"""What a task writes: a folder in which its search can be resumed, and the first entries of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sparring.inverse.cache import SEARCH, BatchCache, Batching
from sparring.runs.files import prepare_folder
from sparring.tasks.opening.loaded import LoadedRun


@contextmanager
def resumable_search(
    out: Path,
    overwrite: bool,
    parts: tuple[str, ...],
    progress: Callable[[int, int], None] | None,
    unit: str = "pictures",
) -> Iterator[Batching]:
    """Prepare the folder `out` for a search; yield a `Batching` that stores finished batches there.

    The folder is prepared for the files `parts` as by `prepare_folder`.  The batches are deleted when the
    context ends without an error, so that an interrupted call resumes when it is repeated.  `progress` is
    called with the steps done and the total; `unit` is the plural noun that log messages count.
    """
    prepare_folder(out, overwrite, parts, SEARCH)
    cache = BatchCache(out / SEARCH, unit)
    yield Batching(cache=cache, progress=progress)
    cache.remove()


def run_header(loaded: LoadedRun) -> dict[str, Any]:
    """Return the entries that name a run in a task's results: its folder and the step of its nets."""
    return {"run": str(loaded.folder), "step": loaded.trained.step}


def results_header(loaded: LoadedRun, task: Any) -> dict[str, Any]:
    """Return the first entries of a task's `results.json`: run, recipe, step, and the task's options.

    `task` is a dataclass with a field `out`.
    """
    return {
        "run": str(loaded.folder),
        "recipe": loaded.record.recipe,
        "step": loaded.trained.step,
        "task": {**asdict(task), "out": str(task.out)},
    }
