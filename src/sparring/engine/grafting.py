"""Load a checkpoint into a game whose nets differ slightly from the checkpoint's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from torch import Tensor

from sparring.engine.checkpoints import restore_optimiser, strip_prefix
from sparring.engine.game import Game


def has_same_tensors(game: Game, tensors: Mapping[str, Tensor]) -> bool:
    """Whether a checkpoint has exactly the tensors of the game's nets and averages, by name and shape."""
    for name, nets in (("nets", game.nets), ("averages", game.averages)):
        own = {key: tensor.shape for key, tensor in nets.state_dict().items()}
        if own != {key: tensor.shape for key, tensor in strip_prefix(f"{name}.", tensors).items()}:
            return False
    return True


def load_matching(game: Game, tensors: Mapping[str, Tensor], step: int) -> list[str]:
    """Load all nets that match from a checkpoint of slightly different nets; return the keys of the others.

    A net matches if, for each kind of tensor (weight, bias, ...), it has the same number of tensors with the
    same shapes in the same order; parts without weights may have been added or removed.  The other nets keep
    their initial weights.  An average that the checkpoint lacks starts from its net.  An optimiser's state is
    loaded if all nets that it moves match.
    """
    fresh = []
    for key, net in game.nets.items():
        matched = _matched(net.state_dict(), strip_prefix(f"nets.{key}.", tensors))
        if matched is None:
            fresh.append(key)
        else:
            net.load_state_dict(matched)
    for key, mean in game.averages.items():
        saved = strip_prefix(f"averages.{key}.", tensors)
        matched = _matched(mean.state_dict(), saved) if saved else None
        mean.load_state_dict(game.nets[key].state_dict() if matched is None else matched)
    for owner in game.optimisers:
        state = strip_prefix(f"optim.{owner}.", tensors)
        if state and not set(game.recipe.movers(owner)) & set(fresh):
            restore_optimiser(game.optimisers[owner], state)
    game.step = step
    return sorted(fresh)


def _matched(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Return the tensors of `other` under the names of `own`, or None if they do not match.

    Kinds of tensors that `other` lacks are taken from `own`.
    """
    own_kinds, other_kinds = _by_kind(own), _by_kind(other)
    result = dict(own)
    for kind, names in own_kinds.items():
        if kind not in other_kinds:
            if any(own[name].is_floating_point() and own[name].numel() > 1 for name in names):
                return None
            continue  # state of a part without weights
        shapes = [own[name].shape for name in names], [other[name].shape for name in other_kinds[kind]]
        if shapes[0] != shapes[1]:
            return None
        result.update(zip(names, (other[name] for name in other_kinds[kind]), strict=True))
    return result


def _by_kind(tensors: Mapping[str, Tensor]) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in tensors:
        kinds[name.rpartition(".")[2]].append(name)
    return kinds
