"""A critic whose features a second net reads as well, and that net: it guesses the codes behind a sample.

Chen et al. 2016, arXiv:1606.03657, section 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from torch import Tensor, nn

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.codes import Codes
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.heads.joint import flat_norm, trunk_of

FEATURES = 256
"""Units of the layer that both nets read: no knob, for they must agree."""


@dataclass(frozen=True)
class Shared:
    """The critic with one dense layer more between its trunk and its logit; errors as the critic's."""

    critic: DiscriminatorBuilder

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = trunk_of(self.critic, space)
        seen = [nn.Linear(features, FEATURES), nn.LeakyReLU(0.2)]
        return SharedScore(nn.Sequential(trunk, *seen), nn.Linear(FEATURES, 1))


@dataclass(frozen=True)
class Guess:
    """Q: `width` hidden units from the shared features to logits of the choices and means of the scales.

    `codes` is the latent of the recipe; `BadInput` where that has another size.
    """

    codes: Codes = field(default_factory=Codes)
    width: int = 128

    def __call__(self, space: Space) -> nn.Module:
        if space.latent != self.codes.size:
            raise BadInput(
                f"Q guesses the codes in {self.codes.size} numbers, but there are {space.latent}: "
                "set the latent's knobs and those of nets.Q.codes alike"
            )
        hidden = [nn.Linear(FEATURES, self.width, bias=False), *flat_norm(self.width), nn.LeakyReLU(0.2)]
        return Guessed(nn.Sequential(*hidden, nn.Linear(self.width, self.codes.length)), self.codes)


@final
class SharedScore(nn.Module):
    """A critic in two halves, data (n, *shape) -> features (n, FEATURES) -> logits (n,), all float32."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.features(x))

    def features(self, x: Tensor) -> Tensor:
        """What both heads read."""
        found: Tensor = self.trunk(x)
        return found.float()

    def read(self, features: Tensor) -> Tensor:
        """The critic's judgement of what has been seen."""
        logits: Tensor = self.head(features)
        return logits.float().squeeze(1)


@final
class Guessed(nn.Module):
    """Features (n, FEATURES) -> what they say of the codes, (n, codes.length), float32."""

    def __init__(self, body: nn.Module, codes: Codes) -> None:
        super().__init__()
        self.body, self.codes = body, codes

    def forward(self, features: Tensor) -> Tensor:
        guess: Tensor = self.body(features)
        return guess.float()
