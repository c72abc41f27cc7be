"""Train an encoder for a run, and store it in the run directory."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from sparring.core.errors import BadInput, require_at_least
from sparring.core.run import Run
from sparring.data.dataset import Dataset
from sparring.engine.machine import Machine, with_machine
from sparring.engine.trained import CHECKPOINTS, fingerprint
from sparring.engine.trainer import Outcome, Trainer
from sparring.inverse.encoder import FOLDER, SETTINGS_FILE, EncoderTraining, load_averaged, training_recipe
from sparring.inverse.initial import gaussian, with_mask
from sparring.inverse.masks import masks
from sparring.runs.files import prepare_folder, read_json, write_json
from sparring.runs.pictures import as_arrays
from sparring.tasks.opening.loaded import LoadedRun, load_for_search

LOG = logging.getLogger(__name__)

PARTS = (SETTINGS_FILE, "events.jsonl", CHECKPOINTS, "samples")
PLACEHOLDERS = 64
"""Number of placeholder pictures: the trainer needs data, but the encoder's game reads none."""

TEST_SAMPLES = 256
"""Fresh samples on which the finished encoder is tested."""


def encode(folder: Path, options: EncoderTraining, *, quiet: bool = False) -> dict[str, Any]:
    """Train an encoder for the run at `folder`, or resume an unfinished one; return its settings and errors.

    It learns from samples of the run's generator, without data.  The entries are the options but "device",
    "generator" (a hash of its weights), "step" and, unless the training was stopped, "errors"
    (`hole_errors`).  Raises `BadInput` if the run makes no pictures from latents, or if a finished encoder,
    or one of other settings, is stored there and `options.overwrite` is not set.
    """
    loaded = load_for_search(folder)
    for flag in ("steps", "width", "batch", "threads"):
        require_at_least(f"--{flag}", asdict(options)[flag])
    out = loaded.folder / FOLDER
    settings = {key: value for key, value in asdict(options).items() if key != "device"}
    wanted = {**settings, "overwrite": False, "generator": fingerprint(loaded.trained.generator())}
    if options.overwrite or not _unfinished(out, wanted):
        prepare_folder(out, options.overwrite, PARTS)
        write_json(out / SETTINGS_FILE, wanted)
    outcome = _train(loaded, options, out, quiet)
    report: dict[str, Any] = {**wanted, "step": outcome.step}
    if not outcome.stopped:
        report["errors"] = hole_errors(loaded, load_averaged(loaded.trained, out), options.seed)
        write_json(out / SETTINGS_FILE, report)
    return report


def _unfinished(out: Path, wanted: dict[str, Any]) -> bool:
    """Return whether an unfinished encoder of the same settings is stored; `BadInput` for any other."""
    if not (out / SETTINGS_FILE).is_file():
        return False
    stored = read_json(out / SETTINGS_FILE)
    if {key: stored.get(key) for key in wanted} != wanted:
        raise BadInput(
            f"{out}: holds an encoder of other settings, or of the run at another step; "
            "give --overwrite to replace it"
        )
    if "errors" in stored:
        raise BadInput(f"{out}: holds a finished encoder; give --overwrite to train it again")
    LOG.info("resuming the encoder at %s", out)
    return True


def _train(loaded: LoadedRun, options: EncoderTraining, out: Path, quiet: bool) -> Outcome:
    recipe, x = (
        training_recipe(loaded.trained, options),
        as_arrays(loaded.trained.draw(PLACEHOLDERS, options.seed)),
    )
    dataset, machine = (
        Dataset(x, loaded.trained.space.shape, "samples"),
        loaded.machine(options.threads, options.device),
    )
    with machine.activate(loaded.trained.nets):  # G is one of the nets of the encoder's game
        run = _run(loaded, options, out, machine)
        trainer = Trainer(recipe, run, loaded.trained.space, dataset, np.arange(PLACEHOLDERS), (0,))
        trainer.resume()
        return trainer.go(quiet=quiet)


def _run(loaded: LoadedRun, options: EncoderTraining, out: Path, machine: Machine) -> Run:
    """Return the run's settings, resolved for this machine if its device differs; no doctor and no movie."""
    run = loaded.record.run
    if run.device != machine.device:
        run = with_machine(run, machine)
    return replace(
        run,
        data="samples",
        out=out,
        steps=options.steps,
        batch=options.batch,
        seed=options.seed,
        threads=machine.threads,
        compile="off",
        doctor="off",
        frames=0,
        sample_every=options.steps,
    )


@torch.no_grad()
def hole_errors(loaded: LoadedRun, E: nn.Module, seed: int) -> dict[str, dict[str, float]]:
    """Return root mean square errors of G(E(x)) on 256 fresh samples x by kind of hole, in a range of 2.

    E sees x with the hole at 0 and the mask; the mean of its Gaussian is decoded.  The kinds are "centre",
    "half", "pattern:0.25" and "random:0.8"; each has "missing" and "known", the errors over these pixels.
    """
    G, latent = loaded.trained.generator(), loaded.trained.recipe.latent
    x = G(latent.sample(TEST_SAMPLES, torch.Generator().manual_seed(seed + 1)))
    height, width = x.shape[2:]
    by_kind: dict[str, dict[str, float]] = {}
    for kind in ("centre", "half", "pattern:0.25", "random:0.8"):
        missing = torch.from_numpy(masks(kind, TEST_SAMPLES, height, width, seed + 1))[:, None]
        mean, _ = gaussian(E(with_mask(torch.where(missing, 0.0, x), missing[:, 0])))
        square = (G(mean) - x).square().mean(1, keepdim=True)
        by_kind[kind] = {
            "missing": round(float(square[missing].mean().sqrt()), 4),
            "known": round(float(square[~missing].mean().sqrt()), 4),
        }
    return by_kind
