"""Damages from words, such as blur:2+noise:0.05."""

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
from sparring.inverse.operators.pixelwise import Crop, Grey, Mask, Noise, Quantise


@dataclass(frozen=True)
class Word:
    """One kind of damage as it is written."""

    form: str
    example: str
    make: Callable[[Sequence[str]], Damage]
    """From the settings after the name."""
    settings: tuple[int, int]
    """How many of them there are, at least and at most."""


def _down(given: Sequence[str]) -> Damage:
    kind = given[1] if len(given) > 1 else "area"
    if kind not in ("area", "bicubic"):
        raise ValueError(f"'{kind}' is neither 'area' nor 'bicubic'")
    return Downsample(_whole(given[0]), "bicubic" if kind == "bicubic" else "area")


WORDS: Mapping[str, Word] = {
    "down": Word("down:FACTOR[:area|bicubic]", "down:4", _down, (1, 2)),
    "blur": Word("blur:SIGMA", "blur:2", lambda given: GaussianBlur(_number(given[0])), (1, 1)),
    "motion": Word(
        "motion:LENGTH[:ANGLE]",
        "motion:9:30",
        lambda given: MotionBlur(_whole(given[0]), *map(_number, given[1:])),
        (1, 2),
    ),
    "grey": Word("grey", "grey", lambda given: Grey(), (0, 0)),
    "noise": Word("noise:SHARE", "noise:0.05", lambda given: Noise(2 * _range_share(given[0])), (1, 1)),
    "jpeg": Word("jpeg:QUALITY", "jpeg:30", lambda given: Jpeg(_whole(given[0])), (1, 1)),
    "quantise": Word("quantise:LEVELS", "quantise:4", lambda given: Quantise(_whole(given[0])), (1, 1)),
    "crop": Word("crop:TOP,LEFT,HEIGHT,WIDTH", "crop:8,8,32,32", lambda given: _crop(given[0]), (1, 1)),
}
"""The words besides `mask`."""

MASK = "mask"

FORMS = ("mask:KIND", *(word.form for word in WORDS.values()))
"""How damages are written; joined by '+', they happen from left to right."""


@dataclass(frozen=True)
class _Masking:
    """What masks are made with."""

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
    """The damage that `spec` describes, of `n` pictures of `channels` x `height` x `width`.

    `spec` is one of `FORMS`, or several joined by '+'.  The share of noise is its standard deviation over the
    pictures' whole range, so that 0.05 is `Noise(0.1)`; KIND is any mask of `completion.masks`, to which
    `seed` (the k-th mask of a spec gets seed + k), `invert`, `alpha` and `names` go.  Raises `BadInput` for
    what is no damage, does not fit the pictures at that place, or leaves nothing of one.
    """
    if min(n, height, width, channels) < 1:
        raise BadInput(f"no pictures to damage: {n} of {channels}x{height}x{width}; at least one is needed")
    if not spec.isprintable():
        raise BadInput(f"damage {spec!r} holds a line break or the like; write one line, as in blur:2+grey")
    parts: list[Damage] = []
    # What the parts do to one picture shows where a later one does not fit.
    probe, first = torch.zeros(1, channels, height, width), torch.zeros(1, dtype=torch.int64)
    for word in _split(spec):
        masking = _Masking(n, seed + sum(isinstance(p, Mask) for p in parts), invert, alpha, names)
        try:
            part = _part(word, masking, (probe.shape[2], probe.shape[3]))
            probe = rows(part, first)(probe)
        except BadInput as error:
            raise BadInput(f"damage '{word}': {error}") from error
        parts.append(part)
    found = parts[0] if len(parts) == 1 else Composed(tuple(parts))
    _require_some(spec, found, (n, channels, height, width))
    return found


def _split(spec: str) -> list[str]:
    """The words of a spec; a '+' in the path of a mask that exists joins none."""
    found, left = [], spec.split("+")
    while left:
        joined = ("+".join(left[:k]) for k in range(len(left), 1, -1))
        word = next((w for w in joined if _is_mask_file(w)), left[0])
        found.append(word)
        left = left[word.count("+") + 1 :]
    return found


def _is_mask_file(word: str) -> bool:
    name, _, path = word.partition(":")
    return name == MASK and bool(path) and Path(path).expanduser().exists()


def _part(word: str, masking: _Masking, sides: tuple[int, int]) -> Damage:
    name, colon, rest = word.partition(":")
    if name == MASK:
        if not rest:
            raise BadInput(f"which pixels are missing? write for example mask:centre, of {', '.join(KINDS)}")
        return _mask(rest, masking, sides)
    if name not in WORDS:
        raise BadInput(f"no such damage; {_hint(word, name)}")
    known, given = WORDS[name], rest.split(":") if colon else []
    least, most = known.settings
    if not least <= len(given) <= most or not all(given):
        raise BadInput(f"it is written {known.form}, for example {known.example}")
    try:
        return known.make(given)
    except ValueError as error:
        raise BadInput(f"{error}; write for example {known.example}") from error


def _hint(word: str, name: str) -> str:
    kinds = [kind.partition(":")[0] for kind in KINDS if kind.islower() or ":" in kind]
    if name in kinds:
        return f"did you mean '{MASK}:{word}'?"
    near = difflib.get_close_matches(name.lower(), [MASK, *WORDS], 1, 0.5)
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


def _require_some(spec: str, found: Damage, shape: tuple[int, int, int, int]) -> None:
    nothing = found.known(shape).flatten(1).amax(1) == 0
    if nothing.any():
        which = f" of picture {int(nothing.int().argmax()) + 1}" if len(nothing) > 1 else ""
        raise BadInput(f"damage '{spec}' leaves nothing known{which}; some pixels must be")
