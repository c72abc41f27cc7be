"""Parsing of command-line arguments to a dataclass, with errors of one line."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import tyro

from sparring.core.errors import BadInput

T = TypeVar("T")


CONFIG = (tyro.conf.FlagCreatePairsOff,)


def parse(cls: Callable[..., T], command: str, argv: Sequence[str], description: str) -> T:
    """Parse the arguments `argv` of `sparring COMMAND` to the dataclass `cls`; return an instance of it.

    `description` heads the text of `--help`, which is printed and ends the process with status 0.  Raises
    `BadInput` of one line for wrong arguments.
    """
    with _errors_of_one_line(command):
        return tyro.cli(cls, prog=f"sparring {command}", description=description, args=argv, config=CONFIG)


def parse_known(cls: Callable[..., T], command: str, argv: Sequence[str]) -> tuple[T, list[str]]:
    """Parse those arguments that the dataclass `cls` knows; return it and all others, `--help` among them.

    Raises `BadInput` of one line for a known flag without its value.
    """
    with _errors_of_one_line(command):
        return tyro.cli(
            cls,
            prog=f"sparring {command}",
            args=argv,
            return_unknown_args=True,
            add_help=False,
            config=CONFIG,
        )


@contextlib.contextmanager
def _errors_of_one_line(command: str) -> Iterator[None]:
    """Raise `BadInput` in place of tyro's printed message and exit."""
    output = io.StringIO()
    try:
        with contextlib.redirect_stderr(output):
            yield
    except SystemExit as end:
        if end.code == 0:
            raise
        raise BadInput(one_line(output.getvalue(), command)) from end
    finally:
        sys.stdout.flush()


def one_line(output: str, command: str) -> str:
    """Return the message in tyro's boxed output, on one line, followed by "; see sparring COMMAND --help"."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    lines = [line.strip("│╭╰╮╯ ") for line in plain.splitlines()]
    body = [line for line in lines if line and not line.startswith(("─", "Got errors", "- <class"))]
    body = [line for line in body if not re.fullmatch(r"(\(.*\)|.*─{3,}.*|-{3,})", line)]
    ends = [i for i, line in enumerate(body) if line.startswith(("Argument helptext", "For full helptext"))]
    message = " ".join(body[: ends[0]] if ends else body)
    return f"{message.rstrip(':. ')}; see sparring {command} --help"
