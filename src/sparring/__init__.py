"""Train generative adversarial networks, and complete damaged pictures with them.

>>> from pathlib import Path
>>> import sparring
>>> run = sparring.Run(data="ring8", out=Path("runs/ring"), steps=20, family="mlp")
>>> outcome = sparring.train("gan", run, quiet=True)
>>> sparring.load("runs/ring").sample(5).shape
(5, 2)

`zoo` holds the recipes, `inverse` solves inverse problems with any generator, `metrics` compares samples,
`plots` makes figures, and `doctor` diagnoses runs and loss files.  What the command line does stands in
`sparring.api`.  Importing this package does not import PyTorch; the first use of it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparring import inverse, metrics, plots, zoo
from sparring.core.errors import BadInput, Diverged
from sparring.core.run import Run
from sparring.tasks import doctor

if TYPE_CHECKING:
    from sparring.core.recipe import Recipe
    from sparring.engine.trainer import Outcome
    from sparring.tasks.opening.loaded import LoadedRun

__all__ = [
    "BadInput",
    "Diverged",
    "Run",
    "doctor",
    "inverse",
    "load",
    "metrics",
    "plots",
    "resume",
    "train",
    "zoo",
]

TYPES = ("LoadedRun", "Outcome", "Recipe")
"""Classes that are at hand for annotations; they are imported, with PyTorch, on first use."""


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name in TYPES:
        return getattr(import_module("sparring.api"), name)
    raise AttributeError(f"module 'sparring' has no attribute '{name}'")


def train(
    recipe: str | Recipe, run: Run, *, knobs: Mapping[str, object] | None = None, quiet: bool = False
) -> Outcome:
    """Train `recipe` as `run` says, write the run directory `run.out`, and return the outcome.

    `recipe` is a name of the zoo, FILE.py:VARIABLE, or a `Recipe`; a run of a `Recipe` that is not the zoo's
    cannot be loaded or resumed, since no file has it.  `knobs` sets values inside the recipe by dotted path.
    `quiet` hides the progress bar.  Ctrl-C stops a training so that `resume` continues it.
    Raises `BadInput` before anything is written, and `Diverged` if training diverges.

    >>> run = Run(data="ring8", out=Path("runs/ring"), steps=20, family="mlp")
    >>> train("gan", run, knobs={"turns.D.optim.lr": 1e-3}, quiet=True).step
    20
    """
    from sparring.tasks import train as task  # here, for it imports PyTorch

    return task.train(recipe, run, knobs=knobs, quiet=quiet)


def resume(
    folder: Path | str,
    *,
    steps: int | None = None,
    remedies: Sequence[str] = (),
    back_to: int | None = None,
    quiet: bool = False,
) -> Outcome:
    """Resume the run in `folder` from its newest checkpoint and return the outcome.

    The result is that of an uninterrupted run, bit for bit on the same machine.  `steps` extends the run to
    that many.  `remedies` are practices, as NAME[=VALUE], that change the recipe from here on.  `back_to` is
    the step of an earlier checkpoint to resume from; later ones are removed.  `quiet` hides the progress bar.
    Raises `BadInput` if `folder` is no run or cannot be resumed so; nothing is changed then.

    >>> run = Run(data="ring8", out=Path("runs/ring"), steps=20, family="mlp")
    >>> outcome = train("gan", run, quiet=True)
    >>> resume("runs/ring", steps=30, quiet=True).step
    30
    """
    from sparring.tasks import train as task  # here, for it imports PyTorch

    return task.resume(Path(folder), steps=steps, remedies=remedies, back_to=back_to, quiet=quiet)


def load(folder: Path | str) -> LoadedRun:
    """Load the run in `folder`, with the nets of its newest intact checkpoint, to sample or to complete.

    Raises `BadInput` if there is no run, or none of its checkpoints is intact.

    >>> run = Run(data="ring8", out=Path("runs/ring"), steps=20, family="mlp")
    >>> outcome = train("gan", run, quiet=True)
    >>> load("runs/ring").sample(5, seed=1).shape
    (5, 2)
    """
    from sparring.tasks.opening import loaded  # here, for it imports PyTorch

    return loaded.load(folder)
