"""Train generative adversarial networks, and complete damaged pictures with them.

The names below come from `sparring.api`.  It is imported on first use of one of them, so that
`import sparring` alone does not load PyTorch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparring.api import (
        BadInput,
        Diverged,
        LoadedRun,
        Outcome,
        Recipe,
        Run,
        get,
        load,
        names,
        resume,
        train,
    )

__all__ = [
    "BadInput",
    "Diverged",
    "LoadedRun",
    "Outcome",
    "Recipe",
    "Run",
    "get",
    "load",
    "names",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("sparring.api"), name)
    raise AttributeError(f"module 'sparring' has no attribute '{name}'")
