"""Transformations of the discriminator's inputs, in training alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.heads import Score
from sparring.nets.layers.virtual_batch_norm import ReferenceBatchNet


@dataclass(frozen=True)
class TransformedInput:
    """The net that `inner` builds, its inputs transformed by the module that `entry` builds.

    The type of the net is unchanged, and its features too are those of transformed data.  Raises `BadInput`
    for tokens, which cannot be transformed, and what `inner` and `entry` raise.
    """

    inner: Builder
    entry: Builder

    def __call__(self, space: Space) -> nn.Module:
        if space.tokens:
            raise BadInput("noise and augmentations need numbers, but the data are sequences of tokens")
        net, entry = self.inner(space), self.entry(space)
        score = net.net if isinstance(net, ReferenceBatchNet) else net
        if isinstance(score, Score):  # its features do not pass through its forward
            score.trunk = nn.Sequential(entry, score.trunk)
        else:
            net.add_module("entry", entry)
            net.register_forward_pre_hook(_transform_first)
        return net


def _transform_first(net: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    entry: Callable[[Tensor], Tensor] = net.get_submodule("entry")
    return (entry(inputs[0]), *inputs[1:])


@dataclass(frozen=True)
class InstanceNoise:
    """Build Gaussian noise on a discriminator's inputs, real and fake, that fades to 0 during training.

    Its standard deviation is std * max(0, 1 - progress / until), in the unit of the data.
    """

    std: float = 0.1
    until: float = 0.5

    def __call__(self, space: Space) -> nn.Module:
        return FadingNoise(self.std, self.until)


@final
class FadingNoise(nn.Module):
    """x + s N(0, I) in training, with s falling linearly to 0 at progress `until` in [0, 1).

    With noise the supports of data and fakes overlap, so that no discriminator can separate them perfectly.
    Arjovsky and Bottou 2017, arXiv:1701.04862, section 3; Sonderby et al. 2016, arXiv:1610.04490.
    """

    left: Tensor

    def __init__(self, std: float, until: float) -> None:
        super().__init__()
        self.std, self.until = std, until
        self.register_buffer("left", torch.ones(()), persistent=False)

    def set_progress(self, progress: float) -> None:
        """Set the noise for this progress in [0, 1) of the run."""
        self.left.fill_(max(0.0, 1 - progress / self.until))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * self.left * torch.randn_like(x) if self.training else x
