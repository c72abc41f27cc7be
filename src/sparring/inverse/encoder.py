"""The encoder of a run, stored in the run's folder."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from sparring.core.recipe import Recipe
from sparring.core.run import Device
from sparring.engine.trained import TrainedNets, fingerprint, load_nets
from sparring.inverse.encoder_recipe import encoder_recipe
from sparring.runs.files import read_json

LOG = logging.getLogger(__name__)

FOLDER, SETTINGS_FILE = "encoder", "encoder.json"


@dataclass(frozen=True)
class EncoderTraining:
    """Settings of an encoder's training."""

    steps: int = 4000
    """Training steps."""
    width: int = 64
    """Channels of the encoder's first layer."""
    batch: int = 64
    """Samples per step."""
    lr: float = 1e-3
    """Learning rate; after three tenths of the steps it decays to 0."""
    seed: int = 0
    """Seed of the weights, samples and masks."""
    device: Device = "auto"
    """Device of the training; auto: a GPU if there is one."""
    threads: int | None = None
    """CPU threads; None: as in the run."""
    overwrite: bool = False
    """Replace an existing encoder."""


def load_encoder(folder: Path, trained: TrainedNets) -> nn.Module | None:
    """Return the encoder of the run at `folder` with averaged weights, frozen, in evaluation mode.

    Returns None if the run has no encoder.  Also returns None, and logs a warning, if the encoder's training
    is unfinished, or if it was trained for other weights of the generator than those of `trained`.
    """
    out = folder / FOLDER
    if not (out / SETTINGS_FILE).is_file():
        return None
    stored = read_json(out / SETTINGS_FILE)
    if "errors" not in stored:
        LOG.warning("%s: the encoder is not finished and is not used; `sparring encode` resumes it", out)
        return None
    if stored["generator"] != fingerprint(trained.generator()):
        LOG.warning("%s: the encoder is of another step of the run and is not used; encode again", out)
        return None
    return load_averaged(trained, out)


def load_averaged(trained: TrainedNets, out: Path) -> nn.Module:
    """Return the encoder in the folder `out` with averaged weights, frozen, in evaluation mode.

    `trained` are the nets of the run that the encoder belongs to; unlike in `load_encoder` this is not
    checked.
    """
    stored = read_json(out / SETTINGS_FILE)
    settings = EncoderTraining(**{key: stored[key] for key in asdict(EncoderTraining()) if key in stored})
    _, _, averages = load_nets(out, training_recipe(trained, settings), trained.space)
    E: nn.Module = averages["E"]
    return E.eval().requires_grad_(False)


def training_recipe(trained: TrainedNets, settings: EncoderTraining) -> Recipe:
    """Return `encoder_recipe` of a run's generator and prior, with `settings`' width, lr, batch and seed."""
    return encoder_recipe(
        trained.generator(),
        trained.recipe.latent,
        width=settings.width,
        lr=settings.lr,
        batch=settings.batch,
        seed=settings.seed,
    )
