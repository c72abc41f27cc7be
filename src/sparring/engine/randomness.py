"""All random states of a run, to be saved and restored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sparring.core.errors import BadInput


@dataclass(frozen=True)
class Randomness:
    """The generator of a run's noise, and the global random states that nets may use (dropout)."""

    noise: torch.Generator

    @staticmethod
    def from_seed(seed: int, device: str) -> Randomness:
        """Seed the global generators and return a generator of noise, all independent and set by `seed`."""
        words = np.random.SeedSequence(seed).generate_state(3)
        random.seed(int(words[0]))
        np.random.seed(int(words[1]))
        torch.manual_seed(int(words[2]))
        return Randomness(torch.Generator(device).manual_seed(seed + 2**32))

    def tensors(self) -> dict[str, Tensor]:
        """Return all states as uint8 tensors: "noise", "torch" (the CPU's) and, on a GPU, "cuda"."""
        state = {"noise": self.noise.get_state(), "torch": torch.get_rng_state()}
        if self.noise.device.type == "cuda":
            state["cuda"] = torch.cuda.get_rng_state()
        return state

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Restore the states that `tensors` returned; raises `BadInput` for those of another device."""
        if tensors["noise"].shape != self.noise.get_state().shape:
            raise BadInput("the checkpoint's random state is of another device; resume on that device")
        self.noise.set_state(tensors["noise"])
        torch.set_rng_state(tensors["torch"])
        if "cuda" in tensors and self.noise.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["cuda"])


def process_state() -> dict[str, Any]:
    """Return the states of Python's and NumPy's global generators, as JSON.

    The keys are "python" and "numpy"; the values are lists.
    """
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    version, words, normal = random.getstate()
    return {
        "python": [version, list(words), normal],
        "numpy": [str(name), np.asarray(keys).tolist(), int(position), int(has_gauss), float(gauss)],
    }


def restore_process_state(state: dict[str, Any]) -> None:
    """Restore the states that `process_state` returned."""
    version, words, normal = state["python"]
    random.setstate((version, tuple(words), normal))
    name, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))


@contextmanager
def preserve_random_state() -> Iterator[None]:
    """Context that restores the global random states of Python, NumPy and torch on exit.

    The state of the current CUDA device is included if CUDA is initialised on entry; the context does not
    initialise it.
    """
    before, cpu = process_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        restore_process_state(before)
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state(cuda)
