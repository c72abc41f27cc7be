"""How a run's pictures are searched for: a preset, with what is known of the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import nn

from sparring.engine.trained import Trained
from sparring.inverse.blend.poisson import Blend, poisson
from sparring.inverse.calibration import Calibration, tuning
from sparring.inverse.encoder import encoder
from sparring.inverse.presets import Preset, preset

Precision = Literal["auto", "fp32", "bf16"]
"""In which the nets of a search compute; auto: what calibration found, and fp32 for published searches."""


@dataclass(frozen=True)
class Plan:
    """A search of one run."""

    preset: Preset
    E: nn.Module | None
    """The run's encoder, where the preset has use for one and the run has one."""
    tuned: Calibration

    @property
    def blend(self) -> Blend:
        """By what is known of the run's errors where the preset is calibrated, by gradients where it is as
        published."""
        return self.tuned.errors if self.preset.calibrated else poisson


def planned(
    folder: Path,
    trained: Trained,
    name: str = "default",
    *,
    steps: int | None = None,
    restarts: int | None = None,
    encoded: bool = True,
    precision: Precision = "auto",
    holes: bool = True,
) -> Plan:
    """The preset called `name` for the run at `folder`; `encoded`: with its encoder, if there is one.

    `holes` says whether the damage is of missing pixels alone, as calibration's is.
    Raises `BadInput` for what is no preset.
    """
    search = preset(name, steps=steps, restarts=restarts)
    tuned, _ = tuning(folder, trained)
    E = encoder(folder, trained) if encoded and search.encoded else None
    search = tuned.preset(search, holes=holes) if search.calibrated else search
    return Plan(search if precision == "auto" else replace(search, bf16=precision == "bf16"), E, tuned)
