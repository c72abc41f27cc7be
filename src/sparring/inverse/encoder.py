"""The encoder that stands beside a run's checkpoints."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from sparring.core.recipe import Recipe
from sparring.core.run import Device
from sparring.engine.trained import Trained, fingerprint, saved
from sparring.inverse.encoder_recipe import Learning, game
from sparring.runs.files import read_json

LOG = logging.getLogger(__name__)

FOLDER, MARK = "encoder", "encoder.json"


@dataclass(frozen=True)
class Encoding:
    """How to train an encoder."""

    steps: int = 4000
    """Steps of the encoder."""
    width: int = 64
    """Channels of its first layer."""
    batch: int = 64
    """Samples a step."""
    lr: float = 1e-3
    """Its rate, falling to 0 after three tenths of the steps."""
    seed: int = 0
    """Seed of its weights, samples and holes."""
    device: Device = "auto"
    """Where to train it; auto: on a GPU where there is one."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    overwrite: bool = False
    """Replace an encoder that stands there."""


def encoder(folder: Path, trained: Trained) -> nn.Module | None:
    """The encoder of the run at `folder`, frozen, in evaluation mode; None where none is of it as it is."""
    out = folder / FOLDER
    if not (out / MARK).is_file():
        return None
    there = read_json(out / MARK)
    if "errors" not in there:
        LOG.warning("%s: the encoder is not finished and not used; `sparring encode` goes on with it", out)
        return None
    if there["generator"] != fingerprint(trained.generator()):
        LOG.warning("%s: the encoder is of the run at another step and not used; encode again", out)
        return None
    return net(trained, out)


def net(trained: Trained, out: Path) -> nn.Module:
    """The averaged encoder at `out`."""
    there = read_json(out / MARK)
    given = Encoding(**{key: there[key] for key in asdict(Encoding()) if key in there})
    _, _, averages = saved(out, player(trained, given), trained.space)
    found: nn.Module = averages["E"]
    return found.eval().requires_grad_(False)


def player(trained: Trained, given: Encoding) -> Recipe:
    """The encoder's game on a run's generator."""
    how = Learning(given.width, given.lr, batch=given.batch)
    return game(trained.generator(), trained.recipe.latent, how, given.seed)
