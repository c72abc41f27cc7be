"""JPEG compression: a differentiable model of the codec, and the codec itself."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.pixels import array_to_float, to_uint8
from sparring.data.framing import image, pixels
from sparring.inverse.blend.cosines import dct_matrix
from sparring.inverse.operators.operator import Damage, straight_through
from sparring.inverse.operators.pixelwise import LUMA

SUBSAMPLING = 2
"""Pillow's number for 4:2:0, its default: colour at half the sides."""

RED, BLUE = 2 * (1 - LUMA[0]), 2 * (1 - LUMA[2])
"""Divisors that scale R - Y and B - Y to a range of 255 (JFIF 1.02)."""


@dataclass(frozen=True)
class Jpeg(Damage):
    """JPEG compression of grey or RGB pictures, as Pillow writes and reads them (ITU-T T.81, JFIF 1.02).

    The model takes libjpeg's steps in floating point: luma and two chroma planes, these at half the sides,
    the cosine transform of 8x8 blocks rounded to multiples of the quality's table, and back, with libjpeg's
    triangular filter to upsample chroma.  Borders are padded by repetition.  Each rounding and each clamp has
    gradient 1 (straight through), so that gradients of grey pictures pass unchanged and those of chroma at
    half resolution.

    >>> Jpeg(30)(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 3, 16, 16])
    """

    quality: int = 75
    """Quality of the codec, 1 to 100."""

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise BadInput(f"JPEG's quality must be a whole number from 1 to 100, not {self.quality}")

    def __call__(self, x: Tensor) -> Tensor:
        _require_channels(x)
        levels = (x + 1) * 127.5
        decoded = self._luma(levels) if x.shape[1] == 1 else self._colour(levels)
        return decoded / 127.5 - 1

    def degraded(self, x: Tensor, random: torch.Generator) -> Tensor:
        _require_channels(x)
        files = [_jpeg_file(picture, self.quality) for picture in to_uint8(x)]
        read = np.stack([pixels(Image.open(file)) for file in files])
        return array_to_float(read).to(x)

    def _luma(self, levels: Tensor) -> Tensor:
        return _round_levels(_quantise_blocks(_round_levels(levels) - 128, self.quality, 0) + 128)

    def _colour(self, levels: Tensor) -> Tensor:
        height, width = levels.shape[2:]
        red, green, blue = levels.tensor_split(3, 1)
        luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
        chroma = _round_levels(torch.cat([(blue - luma) / BLUE, (red - luma) / RED], 1) + 128)
        padded = F.pad(chroma, (0, width % 2, 0, height % 2), "replicate")
        coarse = _round_levels(_quantise_blocks(F.avg_pool2d(padded, 2) - 128, self.quality, 1) + 128)
        # Bilinear at twice the size is the triangular filter: 3/4 of the nearer, 1/4 of the other.
        fine = (
            _round_levels(F.interpolate(coarse, scale_factor=2, mode="bilinear"))[..., :height, :width] - 128
        )
        luma = self._luma(luma)
        red, blue = luma + RED * fine[:, 1:], luma + BLUE * fine[:, :1]
        green = (luma - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
        return _round_levels(torch.cat([red, green, blue], 1))


def _round_levels(levels: Tensor) -> Tensor:
    """Round and clamp to whole numbers from 0 to 255, as libjpeg does between its steps."""
    return straight_through(levels.round().clamp(0, 255), levels)


def _require_channels(x: Tensor) -> None:
    if x.shape[1] not in (1, 3):
        raise BadInput(f"JPEG takes pictures of 1 or 3 channels, but these have {x.shape[1]}; drop the alpha")


def _quantise_blocks(plane: Tensor, quality: int, table: int) -> Tensor:
    """Round the DCT coefficients of centred values, (n, c, h, w), by the quality's table; return values."""
    height, width = plane.shape[2:]
    padded = F.pad(plane, (0, -width % 8, 0, -height % 8), "replicate")
    blocks = padded.reshape(*plane.shape[:2], padded.shape[2] // 8, 8, padded.shape[3] // 8, 8)
    cosines, steps = dct_matrix(8).to(plane), _steps(quality, table).to(plane)[:, None]
    coefficients = torch.einsum("ui,nchiwj,vj->nchuwv", cosines, blocks, cosines) / steps
    rounded = straight_through(coefficients.round(), coefficients) * steps
    back = torch.einsum("ui,nchuwv,vj->nchiwj", cosines, rounded, cosines)
    return back.flatten(4, 5).flatten(2, 3)[..., :height, :width]


@lru_cache(256)
def _steps(quality: int, table: int) -> Tensor:
    """Return a quality's quantisation table, float64 (8, 8), as Pillow has it; `table` 0: luma, 1: chroma."""
    with Image.open(_jpeg_file(np.zeros((8, 8, 3), np.uint8), quality)) as picture:
        tables: dict[int, list[int]] = picture.quantization  # type: ignore[attr-defined]  # of JPEG alone
    return torch.tensor(tables[table], dtype=torch.float64).view(8, 8)


def _jpeg_file(picture: np.ndarray, quality: int) -> io.BytesIO:
    file = io.BytesIO()
    image(picture).save(file, "JPEG", quality=quality, subsampling=SUBSAMPLING)
    file.seek(0)
    return file
