"""The command line: one file per command, without logic."""

from __future__ import annotations

import difflib
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version

from sparring.core.errors import BadInput, Diverged
from sparring.runs.migration import COMMANDS as FORMER_COMMANDS

COMMANDS = {
    "demo": "train on scanned digits, complete damaged ones, write a report",
    "train": "train a recipe on data",
    "resume": "continue a run that was stopped, or extend one",
    "sample": "generate samples with a run",
    "evaluate": "measure a run against real data",
    "diagnose": "find problems of a run or of losses, and remedies",
    "encode": "train an encoder for a run, to initialise completions",
    "calibrate": "tune a run's completion settings on its held-out pictures",
    "complete": "complete damaged pictures with a run, at their own size",
    "invert": "find the latent of a picture",
    "walk": "interpolate between samples of a run: strips and a movie",
    "arithmetic": "add and subtract samples of a run in its latent space",
    "direction": "find the direction of a label in a run's latent space",
    "restore": "undo blur, low resolution, lost colour, noise and other damage with a run",
    "anomalies": "score pictures by their distance to the nearest samples of a run",
    "movie": "join a run's frames to a movie",
    "losses": "plot a run's losses and their values at equilibrium",
    "data": "inspect a data set",
    "zoo": "list the recipes",
    "show": "show a recipe: objective, nets, optimisers, schedule, lineage",
    "practice": "list the practices that train --with takes",
    "verify": "test the claims of recipes",
}

INTERRUPTED = 130
"""Exit status after Ctrl-C, as in shells."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status: 0 success, 1 diverged or problems, 2 bad input, 130 stopped."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        print(usage())
        return 0
    if words[0] == "--version":
        print(version("sparring"))
        return 0
    logging.basicConfig(level=logging.INFO, format="sparring: %(message)s", stream=sys.stderr, force=True)
    for noisy in ("matplotlib", "PIL", "torch"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        return _run(words[0], words[1:])
    except (BadInput, Diverged) as error:
        print(f"sparring: {error}", file=sys.stderr)
        return 2 if isinstance(error, BadInput) else 1
    except KeyboardInterrupt as stop:
        print("; ".join(["sparring: stopped", *map(str, stop.args)]), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output is gone
        return 0


def usage() -> str:
    """Return the text of `sparring --help`."""
    rows = "\n".join(f"  {command:<10} {line}" for command, line in COMMANDS.items())
    return (
        "usage: sparring COMMAND ...\n\n"
        "Train generative adversarial networks, and complete damaged pictures with them.\n\n"
        f"{rows}\n\n`sparring COMMAND --help` explains one.  First steps: `sparring demo --out runs/demo`."
    )


def command(name: str) -> Callable[[Sequence[str]], int]:
    """Return the function of a command, from arguments to exit status; `BadInput` for unknown names."""
    if name not in COMMANDS and name not in FORMER_COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(COMMANDS)}"
        raise BadInput(f"no command '{name}'; {hint}")
    run: Callable[[Sequence[str]], int] = import_module(f"sparring.cli.{name}").main
    return run


def _run(name: str, words: Sequence[str]) -> int:
    """Run a command; for `--help` alone, print the stored help."""
    if name in COMMANDS and list(words) in (["-h"], ["--help"]):
        print(import_module("sparring.cli.index").stored("help")[name], end="")
        return 0
    return command(name)(words)
