"""Two checkouts make the same numbers: `python -m tests.golden.same REV` compares REV with the working tree.

Each checkout trains every recipe for 20 steps, then completes, restores, evaluates, scores, edits and encodes
with one small run, through its own command line, on one thread in float32.  SHA-256 digests of weights and
results are compared.  Exit status 0: no difference; 1: the differences are listed.  Digests of a revision are
kept in the system's temporary folder, since a revision does not change.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

DATA = {"cyclegan": "PAIR", "seqgan": "chains", "bs_gan_discrete": "BINARY", "pix2pix": "COLUMN"}
"""Data of recipes that do not train on digits."""

RENAMED: dict[str, str] = {}
"""Keys of results by the name that they had at older revisions: old to new."""

MEASURED = ("second", "time", "threads", "version", "rate", "peak", "measured", "out", "command", "commit")
"""Keys of results that differ from call to call: those that contain one of these words."""

PROSE_OR_NEW = ("says", "at_run_size")
"""Keys of results whose texts may be reworded, and of options that older revisions do not have."""

PLAIN = ["--threads", "1", "--precision", "fp32", "--device", "cpu", "--layout", "contiguous"]
TRAIN = [*PLAIN, "--compile", "off", "--convolutions", "library", "--frames", "0", "--steps", "20"]
TASKS: dict[str, list[str]] = {
    "encode": ["RUN", "--steps", "20", "--width", "8", "--threads", "1"],
    "calibrate": ["RUN", "--pictures", "8", "--threads", "1"],
    "complete": [
        "RUN",
        "--data",
        "digits",
        "--mask",
        "centre",
        "--limit",
        "3",
        "--keep",
        "2",
        "--out",
        "OUT",
    ],
    "restore": ["RUN", "--data", "digits", "--damage", "blur:1", "--limit", "2", "--out", "OUT"],
    "anomalies": ["RUN", "--data", "digits", "--limit", "3", "--usual", "4", "--steps", "10", "--out", "OUT"],
    "walk": ["RUN", "--out", "OUT"],
    "direction": ["RUN", "--label", "3", "--n", "200", "--out", "OUT"],
    "evaluate": ["RUN", "--n", "200", "--features", "random", "--json"],
    "sample": ["RUN", "--out", "OUT/sheet.png", "--npz", "OUT/x.npz"],
}
"""A call of each command, in an order in which later ones use what earlier ones leave in the run."""


def digest(content: bytes) -> str:
    """The first 16 hexadecimal digits of SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def lasting(value: Any) -> Any:
    """JSON without what differs from call to call, its keys by their present names.

    A text that names the temporary folder is left out: it is a path, and another one in each call.
    """
    if isinstance(value, dict):
        kept = {RENAMED.get(key, key): lasting(inner) for key, inner in value.items()}
        left_out = (*MEASURED, *PROSE_OR_NEW)
        return {key: inner for key, inner in kept.items() if not any(word in key for word in left_out)}
    if isinstance(value, list):
        return [lasting(inner) for inner in value]
    if isinstance(value, str) and tempfile.gettempdir() in value:
        return ""
    return value


def of_file(path: Path) -> str:
    """A digest of what a result file says."""
    import numpy as np
    from PIL import Image

    if path.suffix == ".json":
        return digest(json.dumps(lasting(json.loads(path.read_text())), sort_keys=True).encode())
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return digest(b"".join(name.encode() + arrays[name].tobytes() for name in sorted(arrays.files)))
    with Image.open(path) as picture:
        return digest(picture.tobytes())


def of_weights(run: Path) -> str:
    """A digest of all tensors of the newest checkpoint: weights, averages, optimisers, random states."""
    from safetensors.numpy import load_file

    tensors = load_file(max((run / "checkpoints").iterdir()) / "tensors.safetensors")
    return digest(b"".join(key.encode() + tensors[key].tobytes() for key in sorted(tensors)))


def data_of(name: str, folder: Path) -> str:
    """What a recipe is trained on."""
    import numpy as np

    draw = np.random.default_rng(0)
    pair, binary = folder / "pair.npz", folder / "binary.npz"
    if not pair.exists():
        x = draw.integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)
        np.savez(pair, x=x, y=np.arange(64) % 2)
        np.savez(binary, x=(x > 127).astype(np.uint8) * 255)
    files = {"PAIR": f"{pair}:x:y", "BINARY": f"{binary}:x", "COLUMN": f"{pair}:x,source=x"}
    return files.get(word := DATA.get(name, "digits"), word)


def digests(main: Callable[[list[str]], int], folder: Path) -> Iterator[tuple[str, str]]:
    """All digests of the checkout whose command line `main` is."""
    from sparring import zoo

    for name in zoo.names():
        out = folder / name
        narrow = [] if name in DATA else ["--family", "own"]
        status = main(["train", name, "--data", data_of(name, folder), "--out", str(out), *TRAIN, *narrow])
        yield f"train {name}", of_weights(out) if status == 0 else f"exit status {status}"
    run = folder / "run"
    small = ["--family", "mlp", "--nets.G.width", "32", "--nets.D.width", "32", "--checkpoint-every", "20"]
    main(["train", "r1_gan", "--data", "digits", "--out", str(run), *TRAIN, *small, "--steps", "60"])
    for task, words in TASKS.items():
        out = folder / f"out-{task}"
        words = [word.replace("RUN", str(run)).replace("OUT", str(out)) for word in words]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            status = main([task, *words])
        yield task, f"exit status {status}"
        if "--json" in words:
            yield f"{task} --json", digest(json.dumps(lasting(json.loads(said.getvalue()))).encode())
        for path in sorted(out.rglob("*")) if out.is_dir() else ():
            if path.suffix in (".json", ".npz", ".png", ".gif"):
                yield f"{task} {path.relative_to(out)}", of_file(path)
    for path in (run / "calibration.json",):
        yield path.name, of_file(path) if path.exists() else "missing"


def measure(source: Path) -> dict[str, str]:
    """The digests of the checkout at `source`, made in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = {**os.environ, "PYTHONPATH": f"{source / 'src'}:{ROOT}", "OMP_NUM_THREADS": "1"}
        words = [sys.executable, "-m", "tests.golden.same", "--worker", folder]
        done = subprocess.run(words, cwd=folder, env=place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{source}: {done.stderr[-2000:]}")
        found: dict[str, str] = json.loads((Path(folder) / "digests.json").read_text())
        return found


def of_revision(revision: str) -> dict[str, str]:
    """The digests of a revision, from a worktree of its own or from an earlier call of this same file."""
    git = ["git", "-C", str(ROOT)]
    sha = subprocess.run(
        [*git, "rev-parse", f"{revision}^{{commit}}"], capture_output=True, text=True, check=True
    ).stdout.strip()
    recipe = digest(Path(__file__).read_bytes())
    store = Path(tempfile.gettempdir()) / "sparring-same" / f"{sha}-{recipe}.json"
    if store.is_file():
        kept: dict[str, str] = json.loads(store.read_text())
        return kept
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "worktree", "add", "-q", "--detach", str(tree), sha], check=True)
        try:
            found = measure(tree)
        finally:
            subprocess.run([*git, "worktree", "remove", "--force", str(tree)], check=True)
    store.parent.mkdir(exist_ok=True)
    store.write_text(json.dumps(found))
    return found


def worker(folder: Path) -> None:
    """Write `folder/digests.json` for the checkout that is imported."""
    import torch

    from sparring.cli import main

    torch.set_num_threads(1)
    (folder / "digests.json").write_text(json.dumps(dict(digests(main, folder))))


def differences(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """A line for each old digest that is another now; a recipe that is new has none to compare with."""
    return [
        f"{key}: {old[key]} -> {new.get(key, 'missing')}" for key in sorted(old) if old[key] != new.get(key)
    ]


def main() -> int:
    """Compare the revision on the command line with the working tree."""
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        worker(Path(sys.argv[2]))
        return 0
    if len(sys.argv) != 2:
        print("usage: python -m tests.golden.same REV", file=sys.stderr)
        return 2
    old, new = of_revision(sys.argv[1]), measure(ROOT)
    found = differences(old, new)
    print("\n".join(found) or f"{len(new)} digests, no difference to {sys.argv[1]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
