"""The pictures that a task is about: from a data set or from the run's own data, and their names."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.sources import dataset
from sparring.inverse.calibration import load_calibration
from sparring.runs.split import RunData, training_digests
from sparring.tasks.opening.loaded import LoadedRun

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnseenPictures:
    """Pictures of a data set at a run's size, without those that the run was trained or calibrated on."""

    pictures: np.ndarray
    """uint8 (n, H, W, C)."""
    index: np.ndarray
    """Their numbers in the data set, (n,)."""
    names: list[str]
    """The stems of their files; numbers where there are no files."""
    unseen: bool
    """Whether none of them was trained on."""
    note: str
    """Message to the user about the choice of pictures; may be empty."""


def read_pictures(loaded: LoadedRun, spec: str, use: str, channels: int | None = None) -> Dataset:
    """Read the data `spec` at the run's size, with the run's number of channels unless `channels` is given.

    Raises `BadInput` for points; `use`, such as "completion", is the purpose that the message names.
    """
    own, height, width = loaded.trained.space.shape
    crop = loaded.record.run.crop
    data = dataset(spec, size=f"{height}x{width}", crop=crop, channels=channels or own)
    if not data.pictures:
        raise BadInput(f"{spec}: holds points; {use} needs pictures")
    return data


def run_data_or_warn(loaded: LoadedRun, without: str) -> RunData | None:
    """Load the run's data; return None and log a warning if they cannot be read.

    `without` is the start of the warning: the consequence, such as "no reference scores".
    """
    try:
        return loaded.run_data()
    except BadInput as error:
        LOG.warning("%s: %s", without, error)
        return None


def unseen_pictures(loaded: LoadedRun, spec: str, limit: int | None, use: str) -> UnseenPictures:
    """Return at most `limit` pictures of the data `spec` that the run was not trained or calibrated on.

    If there is no such picture, and the run holds no data out, pictures of its training are taken, with
    `unseen` False.  Raises `BadInput` for points, and if there is no such picture although the run holds data
    out; `use`, such as "completion", is the purpose that the message names.
    """
    source = read_pictures(loaded, spec, use)
    chosen, unseen, note = _select_unseen(loaded, source, spec)
    index = chosen[:limit]
    return UnseenPictures(source.x[index], index, file_stems(source.names, index), unseen, note)


def _select_unseen(loaded: LoadedRun, source: Dataset, data: str) -> tuple[np.ndarray, bool, str]:
    """Return the indices of the pictures to take, whether none of them was trained on, and a note."""
    hashes = digests(source.x)
    seen = np.isin(hashes, training_digests(loaded.folder)) | np.isin(
        hashes, load_calibration(loaded.folder, loaded.trained)[1]
    )
    if not seen.all():
        note = (
            f"{seen.sum()} of {len(source)} pictures were trained or calibrated on and are left out"
            if seen.any()
            else ""
        )
        return np.flatnonzero(~seen), True, note
    if loaded.record.run.holdout > 0:
        raise BadInput(f"{data}: the run was trained on every one of its pictures; give others")
    note = (
        "the run has no held-out pictures (--holdout 0): these were trained on, their scores are optimistic"
    )
    return np.arange(len(source)), False, note


def file_stems(names: Sequence[str], index: np.ndarray) -> list[str]:
    """Return the stems of the files at `index` among `names`; without names, the indices in six digits."""
    return [Path(names[i]).stem if len(names) else f"{i:06d}" for i in index]


def unique_names(names: list[str]) -> list[str]:
    """Return unique file names: names that occur twice get their index as a prefix, "000003-name"."""
    count = Counter(names)
    return [name if count[name] == 1 else f"{i:06d}-{name}" for i, name in enumerate(names)]
