"""Fully connected nets for points and small pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from torch import nn

from sparring.core.builders import PlainDiscriminator, PlainGenerator
from sparring.core.knobs import FIXED
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead, Score, sample_size


@dataclass(frozen=True)
class Generator(PlainGenerator):
    """Build G: `depth` hidden layers of `width` ReLUs from z to the sample."""

    width: int = 256
    depth: int = 2

    def __call__(self, space: Space) -> nn.Module:
        sizes = [space.latent, *[self.width] * self.depth]
        body = _hidden(sizes, nn.ReLU())
        return SampleHead(
            nn.Sequential(*body, nn.Linear(sizes[-1], sample_size(space)), nn.Unflatten(1, space.shape)),
            space,
        )


@dataclass(frozen=True)
class Discriminator(PlainDiscriminator):
    """Build D: `depth` hidden layers of `width` leaky ReLUs (0.2) from the sample to `outputs` logits."""

    width: int = 256
    depth: int = 2
    outputs: int = field(default=1, metadata=FIXED)

    def __call__(self, space: Space) -> nn.Module:
        sizes = [sample_size(space), *[self.width] * self.depth]
        head = nn.Linear(sizes[-1], self.outputs)
        return Score(nn.Sequential(nn.Flatten(), *_hidden(sizes, nn.LeakyReLU(0.2))), head)


def _hidden(sizes: list[int], activation: nn.Module) -> list[nn.Module]:
    return [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), activation)]
