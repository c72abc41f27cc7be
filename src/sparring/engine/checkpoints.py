"""Checkpoints: tensors in safetensors, other state in JSON, written atomically and with checksums."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from sparring.core.errors import BadInput, Damaged
from sparring.engine.game import Game
from sparring.runs.files import sha256, write_errors_as_bad_input

LOG = logging.getLogger(__name__)

KEEP_LAST = 2
"""Number of checkpoints to keep; older ones are removed once a newer one is complete."""

TENSORS, STATE = "tensors.safetensors", "state.json"


def save(
    folder: Path,
    step: int,
    tensors: Mapping[str, Tensor],
    state: Mapping[str, Any],
    pinned: Collection[int] = (),
) -> Path:
    """Write a checkpoint to `folder`, in a subfolder named by the step (8 digits), and return that subfolder.

    All others but the last two and those at `pinned` steps are removed.  `tensors` are stored as safetensors,
    `state` as JSON, both with their SHA-256.
    """
    final = folder / f"{step:08d}"
    draft = folder / f".{final.name}.tmp"
    with write_errors_as_bad_input(final):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            blob = safetensors.torch.save({k: t.detach().cpu().contiguous() for k, t in tensors.items()})
            body = json.dumps(state, sort_keys=True)
            sums = {"tensors_sha256": sha256(blob), "state_sha256": sha256(body.encode())}
            seal = {**sums, "names": list(tensors), "state": state}
            _write(draft / TENSORS, blob)
            _write(draft / STATE, json.dumps(seal, sort_keys=True).encode())
            if final.exists():
                shutil.rmtree(final)
            os.replace(draft, final)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    for old in set(steps(folder)[:-KEEP_LAST]) - set(pinned):
        shutil.rmtree(folder / f"{old:08d}")
    return final


def remove_after(folder: Path, after: int) -> None:
    """Remove the checkpoints of all steps greater than `after`."""
    for step in steps(folder):
        if step > after:
            shutil.rmtree(folder / f"{step:08d}")


def steps(folder: Path) -> list[int]:
    """Return the steps of the checkpoints in `folder`, ascending."""
    if not folder.is_dir():
        return []
    return sorted(int(item.name) for item in folder.iterdir() if item.is_dir() and item.name.isdigit())


def load(folder: Path, until: int | None = None) -> tuple[int, dict[str, Tensor], dict[str, Any]]:
    """Read the newest undamaged checkpoint, of a step of at most `until` (None: any).

    Returns its step, tensors and state, as they were given to `save`.  Damaged checkpoints are skipped with a
    warning.  Raises `BadInput` if none is left.
    """
    candidates, damages = [step for step in steps(folder) if until is None or step <= until], []
    for step in reversed(candidates):
        try:
            content = _opened(folder / f"{step:08d}")
        except Damaged as error:
            damages.append(str(error))
            continue
        for damage in damages:
            LOG.warning("%s; the checkpoint before is used", damage)
        return step, *content
    problem = "every checkpoint is damaged" if candidates else "no checkpoint"
    raise BadInput(f"{folder}: {problem}; train again, or give another run")


def _opened(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        seal = json.loads((path / STATE).read_text())
        blob = (path / TENSORS).read_bytes()
        state, promised = seal["state"], (seal["tensors_sha256"], seal["state_sha256"])
        if promised != (sha256(blob), sha256(json.dumps(state, sort_keys=True).encode())):
            raise Damaged(f"{path}: does not match its checksum")
        stored = safetensors.torch.load(blob)  # in arbitrary order
        return {name: stored[name] for name in seal.get("names", sorted(stored))}, state
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise Damaged(f"{path}: is damaged ({type(error).__name__})") from error


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def game_tensors(game: Game) -> dict[str, Tensor]:
    """Return all tensors of a game that training changes, by dotted name.

    "nets.KEY..." are the nets' weights and buffers, "averages.KEY..." those of the averages,
    "optim.TURN.I.FIELD" the state of an optimiser for its I-th parameter, and, if a turn has a gate,
    "terms.TURN.TERM" the latest terms.
    """
    tensors = {f"nets.{k}": t for k, t in game.nets.state_dict().items()}
    tensors |= {f"averages.{k}": t for k, t in game.averages.state_dict().items()}
    for owner, optimiser in game.optimisers.items():
        for index, state in optimiser.state_dict()["state"].items():
            tensors |= {
                f"optim.{owner}.{index}.{k}": torch.as_tensor(v) for k, v in state.items() if v is not None
            }
    if any(turn.gate is not None for turn in game.recipe.turns.values()):
        tensors |= {f"terms.{name}": value for name, value in game.terms.items()}  # gates read them
    return tensors


def restore_game(game: Game, tensors: Mapping[str, Tensor], step: int) -> None:
    """Restore a game to `step` and to `tensors`, named as `game_tensors` returns them, bit for bit.

    The optimisers' state gets the memory layout that the optimisers themselves would use.
    """
    for name, module in (("nets", game.nets), ("averages", game.averages)):
        module.load_state_dict(strip_prefix(f"{name}.", tensors))
    for owner, optimiser in game.optimisers.items():
        restore_optimiser(optimiser, strip_prefix(f"optim.{owner}.", tensors))
    game.terms = {
        name: value.to(game.machine.device) for name, value in strip_prefix("terms.", tensors).items()
    }
    game.step = step


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Replace an optimiser's state by `tensors`, keyed "INDEX.FIELD", e.g. "0.exp_avg".

    INDEX is the position of the parameter among all parameters of the optimiser.
    """
    parameters = [(p, group) for group in optimiser.param_groups for p in group["params"]]
    optimiser.state.clear()
    for key, tensor in tensors.items():
        index, field = key.split(".", 1)
        parameter, group = parameters[int(index)]
        optimiser.state[parameter][field] = _laid_out(field, tensor, parameter, bool(group.get("fused")))


def _laid_out(field: str, tensor: Tensor, parameter: Tensor, fused: bool) -> Tensor:
    """Copy a state tensor to the device and memory layout that the optimiser itself would use."""
    if field == "step":  # fused optimisers keep the count on the device of the weights, others on the CPU
        return tensor.to(parameter.device) if fused else tensor.clone()
    return torch.empty_like(parameter, requires_grad=False).copy_(tensor)


def strip_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names start with `prefix`, keyed by the rest of the name."""
    return {key[len(prefix) :]: t for key, t in tensors.items() if key.startswith(prefix)}
