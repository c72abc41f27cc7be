"""Arguments that several commands have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import tyro

T = TypeVar("T")


@dataclass(frozen=True)
class TaskOnRun(Generic[T]):
    """Arguments of a command that does a task with a run."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[T]
