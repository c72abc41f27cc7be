"""Train an encoder for a run, keep it beside the run's checkpoints, and find it again."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.run import Run
from sparring.data.dataset import Dataset
from sparring.engine.machine import Machine, resolved
from sparring.engine.trained import CHECKPOINTS, fingerprint
from sparring.engine.trainer import Outcome, Trainer
from sparring.inverse.encoder import FOLDER, MARK, Encoding, net, player
from sparring.inverse.initial import gaussian, with_mask
from sparring.inverse.masks import masks
from sparring.runs.files import claim, read_json, write_json
from sparring.runs.pictures import as_arrays
from sparring.tasks.opening.loaded import Loaded, load

LOG = logging.getLogger(__name__)

PARTS = (MARK, "events.jsonl", CHECKPOINTS, "samples")
FED = 64
"""Pictures that stand in for data: the trainer asks for some, the encoder's game reads none."""

TRIED = 256
"""Fresh samples that the finished encoder is tried on."""


def encode(folder: Path, given: Encoding, *, quiet: bool = False) -> dict[str, Any]:
    """Train an encoder for the run at `folder`, or go on with one that is not finished.

    It learns from what the run's generator makes, without data.  What is handed back says how well G of its
    answer meets samples never seen: root mean square errors by kind of hole, over missing and known pixels.
    Raises `BadInput` where the run makes no pictures from latents, and where an encoder is finished there.
    """
    held = load(folder)
    held.require_pictures()
    for flag in ("steps", "width", "batch", "threads"):
        value = asdict(given)[flag]
        if value is not None and value < 1:
            raise BadInput(f"--{flag} {value}: give a whole number of at least 1")
    out = held.folder / FOLDER
    settings = {key: value for key, value in asdict(given).items() if key != "device"}
    wanted = {**settings, "overwrite": False, "generator": fingerprint(held.trained.generator())}
    if given.overwrite or not _unfinished(out, wanted):
        claim(out, given.overwrite, PARTS)
        write_json(out / MARK, wanted)
    outcome = _trained(held, given, out, quiet)
    report: dict[str, Any] = {**wanted, "step": outcome.step}
    if not outcome.stopped:
        report["errors"] = errors(held, net(held.trained, out), given.seed)
        write_json(out / MARK, report)
    return report


def _unfinished(out: Path, wanted: dict[str, Any]) -> bool:
    """Whether an encoder of the same settings has begun there; `BadInput` where it is of others, or done."""
    if not (out / MARK).is_file():
        return False
    there = read_json(out / MARK)
    if {key: there.get(key) for key in wanted} != wanted:
        raise BadInput(
            f"{out}: holds an encoder of other settings, or of the run at another step; --overwrite it"
        )
    if "errors" in there:
        raise BadInput(f"{out}: holds a finished encoder; give --overwrite to train it anew")
    LOG.info("going on with the encoder at %s", out)
    return True


def _trained(held: Loaded, given: Encoding, out: Path, quiet: bool) -> Outcome:
    recipe, x = player(held.trained, given), as_arrays(held.trained.draw(FED, given.seed))
    dataset, here = Dataset(x, held.trained.space.shape, "samples"), held.machine(given.threads, given.device)
    with here.in_force(held.trained.nets):  # G plays in the encoder's game
        run = _run(held, given, out, here)
        trainer = Trainer(recipe, run, held.trained.space, dataset, np.arange(FED), (0,))
        trainer.resume()
        return trainer.go(quiet=quiet)


def _run(held: Loaded, given: Encoding, out: Path, here: Machine) -> Run:
    """The run's own settings where it was trained on such a device; nothing of its doctor or movie."""
    kept = held.record.run
    if kept.device != here.device:
        kept = resolved(kept, here)
    return replace(
        kept,
        data="samples",
        out=out,
        steps=given.steps,
        batch=given.batch,
        seed=given.seed,
        threads=here.threads,
        compile="off",
        doctor="off",
        frames=0,
        sample_every=given.steps,
    )


@torch.no_grad()
def errors(held: Loaded, E: nn.Module, seed: int) -> dict[str, dict[str, float]]:
    """By kind of hole, root mean square errors of G(mean) on fresh samples, in a range of 2."""
    G, latent = held.trained.generator(), held.trained.recipe.latent
    x = G(latent.sample(TRIED, torch.Generator().manual_seed(seed + 1)))
    height, width = x.shape[2:]
    found: dict[str, dict[str, float]] = {}
    for kind in ("centre", "half", "pattern:0.25", "random:0.8"):
        missing = torch.from_numpy(masks(kind, TRIED, height, width, seed + 1))[:, None]
        mean, _ = gaussian(E(with_mask(torch.where(missing, 0.0, x), missing[:, 0])))
        square = (G(mean) - x).square().mean(1, keepdim=True)
        found[kind] = {
            "missing": round(float(square[missing].mean().sqrt()), 4),
            "known": round(float(square[~missing].mean().sqrt()), 4),
        }
    return found
