"""Options of `complete`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sparring.core.run import Device
from sparring.inverse.calibration import Precision

PRESET = Literal["default", "fast", "amortised", "faithful", "yeh2017", "bamos", "csgm", "igan"]


@dataclass(frozen=True)
class CompletionTask:
    """Options of completion: the pictures, their masks, the search and the output folder."""

    data: str
    """Pictures to complete, as for `sparring train --data`.  A picture, or a folder of pictures, keeps its
    size."""
    mask: str
    """Missing pixels: centre, half, left, pattern:0.25, random:0.8, FILE.png, FOLDER of masks, alpha.  Files
    are of the pictures' size."""
    out: Path
    """Folder to write."""
    at_run_size: bool = False
    """Bring pictures of other sizes to the run's, for comparisons: with scores where they are undamaged, and
    with four baselines."""
    limit: int | None = None
    """Maximum number of pictures; None: all."""
    seed: int = 0
    """Seed of masks and starting points."""
    preset: PRESET = "default"
    """Preset of the search: default, fast, amortised and faithful are ours, the others are as published."""
    restarts: int | None = None
    """Restarts per picture; None: those of the preset."""
    steps: int | None = None
    """Steps of a search; None: those of the preset."""
    blend: Literal["auto", "measured", "spline", "poisson", "paste"] = "auto"
    """How generated pixels are inserted: measured (by the errors found in calibration), spline, poisson (by
    their gradients) or paste (unchanged); auto: the best in calibration; poisson for published searches."""
    keep: int = 0
    """Distinct completions of each picture to write as well, ranked by loss, with a map of their spread."""
    movie: bool = False
    """Also write movie.gif, which shows the search for the first few pictures."""
    encoder: Literal["auto", "off"] = "auto"
    """auto: start the default search from the run's encoder (`sparring encode`), if any; off: do not."""
    precision: Precision = "auto"
    """Precision of the nets during the search; auto: bf16 where calibration found it faster and as good, else
    fp32.  The final pictures are made in fp32."""
    invert_mask: bool = False
    """White marks known pixels instead of missing ones."""
    truth: Literal["auto", "given", "none"] = "auto"
    """Whether the pictures are undamaged, so that completions are scored against them; auto: unless the mask
    is alpha or a file."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""
