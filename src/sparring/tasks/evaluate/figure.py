"""Figure of fakes beside their nearest training pictures."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from sparring.data.grid import grid
from sparring.tasks.evaluate.reference import Reference
from sparring.tasks.evaluate.sample import NEIGHBOURS, PictureSample

ROWS = 5
"""Number of rows for the fakes nearest to a training picture, and for the first other fakes."""


def neighbours_figure(fake: PictureSample, reference: Reference) -> Image.Image:
    """Return a picture with one fake per row, then its five nearest training pictures and their distances.

    Distances are root mean square pixel differences, 0 to 255, of at most 32x32 pixels.  The upper five rows
    are those of the first 1000 fakes that are nearest to a training picture, the lower five the first other
    fakes.
    """
    from matplotlib.figure import Figure  # here, for it takes long to import

    nearest = np.argsort(fake.distances[: len(fake.pictures), 0], kind="stable")[:ROWS]
    first = [row for row in range(len(fake.pictures)) if row not in nearest][:ROWS]
    chosen, training = [*nearest.tolist(), *first], reference.training
    columns = 1 + min(NEIGHBOURS, fake.near.shape[1])
    figure = Figure(figsize=(1.35 * columns, 1.5 * len(chosen)), layout="constrained", dpi=100)
    axes = np.asarray(figure.subplots(len(chosen), columns, squeeze=False))
    for place in axes.flat:
        place.axis("off")
    for place, row in zip(axes, chosen, strict=True):
        pictures = [fake.pictures[row], *reference.home.dataset.x[training[fake.near[row]]]]
        titles = ["nearest" if row in nearest else "as they come", *(f"{d:.1f}" for d in fake.distances[row])]
        for cell, picture, title in zip(place, pictures, titles, strict=False):
            cell.imshow(grid(picture[None], 1, pad=0, scale=1), interpolation="nearest")
            cell.set_title(title, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return Image.open(buffer)
