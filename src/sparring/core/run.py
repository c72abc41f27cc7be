"""The run: everything about a training that is not the recipe.  Its fields are the command line's flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]

FORMAT = 2
"""Version of the run directory's layout; another number is refused."""


@dataclass(frozen=True)
class Run:
    """What to train on, for how long, where to, and on which machine settings."""

    data: str
    """Data: digits, shapes, ring8, grid25, mix1d, chains, FILE.npz:ARRAY[:LABELS], a folder of pictures,
    idx:FILE[:LABELS] or hf:NAME[:SPLIT[:COLUMN]]."""
    out: Path
    """Run directory to write."""
    steps: int = 10_000
    """Rounds of the game; one round takes each turn of the recipe."""
    batch: int | None = None
    """Pictures a batch; None: the recipe's own."""
    family: Literal["own", "mlp", "dcgan", "resnet"] = "own"
    """Nets of G and D: the recipe's own, or of another family; points need mlp."""
    order: Literal["own", "shared", "one_stage"] = "own"
    """How turns are taken: the recipe's own way; on one batch a round, so that fakes are made once; or D and
    G at once, from one pass through D."""
    practice: tuple[str, ...] = ()
    """Hacks of the trade as NAME[=VALUE], done to the recipe in this order (see `sparring practice`); also
    one at a time, --with NAME[=VALUE]."""
    size: str | None = None
    """Height and width to train at, as N or HxW; None: as the data are."""
    crop: Literal["centre", "none"] = "centre"
    """How another aspect is met: cut the centre out, or squeeze."""
    channels: int | None = None
    """1 grey, 3 RGB, 4 RGBA; None: as the data are."""
    holdout: float = 0.1
    """Share of the data kept aside, chosen by content; 0: none."""
    seed: int = 0
    """Seed of weights, data order and noise."""
    device: Device = "auto"
    """Where to compute; auto: on a GPU where there is one."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Arithmetic of convolutions and products; auto: what is fastest here and safe for the recipe."""
    layout: Literal["auto", "channels_last", "contiguous"] = "auto"
    """Memory layout of pictures; auto: what is fastest here."""
    convolutions: Literal["auto", "library", "columns"] = "auto"
    """How convolutions' weights learn on a CPU in bf16: the library's way, or where maps are small by one
    product of columns; auto: what is faster here."""
    compile: Literal["auto", "on", "off", "graphs"] = "auto"
    """Compile the turns; graphs: and replay them as CUDA graphs; auto: whatever the steps repay on a GPU."""
    threads: int | None = None
    """CPU threads; None: measured at the start."""
    doctor: Literal["off", "watch", "mend"] = "off"
    """watch: look every so often whether the run is well, for a fiftieth of its time; mend: also go back to
    where it was well, and try a remedy."""
    doctor_every: int | None = None
    """Steps between two looks; None: measured at the start."""
    mends: int = 5
    """Remedies that are tried, at most."""
    checkpoint_every: int = 500
    """Steps between checkpoints; the last two are kept, and the doctor's."""
    sample_every: int = 500
    """Steps between grids of samples."""
    log_every: int = 20
    """Steps between events."""
    frames: int = 120
    """Frames of the training movie, dense at the start and sparse at the end; 0: none."""
    overwrite: bool = False
    """Replace what stands at `out`."""
