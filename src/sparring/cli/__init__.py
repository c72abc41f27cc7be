"""The command line: one file a verb, no logic."""

from __future__ import annotations

import difflib
import logging
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version

from sparring.core.errors import BadInput, Diverged

VERBS = {
    "demo": "train on scanned digits, complete damaged ones, write a report",
    "train": "train a recipe on data",
    "resume": "go on with a run that was stopped, or extend one",
    "sample": "draw pictures from a run",
    "evaluate": "measure a run against real data",
    "diagnose": "say what is wrong with a run or with losses, and what helps",
    "encode": "train an encoder for a run, from which completions begin",
    "calibrate": "find a run's completion settings on pictures that it kept aside",
    "complete": "complete damaged pictures with a run",
    "invert": "find the latent from which a run makes a picture",
    "walk": "walk through samples of a run and back: strips and a movie",
    "arithmetic": "add and subtract samples of a run in its latent space",
    "direction": "find which way in a run's latent space a label lies",
    "mend": "complete pictures of any size with a run, at their own size",
    "restore": "undo blur, few pixels, lost colour, noise and other damage with a run",
    "anomalies": "score pictures by how far they are from all that a run makes",
    "movie": "join a run's frames to a movie",
    "losses": "draw a run's losses against their values at equilibrium",
    "data": "inspect a set of data",
    "zoo": "list the recipes",
    "show": "show a recipe: objective, nets, optimisers, schedule, lineage",
    "practice": "list the hacks of the trade that train --with takes",
    "verify": "put the claims of recipes to the test",
}

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit status: 0 done, 1 diverged or not well, 2 bad input, 130 stopped on request."""
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
        sys.stderr.close()  # the reader of our output left; nobody is there to be told
        return 0


def usage() -> str:
    """What `sparring --help` prints."""
    rows = "\n".join(f"  {verb:<10} {line}" for verb, line in VERBS.items())
    return (
        "usage: sparring VERB ...\n\n"
        "Train generative adversarial networks, and complete damaged pictures with them.\n\n"
        f"{rows}\n\n`sparring VERB --help` explains one.  First steps: `sparring demo --out runs/demo`."
    )


def command(name: str) -> Callable[[Sequence[str]], int]:
    """The function of a command, from its arguments to the exit status; `BadInput` for an unknown name."""
    if name not in VERBS:
        near = difflib.get_close_matches(name, VERBS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(VERBS)}"
        raise BadInput(f"no verb '{name}'; {hint}")
    run: Callable[[Sequence[str]], int] = import_module(f"sparring.cli.{name}").main
    return run


def _run(name: str, words: Sequence[str]) -> int:
    """Run a command; its help, where nothing else is asked for, is printed as it is stored."""
    if name in VERBS and list(words) in (["-h"], ["--help"]):
        print(import_module("sparring.cli.index").stored("help")[name], end="")
        return 0
    return command(name)(words)
