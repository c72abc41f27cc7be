"""What a net made of the batch that several turns see, kept so that it is not made twice."""

from __future__ import annotations

from typing import Any, final

from torch import Tensor, nn


@final
class Memory:
    """What a net made of tensors that are still the same, each with its graph."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self._made: list[tuple[tuple[Any, ...], Tensor]] = []

    def of(self, *given: Any) -> Any:
        """What the net makes of `given`, made now or remembered."""
        for before, made in self._made:
            if len(before) == len(given) and all(a is b for a, b in zip(before, given, strict=True)):
                return made
        made = self.net(*given)
        if isinstance(made, Tensor):
            self._made.append((given, made))
        return made

    def forget(self) -> None:
        """To be called when the net's weights change."""
        self._made = []


@final
class Seen:
    """A net as a turn's loss sees it: its outputs come from memory, without their graph unless it moves.

    One that does not move and is asked about what a mover made is asked anew: the mover's slope passes it.
    """

    def __init__(self, memory: Memory, moves: bool) -> None:
        self._memory, self._moves = memory, moves

    def __call__(self, *given: Any) -> Any:
        if not self._moves and any(isinstance(one, Tensor) and one.requires_grad for one in given):
            return self._memory.net(*given)
        made = self._memory.of(*given)
        return made.detach() if isinstance(made, Tensor) and not self._moves else made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory.net, name)
