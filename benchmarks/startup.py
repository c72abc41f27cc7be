"""How long a person waits before anything happens: fastest of several starts, bare Python apart."""

from __future__ import annotations

import subprocess
import sys
import time

CASES = {
    "python": ["-c", "pass"],
    "import sparring": ["-c", "import sparring"],
    "sparring --help": ["-m", "sparring", "--help"],
    "sparring zoo": ["-m", "sparring", "zoo"],
}
ROUNDS = 7


def measured() -> list[dict[str, object]]:
    """Seconds a start, interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, words in CASES.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
            taken[name].append(time.perf_counter() - started)
    bare = min(taken["python"])
    return [
        {"case": name, "seconds": round(min(times), 3), "beyond_python": round(min(times) - bare, 3)}
        for name, times in taken.items()
    ]
