"""The convolutions and products of a round, taken down as they happen and timed on their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.steps import quickest
from sparring.engine.game import Game

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear

SECONDS = 0.15
"""Least time over which one call is measured."""


@dataclass(frozen=True)
class Call:
    """A layer's product in a round: forward, and which of its two gradients are taken."""

    kind: str
    x: tuple[int, ...]
    weight: tuple[int, ...]
    stride: tuple[int, ...] = ()
    padding: tuple[int, ...] = ()
    wants: tuple[bool, bool] = (False, False)
    """The gradient at the input, and at the weight."""

    @property
    def products(self) -> int:
        """Multiply-adds of the forward pass and of each gradient alike."""
        one = prod(self.x) * prod(self.weight)
        if self.kind == "linear":
            return one // self.x[-1]
        if self.kind == "transposed":  # each place of the input is multiplied by the whole weight
            return one // self.x[1]
        return one // self.x[1] // prod(self.stride)

    @property
    def work(self) -> int:
        """Multiply-adds of all that is asked."""
        return self.products * (1 + sum(self.wants))

    def timed(self, dtype: torch.dtype, channels_last: bool) -> float:
        """Seconds of the forward pass and the gradients that are taken."""
        x, weight = torch.randn(self.x, dtype=dtype), torch.randn(self.weight, dtype=dtype)
        if channels_last and len(self.x) == 4:
            x, weight = (t.contiguous(memory_format=torch.channels_last) for t in (x, weight))
        forward, backward = self._products(x, weight)
        passes = [forward, *([backward] if any(self.wants) else [])]
        total = 0.0
        for once in passes:
            once()
            total += quickest(once, SECONDS)
        return total

    def _products(self, x: Tensor, weight: Tensor) -> tuple[Callable[[], Any], Callable[[], Any]]:
        if self.kind == "linear":
            g = torch.randn(*self.x[:-1], self.weight[0], dtype=x.dtype)
            parts = [lambda: g @ weight, lambda: g.T @ x]
            wanted = [part for part, want in zip(parts, self.wants, strict=True) if want]
            return lambda: x @ weight.T, lambda: [part() for part in wanted]
        ones, none = [1] * len(self.stride), [0] * len(self.stride)
        how = (list(self.stride), list(self.padding), ones, self.kind == "transposed", none, 1)
        forward = partial(torch.ops.aten.convolution, x, weight, None, *how)
        g = torch.randn_like(forward())
        mask = [*self.wants, False]
        return forward, partial(torch.ops.aten.convolution_backward, g, x, weight, None, *how, mask)


def calls(game: Game, once: Callable[[], None]) -> Counter[Call]:
    """What a round of `once`, which plays `game`, asks of its layers; each call with its number."""
    found: Counter[Call] = Counter()
    with _heard(game, found):
        once()
    return found


def fastest(found: Counter[Call]) -> dict[Call, float]:
    """Seconds of all calls of a kind, each at the best of two precisions and two layouts on this machine."""
    ways = [(dtype, last) for dtype in (torch.float32, torch.bfloat16) for last in (False, True)]
    return {call: number * min(call.timed(*way) for way in ways) for call, number in found.items()}


@contextmanager
def _heard(game: Game, found: Counter[Call]) -> Iterator[None]:
    layers = [layer for layer in game.nets.modules() if isinstance(layer, Layer)]
    hooks = [layer.register_forward_hook(partial(_note, found)) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _note(found: Counter[Call], layer: Layer, given: tuple[Tensor], out: Tensor) -> None:
    (x,) = given
    wants = (out.requires_grad and x.requires_grad, out.requires_grad and layer.weight.requires_grad)
    shapes = tuple(x.shape), tuple(layer.weight.shape)
    if isinstance(layer, nn.Linear):
        found[Call("linear", *shapes, wants=wants)] += 1
    else:
        kind = "transposed" if isinstance(layer, nn.ConvTranspose2d) else "convolution"
        padding = tuple(int(p) for p in layer.padding)
        found[Call(kind, *shapes, tuple(layer.stride), padding, wants)] += 1
