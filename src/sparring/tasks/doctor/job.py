"""Diagnose a run or a file of losses, and write the page of the diagnosis."""

from __future__ import annotations

from pathlib import Path

from sparring.core.errors import BadInput
from sparring.runs.files import RUN_PARTS, write_bytes
from sparring.tasks.doctor.diagnosis import Diagnosis, diagnosis
from sparring.tasks.doctor.html import html_page
from sparring.tasks.doctor.loss_columns import Columns
from sparring.tasks.doctor.loss_file import GameKind, diagnose_losses


def diagnose(
    source: Path | str,
    *,
    columns: Columns | None = None,
    game: GameKind = "log",
    html: Path | None = None,
    completion: bool = False,
) -> Diagnosis:
    """Diagnose a run, or the losses in a CSV or JSONL file; also write the diagnosis as a page to `html`.

    `source` is a run directory, its `run.json`, or a file of losses.  `columns` names the columns of a file;
    `game` is "log" for the log loss, else "other".  With `completion` a run also completes held-out pictures.
    `html` ends in .html or .htm.  Raises `BadInput` if an option does not fit or nothing can be diagnosed.

    >>> import numpy as np
    >>> steps = np.arange(200)
    >>> losses = np.stack([steps, 1.386 * 0.97**steps, 0.693 + 0.1 * steps], axis=1)
    >>> np.savetxt("losses.csv", losses, delimiter=",", header="step,errD,errG", comments="")
    >>> diagnose("losses.csv").verdict
    '1 finding'
    """
    source = Path(source)
    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise BadInput(f"--html {html}: give a name that ends in .html")
    if not source.exists():
        raise BadInput(f"{source}: no such run or file; give a run directory, or losses as CSV or JSONL")
    is_run = source.is_dir() or source.name == RUN_PARTS[0]
    if is_run and (columns or Columns()) != Columns():
        raise BadInput(f"{source}: is a run, which knows its columns; leave --step-column and the like out")
    if completion and not is_run:
        raise BadInput(f"{source}: holds losses; --completion needs a run")
    result = diagnosis(source, completion=completion) if is_run else diagnose_losses(source, columns, game)
    if html is not None:
        write_bytes(html, html_page(result).encode())
    return result
