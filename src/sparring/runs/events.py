"""The run's event log: one JSON line per interval, and a TensorBoard file if TensorBoard is installed."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sparring.runs import migration
from sparring.runs.files import write_bytes, write_errors_as_bad_input

FILE = "events.jsonl"


class EventLog:
    """Appends rows to `RUN/events.jsonl`; rows after `step`, left by a killed run, are removed first."""

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / FILE
        rows = [row for row in _lines(folder) if row["step"] <= step]
        write_bytes(self._path, "".join(json.dumps(row) + "\n" for row in rows).encode())
        with write_errors_as_bad_input(self._path):
            self._file = self._path.open("a", buffering=1)
        self._board = _board(folder / "tensorboard", step)

    def write(self, step: int, row: Mapping[str, float]) -> None:
        """Append a row of numbers to the log, {"step": step, **row}, and to the TensorBoard file, if any."""
        with write_errors_as_bad_input(self._path):
            self._file.write(json.dumps({"step": step, **row}) + "\n")
        if self._board is not None:
            for name, value in row.items():
                self._board.add_scalar(name.replace(".", "/"), value, step)

    def note(self, step: int, about: str, body: Mapping[str, Any]) -> None:
        """Append an entry that is not a row of numbers: {"step": step, about: body}; `body` is JSON."""
        with write_errors_as_bad_input(self._path):
            self._file.write(json.dumps({"step": step, about: body}) + "\n")

    def close(self) -> None:
        """Flush to disk and close the files."""
        with write_errors_as_bad_input(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        if self._board is not None:
            self._board.close()


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of numbers in a run's event log, each {"step": step, name: number, ...}.

    Entries of `EventLog.note` are left out.  Names are the present ones (`migration.event`).  [] if there is
    no log.
    """
    return [row for row in _lines(folder) if not any(isinstance(value, dict) for value in row.values())]


def notes(folder: Path, about: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries that `EventLog.note` wrote under the key `about`, as (step, body), in order."""
    return [(row["step"], row[about]) for row in _lines(folder) if about in row]


def _lines(folder: Path) -> list[dict[str, Any]]:
    """Return all entries, up to the first incomplete line, which a killed run leaves."""
    path = folder / FILE
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(errors="replace").splitlines():
        try:
            rows.append(migration.event(json.loads(line)))
        except json.JSONDecodeError:
            break
    return rows


def means(rows: Sequence[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """Return the mean of each name's number over the rows that have it; `rows` are (step, {name: number})."""
    columns: dict[str, list[float]] = defaultdict(list)
    for _, row in rows:
        for name, value in row.items():
            columns[name].append(value)
    return {name: sum(values) / len(values) for name, values in columns.items()}


def _board(folder: Path, step: int) -> Any:
    if find_spec("tensorboard") is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=step + 1)
