"""Discriminators that are autoencoders: a low reconstruction error means a high score."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol, final

from torch import Tensor, nn

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import dcgan


class Decoder(Protocol):
    """A builder of generators from `space.latent` numbers to a sample."""

    def __call__(self, space: Space) -> nn.Module: ...


@dataclass(frozen=True)
class Discriminator:
    """Build D(x) = -mean |x - decode(encode(x))|^power, the mean over a sample's numbers; at most 0.

    The encoder is any discriminator with at least 2 `outputs`, which is the size of the code; the decoder is
    any generator.  So points and pictures of every family work.  As a mean, the energy does not grow with the
    size of the picture.  Raises `BadInput` for a power other than 1 or 2 and for a code of fewer than 2
    numbers.
    """

    encoder: DiscriminatorBuilder = field(default_factory=lambda: dcgan.Discriminator(norm=None, outputs=64))
    decoder: Decoder = field(default_factory=lambda: dcgan.Generator(norm=None))
    power: int = 2

    def __call__(self, space: Space) -> nn.Module:
        if self.power not in (1, 2):
            raise BadInput(f"an autoencoder's error has power 1 or 2, not {self.power}")
        if self.encoder.outputs < 2:
            raise BadInput(f"an autoencoder's code has at least 2 numbers, not {self.encoder.outputs}")
        inner = replace(space, latent=self.encoder.outputs)
        return AutoEncoder(self.encoder(space), self.decoder(inner), self.power)


@final
class AutoEncoder(nn.Module):
    """Data (n, *shape) -> minus the energy, (n,) float32; the energy is the mean reconstruction error."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, power: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.power = power

    def forward(self, x: Tensor) -> Tensor:
        error = (x.float() - self.reconstruct(x)).flatten(1)
        return -(error.abs() if self.power == 1 else error.square()).mean(1)

    def code(self, x: Tensor) -> Tensor:
        """The encoder's output for data (n, *shape): (n, m) float32, unbounded."""
        code: Tensor = self.encoder(x)
        return code

    def reconstruct(self, x: Tensor) -> Tensor:
        """The reconstruction decode(encode(x)), (n, *shape) float32."""
        reconstruction: Tensor = self.decoder(self.code(x))
        return reconstruction.float()
