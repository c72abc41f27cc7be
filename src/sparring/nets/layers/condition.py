"""A picture or a label map of the data as the input of a convolutional net."""

from __future__ import annotations

from typing import final

from torch import Tensor, nn
from torch.nn.functional import one_hot

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, LabelMap
from sparring.core.space import Space


@final
class OneHotMap(nn.Module):
    """Label maps, int64 (n, height, width) -> one channel a class, float32 (n, classes, height, width)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes

    def forward(self, x: Tensor) -> Tensor:
        return one_hot(x, self.classes).permute(0, 3, 1, 2).float()


def condition_input(space: Space, role: str) -> tuple[int, nn.Module]:
    """Return the number of channels of the field `role` as a picture, and the module that makes it one.

    Pictures are unchanged; label maps get one channel for each class.  Raises `BadInput` if the data have no
    such field, or it is neither, or of another size than x.
    """
    kind = space.columns.get(role)
    if not isinstance(kind, Image | LabelMap) or not space.pictures:
        raise BadInput(
            f"these nets turn a column {role!r} of pictures or label maps into pictures; give both"
        )
    if (kind.height, kind.width) != space.shape[1:]:
        raise BadInput(
            f"column {role!r} is {kind.height}x{kind.width}, x is {'x'.join(map(str, space.shape[1:]))}; "
            "give them one size"
        )
    return (
        (kind.channels, nn.Identity()) if isinstance(kind, Image) else (kind.classes, OneHotMap(kind.classes))
    )
