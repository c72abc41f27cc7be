"""A cache of a net's outputs on a batch that several turns share."""

from __future__ import annotations

from typing import Any, final

from torch import Tensor, nn


@final
class OutputCache:
    """A net's outputs on the inputs seen since the last `clear`, each with its graph.

    Inputs are compared by identity, not by value; only outputs that are tensors are cached.
    """

    def __init__(self, net: nn.Module) -> None:
        self.net = net
        self._made: list[tuple[tuple[Any, ...], Tensor]] = []

    def of(self, *inputs: Any) -> Any:
        """Return the net's output on `inputs`, cached if these very objects were seen before."""
        for cached, output in self._made:
            if len(cached) == len(inputs) and all(a is b for a, b in zip(cached, inputs, strict=True)):
                return output
        output = self.net(*inputs)
        if isinstance(output, Tensor):
            self._made.append((inputs, output))
        return output

    def clear(self) -> None:
        """Clear the cache; call it when the net's weights change."""
        self._made = []


@final
class CachedNet:
    """A net whose outputs are cached, as a turn's loss sees it; detached unless the turn moves the net.

    If the net does not move but an input requires gradients, the output is computed anew with its graph: the
    gradient of the net that moves passes through it.
    """

    def __init__(self, memory: OutputCache, moves: bool) -> None:
        self._memory, self._moves = memory, moves

    def __call__(self, *inputs: Any) -> Any:
        if not self._moves and any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
            return self._memory.net(*inputs)
        output = self._memory.of(*inputs)
        return output.detach() if isinstance(output, Tensor) and not self._moves else output

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory.net, name)
