"""The run: all settings of a training besides the recipe.  Its fields are the command line's flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]

FORMAT = 2
"""Version of the run directory's layout; other versions are rejected."""


@dataclass(frozen=True)
class Run:
    """The data, the number of steps, the output folder and the machine settings of a training."""

    data: str
    """Data: digits, shapes, ring8, grid25, mix1d, chains, FILE.npz:ARRAY[:LABELS], a folder of pictures,
    idx:FILE[:LABELS] or hf:NAME[:SPLIT[:COLUMN]]."""
    out: Path
    """Run directory to write."""
    steps: int = 10_000
    """Training steps; one step takes each turn of the recipe."""
    batch: int | None = None
    """Batch size; None: the recipe's own."""
    family: Literal["own", "mlp", "dcgan", "resnet"] = "own"
    """Architecture of G and D: the recipe's own, or another family; points need mlp."""
    order: Literal["own", "shared", "one_stage"] = "own"
    """How turns are taken; own: as the recipe says; shared: on one batch per step, so that fakes are made
    once; one_stage: D and G at once, from one pass through D."""
    practice: tuple[str, ...] = ()
    """Practices as NAME[=VALUE], applied to the recipe in this order (see `sparring practice`); also one at a
    time, --with NAME[=VALUE]."""
    size: str | None = None
    """Height and width to train at, as N or HxW; None: as the data are."""
    crop: Literal["centre", "none"] = "centre"
    """How pictures of another aspect ratio are fitted: centre: crop the centre; none: squeeze."""
    channels: int | None = None
    """1 grey, 3 RGB, 4 RGBA; None: as the data are."""
    holdout: float = 0.1
    """Share of the data held out from training, chosen by content; 0: none."""
    seed: int = 0
    """Seed of weights, data order and noise."""
    device: Device = "auto"
    """Device to compute on; auto: a GPU if there is one."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Precision of convolutions and matrix products; auto: the fastest here that is safe for the recipe."""
    layout: Literal["auto", "channels_last", "contiguous"] = "auto"
    """Memory layout of pictures; auto: the fastest here."""
    convolutions: Literal["auto", "library", "columns"] = "auto"
    """How weight gradients of convolutions are computed on a CPU in bf16: library: by PyTorch; columns: small
    feature maps by one matrix product of columns; auto: the faster here."""
    compile: Literal["auto", "on", "off", "graphs"] = "auto"
    """Compile the turns; graphs: also replay them as CUDA graphs; auto: on a GPU, if it saves time over the
    run's steps."""
    threads: int | None = None
    """CPU threads; None: measured at the start."""
    doctor: Literal["off", "watch", "repair"] = "off"
    """watch: check the run for problems at intervals, in a fiftieth of its time; repair: also go back to the
    last healthy checkpoint and apply a remedy."""
    doctor_every: int | None = None
    """Steps between two checks; None: measured at the start."""
    repairs: int = 5
    """Greatest number of remedies to try."""
    checkpoint_every: int = 500
    """Steps between checkpoints; the last two are kept, and those that the doctor needs."""
    sample_every: int = 500
    """Steps between grids of samples."""
    log_every: int = 20
    """Steps between rows of the event log."""
    frames: int = 120
    """Frames of the training movie, dense at the start and sparse at the end; 0: none."""
    overwrite: bool = False
    """Replace the run at `out`."""
