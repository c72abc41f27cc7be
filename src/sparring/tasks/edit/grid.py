"""The hundred numbered samples of a run, from which a user picks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from sparring.core.errors import BadInput, require_seed
from sparring.core.latent import Latent
from sparring.core.pixels import to_uint8
from sparring.plots.style import WIDTH, canvas
from sparring.tasks.opening.loaded import LoadedRun, load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNT, COLUMNS = 100, 10
"""Samples that are always drawn: a draw of fewer with the same seed may differ."""

LABEL = 0.3
"""Space for a number above its picture, as a share of the picture's height."""


def load_editable(folder: Path, seed: int) -> LoadedRun:
    """Load the run at `folder`; `BadInput` if it does not make pictures from latents, or for a bad seed."""
    require_seed(seed)
    loaded = load(folder)
    if not loaded.trained.space.pictures:
        raise BadInput(f"{folder}: makes no pictures; give a run on pictures")
    if not loaded.trained.recipe.latent.size:
        raise BadInput(f"{folder}: translates pictures and has no latents to edit; give a run with latents")
    return loaded


def numbered_latents(latent: Latent, seed: int) -> Tensor:
    """Return the latents of the numbered samples, (100, d): those of `sparring sample --n 100`."""
    return latent.sample(COUNT, torch.Generator().manual_seed(seed))


def parse_numbers(words: str, flag: str) -> list[int]:
    """Parse the numbers of samples in `words`, such as "1,5,9" to [1, 5, 9]; `flag` is named in errors.

    Raises `BadInput` for words that are not numbers, numbers outside 0 to 99, and a number that occurs twice.
    """
    parts = [part.strip() for part in words.split(",")]
    if not all(part.removeprefix("-").isdecimal() for part in parts):
        raise BadInput(f"{flag} {words}: give numbers of samples with commas between, as {flag} 1,5,9")
    return require_numbers([int(part) for part in parts], flag)


def require_numbers(values: Sequence[int], flag: str) -> list[int]:
    """Return the numbers as a list; `BadInput`, which names `flag`, if one is not 0 to 99 or occurs twice."""
    for number in values:
        if not 0 <= number < COUNT:
            raise BadInput(f"{flag} {number}: give numbers of samples, from 0 to {COUNT - 1}")
        if values.count(number) > 1:
            raise BadInput(f"{flag}: {number} is named twice; name each sample once")
    return list(values)


@torch.no_grad()
def draw_numbered(loaded: LoadedRun, seed: int) -> Figure:
    """Return a figure of the hundred samples of `numbered_latents` with their numbers, ten per row."""
    pictures = to_uint8(loaded.trained.generator()(numbered_latents(loaded.trained.recipe.latent, seed)))
    aspect = pictures.shape[1] / pictures.shape[2]
    rows, tall = COUNT // COLUMNS, aspect * (1 + LABEL) + 0.05
    figure = canvas(rows * tall * WIDTH / COLUMNS)
    axes = figure.subplots()
    axes.set_axis_off()
    for number, picture in enumerate(pictures):
        row, column = divmod(number, COLUMNS)
        top = row * tall
        place = (column + 0.03, column + 0.97, top + tall - 0.05, top + aspect * LABEL)
        image = np.squeeze(picture[..., :1] if picture.shape[2] == 2 else picture)
        axes.imshow(image, cmap="gray", vmin=0, vmax=255, extent=place, interpolation="nearest")
        axes.text(
            column + 0.5, top + aspect * LABEL * 0.85, str(number), ha="center", va="bottom", fontsize=9
        )
    axes.set(xlim=(0, COLUMNS), ylim=(rows * tall, 0), aspect="equal")
    return figure
