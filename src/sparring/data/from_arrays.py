"""Arrays as a data set: cropped, resized, and with their columns."""

from __future__ import annotations

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays
from sparring.data.columns import columns_of
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame, framed_array, require_sides


def arrays_data(source: Arrays, to: Frame, spec: str) -> Dataset:
    """Return arrays as a data set, cropped and resized to the frame `to`.

    Raises `BadInput` if `to` sets size or channels of points or sequences, or for unsupported sides.
    """
    sides = source.x.shape[1:3]
    columns, more = columns_of(source.columns, len(source.x), sides, to, repr(spec))
    if source.x.ndim == 2:
        if to.size is not None or to.channels is not None:
            kind = "sequences" if source.tokens else "points"
            raise BadInput(f"{spec!r} holds {kind}, which have no size and no channels; leave both out")
        shape, notes = source.x.shape[1:], source.notes + more
        tokens = source.tokens
        return Dataset(source.x, shape, spec, source.y, source.classes, notes, tokens=tokens, columns=columns)
    if to.size is None:
        require_sides((source.x.shape[1], source.x.shape[2]), repr(spec))
    x = framed_array(source.x, to)
    notes = source.notes + more
    if source.x.shape[3] in (2, 4) and x.shape[3] in (1, 3):
        notes += ("transparent pictures are composited over white",)
    shape = (x.shape[3], x.shape[1], x.shape[2])
    return Dataset(x, shape, spec, source.y, source.classes, notes, columns=columns)
