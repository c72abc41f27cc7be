"""A discriminator that shares its features with a second net Q, and Q, which predicts a sample's codes.

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
from sparring.nets.heads.heads import TrunkNet
from sparring.nets.heads.joint import build_trunk, vector_batch_norm

FEATURES = 256
"""Units of the shared layer; a constant, as both nets must agree on it."""


@dataclass(frozen=True)
class SharedFeatures:
    """Build the discriminator with one more dense layer between its trunk and its logit.

    The layer has `FEATURES` units, which Q reads too.  Raises what `discriminator` raises.
    """

    discriminator: DiscriminatorBuilder

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = build_trunk(self.discriminator, space)
        shared = [nn.Linear(features, FEATURES), nn.LeakyReLU(0.2)]
        return SharedScore(nn.Sequential(trunk, *shared), nn.Linear(FEATURES, 1))


@dataclass(frozen=True)
class CodePredictor:
    """Build Q: shared features -> logits of the choices and means of the scales, by `width` hidden units.

    `codes` is the latent of the recipe.  Raises `BadInput` for a latent of another size.
    """

    codes: Codes = field(default_factory=Codes)
    width: int = 128

    def __call__(self, space: Space) -> nn.Module:
        if space.latent != self.codes.size:
            raise BadInput(
                f"Q predicts codes of {self.codes.size} numbers, but there are {space.latent}: "
                "set the latent's knobs and those of nets.Q.codes alike"
            )
        hidden = [
            nn.Linear(FEATURES, self.width, bias=False),
            *vector_batch_norm(self.width),
            nn.LeakyReLU(0.2),
        ]
        return CodePredictorNet(nn.Sequential(*hidden, nn.Linear(self.width, self.codes.length)), self.codes)


@final
class SharedScore(TrunkNet):
    """A discriminator in two parts, data (n, *shape) -> features (n, FEATURES) -> logits (n,), float32."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self.features(x))

    def read(self, features: Tensor) -> Tensor:
        """The discriminator's logits (n,) for features (n, FEATURES)."""
        logits: Tensor = self.head(features)
        return logits.float().squeeze(1)


@final
class CodePredictorNet(nn.Module):
    """Features (n, FEATURES) -> logits and means of the codes, (n, codes.length), float32."""

    def __init__(self, body: nn.Module, codes: Codes) -> None:
        super().__init__()
        self.body, self.codes = body, codes

    def forward(self, features: Tensor) -> Tensor:
        guess: Tensor = self.body(features)
        return guess.float()
