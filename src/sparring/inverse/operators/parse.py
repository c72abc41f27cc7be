"""Parse damages from specifications such as blur:2+noise:0.05."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.inverse.masks import KINDS, masks
from sparring.inverse.operators.compose import Composed, rows
from sparring.inverse.operators.jpeg import Jpeg
from sparring.inverse.operators.linear import Downsample, GaussianBlur, MotionBlur
from sparring.inverse.operators.operator import Damage
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Grey, Mask, Quantise


@dataclass(frozen=True)
class DamageSyntax:
    """The syntax of one kind of damage."""

    form: str
    example: str
    make: Callable[[Sequence[str]], Damage]
    """Builds the damage from the arguments after the name."""
    argument_counts: tuple[int, int]
    """Least and greatest number of arguments."""


def _down(arguments: Sequence[str]) -> Damage:
    kind = arguments[1] if len(arguments) > 1 else "area"
    if kind not in ("area", "bicubic"):
        raise ValueError(f"'{kind}' is neither 'area' nor 'bicubic'")
    return Downsample(_whole(arguments[0]), "bicubic" if kind == "bicubic" else "area")


SYNTAXES: Mapping[str, DamageSyntax] = {
    "down": DamageSyntax("down:FACTOR[:area|bicubic]", "down:4", _down, (1, 2)),
    "blur": DamageSyntax(
        "blur:SIGMA", "blur:2", lambda arguments: GaussianBlur(_number(arguments[0])), (1, 1)
    ),
    "motion": DamageSyntax(
        "motion:LENGTH[:ANGLE]",
        "motion:9:30",
        lambda arguments: MotionBlur(_whole(arguments[0]), *map(_number, arguments[1:])),
        (1, 2),
    ),
    "grey": DamageSyntax("grey", "grey", lambda arguments: Grey(), (0, 0)),
    "noise": DamageSyntax(
        "noise:SHARE", "noise:0.05", lambda arguments: GaussianNoise(2 * _range_share(arguments[0])), (1, 1)
    ),
    "jpeg": DamageSyntax("jpeg:QUALITY", "jpeg:30", lambda arguments: Jpeg(_whole(arguments[0])), (1, 1)),
    "quantise": DamageSyntax(
        "quantise:LEVELS", "quantise:4", lambda arguments: Quantise(_whole(arguments[0])), (1, 1)
    ),
    "crop": DamageSyntax(
        "crop:TOP,LEFT,HEIGHT,WIDTH", "crop:8,8,32,32", lambda arguments: _crop(arguments[0]), (1, 1)
    ),
}
"""The kinds of damage by name, without `mask`."""

MASK = "mask"

FORMS = ("mask:KIND", *(word.form for word in SYNTAXES.values()))
"""The forms of a damage; several are joined by '+' and applied from left to right."""


@dataclass(frozen=True)
class _Masking:
    """Arguments of `masks`."""

    n: int
    seed: int
    invert: bool
    alpha: np.ndarray | None
    names: Sequence[str] | None


def damage(
    spec: str,
    n: int,
    height: int,
    width: int,
    channels: int,
    seed: int,
    *,
    invert: bool = False,
    alpha: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> Damage:
    """Parse the damage `spec` for `n` pictures of `channels` x `height` x `width`.

    `spec` is one of `FORMS`, or several joined by '+'.  SHARE of noise is its standard deviation divided by
    the pictures' range, so that 0.05 is `GaussianNoise(0.1)`.  KIND is any specification of `masks.masks`,
    which gets `seed` (seed + k for the k-th mask), `invert`, `alpha` and `names`.  Raises `BadInput` for an
    unknown damage, for one that does not fit the pictures at its position, and if nothing of a picture
    remains known.

    >>> damage("blur:2+down:4", 1, 64, 64, 3, seed=0)(torch.zeros(1, 3, 64, 64)).shape
    torch.Size([1, 3, 16, 16])
    """
    if min(n, height, width, channels) < 1:
        raise BadInput(f"no pictures to damage: {n} of {channels}x{height}x{width}; at least one is needed")
    parts: list[Damage] = []
    # Damaging one picture part by part shows which part does not fit.
    probe, first = torch.zeros(1, channels, height, width), torch.zeros(1, dtype=torch.int64)
    for word in _split(spec):
        masking = _Masking(n, seed + sum(isinstance(p, Mask) for p in parts), invert, alpha, names)
        try:
            part = _part(word, masking, (probe.shape[2], probe.shape[3]))
            probe = rows(part, first)(probe)
        except BadInput as error:
            raise BadInput(f"damage '{word}': {error}") from error
        parts.append(part)
    result = parts[0] if len(parts) == 1 else Composed(tuple(parts))
    _require_some(spec, result, (n, channels, height, width))
    return result


def _split(spec: str) -> list[str]:
    """Split a spec at '+', except within the path of an existing mask."""
    if not spec.isprintable():
        raise BadInput(
            f"damage {spec!r} has a line break or control character; write one line, as in blur:2+grey"
        )
    words, rest = [], spec.split("+")
    while rest:
        joined = ("+".join(rest[:k]) for k in range(len(rest), 1, -1))
        word = next((w for w in joined if _is_mask_file(w)), rest[0])
        words.append(word)
        rest = rest[word.count("+") + 1 :]
    return words


def _is_mask_file(word: str) -> bool:
    name, _, path = word.partition(":")
    return name == MASK and bool(path) and Path(path).expanduser().exists()


def _part(word: str, masking: _Masking, sides: tuple[int, int]) -> Damage:
    name, colon, rest = word.partition(":")
    if name == MASK:
        if not rest:
            raise BadInput(f"the mask has no kind; write for example mask:centre, of {', '.join(KINDS)}")
        return _mask(rest, masking, sides)
    if name not in SYNTAXES:
        raise BadInput(f"no such damage; {_hint(word, name)}")
    syntax, arguments = SYNTAXES[name], rest.split(":") if colon else []
    least, most = syntax.argument_counts
    if not least <= len(arguments) <= most or not all(arguments):
        raise BadInput(f"write {syntax.form}, for example {syntax.example}")
    try:
        return syntax.make(arguments)
    except ValueError as error:
        raise BadInput(f"{error}; write for example {syntax.example}") from error


def _hint(word: str, name: str) -> str:
    kinds = [kind.partition(":")[0] for kind in KINDS if kind.islower() or ":" in kind]
    if name in kinds:
        return f"did you mean '{MASK}:{word}'?"
    near = difflib.get_close_matches(name.lower(), [MASK, *SYNTAXES], 1, 0.5)
    return f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(FORMS)}"


def _mask(kind: str, masking: _Masking, sides: tuple[int, int]) -> Mask:
    m = masking
    missing = masks(kind, m.n, *sides, m.seed, invert=m.invert, alpha=m.alpha, names=m.names)
    alike = bool((missing == missing[:1]).all())
    return Mask(torch.from_numpy(missing[:1] if alike else missing))


def _crop(text: str) -> Crop:
    try:
        top, left, height, width = map(int, text.split(","))
    except ValueError as error:
        raise ValueError(f"'{text}' is not four whole numbers, top,left,height,width") from error
    return Crop(top, left, height, width)


def _range_share(text: str) -> float:
    share = _number(text)
    if not 0 < share <= 1:
        raise ValueError(f"noise is a share of the pictures' range, above 0 and at most 1, not {text}")
    return share


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no number") from error


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is no whole number") from error


def _require_some(spec: str, result: Damage, shape: tuple[int, int, int, int]) -> None:
    empty = result.known(shape).flatten(1).amax(1) == 0
    if empty.any():
        which = f" of picture {int(empty.int().argmax()) + 1}" if len(empty) > 1 else ""
        raise BadInput(f"damage '{spec}' leaves nothing known{which}; some pixels must be known")
