"""`sparring mend RUN`: the former name of `complete` for pictures of any size."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sparring.cli import complete

NOTE = "sparring: mend is now `sparring complete`, with --data in place of --pictures; it is run"


def main(argv: Sequence[str]) -> int:
    """Run `complete` with `argv`, `--pictures` renamed `--data`; print a note; return its exit status."""
    words = [
        "--data" + word.removeprefix("--pictures") if word.startswith("--pictures") else word for word in argv
    ]
    status = complete.main(words)
    print(NOTE, file=sys.stderr)
    return status
