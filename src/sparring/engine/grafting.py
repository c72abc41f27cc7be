"""The weights of one game in the nets of another, as far as they fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from torch import Tensor

from sparring.engine.checkpoints import restore_optimiser, under
from sparring.engine.game import Game


def fits(game: Game, tensors: Mapping[str, Tensor]) -> bool:
    """Whether a checkpoint is of just these nets."""
    for name, nets in (("nets", game.nets), ("averages", game.averages)):
        own = {key: tensor.shape for key, tensor in nets.state_dict().items()}
        if own != {key: tensor.shape for key, tensor in under(f"{name}.", tensors).items()}:
            return False
    return True


def graft(game: Game, tensors: Mapping[str, Tensor], step: int) -> list[str]:
    """Take up what a checkpoint of a game with slightly other nets holds; the nets that stay as drawn.

    A net fits where it has as many tensors of each name (weight, bias, ...) with the same shapes in the same
    order: parts without weights may have come or gone.  An average that the checkpoint has not begins at its
    net.  An optimiser's memory is taken up where all nets that it moves fit.
    """
    fresh = []
    for key, net in game.nets.items():
        taken = _taken(net.state_dict(), under(f"nets.{key}.", tensors))
        if taken is None:
            fresh.append(key)
        else:
            net.load_state_dict(taken)
    for key, mean in game.averages.items():
        held = under(f"averages.{key}.", tensors)
        taken = _taken(mean.state_dict(), held) if held else None
        mean.load_state_dict(game.nets[key].state_dict() if taken is None else taken)
    for owner in game.optimisers:
        state = under(f"optim.{owner}.", tensors)
        if state and not set(game.recipe.movers(owner)) & set(fresh):
            restore_optimiser(game.optimisers[owner], state)
    game.step = step
    return sorted(fresh)


def _taken(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """The other's tensors by our names, ours where the other has none of that kind; None: they do not fit."""
    mine, theirs = _by_kind(own), _by_kind(other)
    found = dict(own)
    for kind, names in mine.items():
        if kind not in theirs:
            if any(own[name].is_floating_point() and own[name].numel() > 1 for name in names):
                return None
            continue  # the memory of a part without weights
        shapes = [own[name].shape for name in names], [other[name].shape for name in theirs[kind]]
        if shapes[0] != shapes[1]:
            return None
        found.update(zip(names, (other[name] for name in theirs[kind]), strict=True))
    return found


def _by_kind(tensors: Mapping[str, Tensor]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in tensors:
        kinds[name.rpartition(".")[2]].append(name)
    return kinds
