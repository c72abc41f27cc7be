"""Masks of missing pixels, from a specification, a file, a folder or the alpha channel of the pictures."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from sparring.core.errors import BadInput
from sparring.data.picture import picture_file

KINDS = ("centre", "half", "left", "pattern:SHARE", "random:SHARE", "alpha", "FILE.png", "FOLDER")
"""The forms of a mask specification."""

_SUFFIXES = frozenset({".png", ".bmp", ".gif", ".jpg", ".jpeg", ".pgm", ".tif", ".tiff", ".webp"})


def masks(
    spec: str,
    n: int,
    height: int,
    width: int,
    seed: int,
    *,
    invert: bool = False,
    alpha: np.ndarray | None = None,
    names: Sequence[str] | None = None,
) -> np.ndarray:
    """Return masks of `n` pictures, bool (n, height, width), True where a pixel is missing.

    `spec` is one of `KINDS`.  `centre` masks the middle half of each side (a quarter of the picture), `half`
    the right half and `left` the left half.  `pattern:0.25` masks irregular regions of together that share of
    the picture, `random:0.8` that share of single pixels; both are drawn anew for every picture from `seed`
    and its index.  SHARE is above 0 and below 1; without it `pattern` has 0.25 and `random` 0.8.  FILE.png
    (or another picture file) is one mask for all pictures and FOLDER has one for each, all of the pictures'
    size, missing where the grey level is at least 128.  Files of a folder are matched to `names` by their
    names without suffix, if all match, else taken in sorted order.  `alpha` masks the pixels below 128 in the
    argument `alpha`, uint8 (n, height, width).  `invert` swaps missing and known.  Raises `BadInput` for an
    unknown or unusable specification, and for a mask that leaves nothing missing or nothing known.
    """
    if n < 1 or height < 1 or width < 1:
        raise BadInput(f"no pictures to mask: {n} of {height}x{width} pixels; at least one is needed")
    marked = _marked(spec, (n, height, width), seed, alpha, names)
    missing = ~marked if invert else marked
    share = missing.reshape(n, -1).mean(1)
    for empty, kind in ((share == 0, "missing"), (share == 1, "known")):
        if empty.any():
            which = f"picture {int(np.argmax(empty)) + 1} of {n}"
            raise BadInput(f"mask '{spec}' leaves nothing {kind} in {which}; some pixels must be {kind}")
    return missing


def _marked(
    spec: str,
    shape: tuple[int, int, int],
    seed: int,
    alpha: np.ndarray | None,
    names: Sequence[str] | None,
) -> np.ndarray:
    kind, colon, rest = spec.partition(":")
    if spec in _SHAPES:
        return np.broadcast_to(_SHAPES[spec](*shape[1:]), shape).copy()
    if kind in _RANDOM:
        share = _share(spec, rest) if colon else _DEFAULT_SHARE[kind]
        draw = _RANDOM[kind]
        return np.stack([draw(share, *shape[1:], np.random.default_rng((seed, i))) for i in range(shape[0])])
    if spec == "alpha":
        return _transparent(alpha, shape)
    path = Path(spec).expanduser()
    if spec and path.is_dir():
        return _from_folder(path, shape, names)
    if path.is_file() or path.suffix.lower() in _SUFFIXES or path.parent != Path():
        return np.broadcast_to(_from_file(path, shape[1:]), shape).copy()
    near = difflib.get_close_matches(kind.lower(), [k.partition(":")[0] for k in KINDS], 1, 0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(KINDS)}"
    raise BadInput(f"unknown mask '{spec}': {hint}")


def _centre(height: int, width: int) -> np.ndarray:
    hole = np.zeros((height, width), bool)
    tall, wide = max(height // 2, 1), max(width // 2, 1)
    top, side = (height - tall) // 2, (width - wide) // 2
    hole[top : top + tall, side : side + wide] = True
    return hole


def _right(height: int, width: int) -> np.ndarray:
    return np.broadcast_to(np.arange(width) >= (width + 1) // 2, (height, width))


def _left(height: int, width: int) -> np.ndarray:
    return np.broadcast_to(np.arange(width) < width // 2, (height, width))


def _pattern(share: float, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """Mark where smooth noise, at the scale of an eighth of the shorter side, is highest."""
    noise = gaussian_filter(random.standard_normal((height, width)), max(min(height, width) / 8, 0.5))
    return _highest(noise, share)


def _random(share: float, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    return _highest(random.random((height, width)), share)


def _highest(values: np.ndarray, share: float) -> np.ndarray:
    """Mark the highest `share` of the pixels, rounded to whole pixels: at least 1 and not all."""
    count = min(max(round(share * values.size), 1), values.size - 1)
    marked = np.zeros(values.size, bool)
    marked[np.argsort(values.ravel(), kind="stable")[values.size - count :]] = True
    return marked.reshape(values.shape)


_SHAPES: dict[str, Callable[[int, int], np.ndarray]] = {"centre": _centre, "half": _right, "left": _left}
_RANDOM: dict[str, Callable[[float, int, int, np.random.Generator], np.ndarray]] = {
    "pattern": _pattern,
    "random": _random,
}
_DEFAULT_SHARE = {"pattern": 0.25, "random": 0.8}


def _share(spec: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        name = spec.partition(":")[0]
        example = f"{name}:{_DEFAULT_SHARE[name]}"
        raise BadInput(f"mask '{spec}': the share missing must be a number between 0 and 1, as in {example}")
    return share


def _transparent(alpha: np.ndarray | None, shape: tuple[int, int, int]) -> np.ndarray:
    if alpha is None:
        raise BadInput("mask 'alpha': the pictures have no alpha channel; give RGBA pictures or another mask")
    if alpha.shape != shape:
        raise BadInput(f"mask 'alpha': the alpha channel is {alpha.shape}, the pictures are {shape}")
    return alpha < 128


def _from_file(path: Path, size: tuple[int, int]) -> np.ndarray:
    if not path.is_file():
        raise BadInput(
            f"mask file '{path}' does not exist; give a picture that is white where pixels are missing"
        )
    with picture_file(path, f"mask file '{path}'") as picture:
        grey = np.asarray(picture.convert("L"))
    if grey.shape != size:
        actual, expected = (f"{wide}x{tall}" for tall, wide in (grey.shape, size))
        raise BadInput(f"mask '{path}' is {actual} pixels, the pictures are {expected} (width x height)")
    return grey >= 128


def _from_folder(folder: Path, shape: tuple[int, int, int], names: Sequence[str] | None) -> np.ndarray:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES)
    by_name = {p.stem: p for p in files}
    stems = [Path(name).stem for name in names or ()]
    if len(stems) == shape[0] and all(stem in by_name for stem in stems):
        files = [by_name[stem] for stem in stems]
    if len(files) != shape[0]:
        raise BadInput(
            f"mask folder '{folder}' has {len(files)} masks for {shape[0]} pictures; give one each"
        )
    return np.stack([_from_file(path, shape[1:]) for path in files])
