"""The split into training and held-out data, by content."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Store

CHUNK = 256
"""Number of data read at a time, so that a lazily decoded set need not fit in memory."""


def digests(x: Store) -> np.ndarray:
    """Return a hash of each datum's shape, type and bytes, uint64 (n,); equal data have equal digests."""

    def part(start: int) -> list[int]:
        rows = x[np.arange(start, min(start + CHUNK, len(x)))]
        head = f"{rows.shape[1:]}{rows.dtype.str}".encode()
        return [int.from_bytes(blake2b(head + row.tobytes(), digest_size=8).digest(), "big") for row in rows]

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        parts = pool.map(part, range(0, len(x), CHUNK))
        return np.fromiter((value for values in parts for value in values), np.uint64, len(x))


def holdout_mask(digests: np.ndarray, share: float) -> np.ndarray:
    """Return a mask of the held-out data, bool (n,): digests in the lowest `share` of the range of uint64.

    Copies are in the same part, and neither the order nor other data change the part of a datum.  Raises
    `BadInput` if `share` is not in [0, 0.5].
    """
    if not 0 <= share <= 0.5:
        raise BadInput(f"the share held out must lie in [0, 0.5], not {share}")
    return digests.astype(np.float64) * 2.0**-64 < share
