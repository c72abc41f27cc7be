"""Presets of the search for z: objective and optimiser of published algorithms and our own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from sparring.core.errors import BadInput, require_at_least
from sparring.core.optim import Adam, Optim


def importance(missing: Tensor, window: int = 7) -> Tensor:
    """Return the weights of the contextual loss, float32 (n, H, W), from `missing`, bool (n, H, W).

    The weight of a known pixel is the share of missing pixels among the others of the window x window
    square around it; a missing pixel has weight 0 (Yeh et al. 2017, arXiv:1607.07539, equation 3).  The
    square is cut at the picture's border: only pixels inside the picture count, in numerator and denominator.
    Known pixels further than window // 2 from every hole have weight 0.  `window` is odd and at least 3,
    else `ValueError`.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f"the window must be odd and at least 3, not {window}")
    holes = missing[:, None].to(torch.float32)
    kernel = torch.ones(1, 1, window, window, device=missing.device)
    near = F.conv2d(holes, kernel, padding=window // 2)
    others = F.conv2d(torch.ones_like(holes), kernel, padding=window // 2) - 1
    # In a picture of one pixel there are no other pixels.
    return (near / others.clamp(min=1) * (1 - holes))[:, 0]


@dataclass(frozen=True)
class Contextual:
    """Contextual loss: the sum of weight * |A(G(z)) - y|^power over known pixels and channels."""

    power: Literal[1, 2] = 2
    window: int | None = None
    """Side of the importance window (`importance`); None: every known pixel has weight 1."""
    mean: bool = False
    """Divide by the number of values (pixels times channels) with a weight above 0."""

    def weight(self, missing: Tensor) -> Tensor:
        """Return the weight of each pixel, float32 (n, 1, H, W), 0 where `missing`, bool (n, H, W)."""
        known = ~missing
        weight = known.to(torch.float32) if self.window is None else importance(missing, self.window)
        return weight[:, None]

    def __call__(self, fake: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """Return the loss of each row, (n,).

        `fake`, the pictures A(G(z)), and `y` are (n, C, H, W), `weight` is (n, 1, H, W).
        """
        gap = fake - y
        loss = (weight * (gap.abs() if self.power == 1 else gap.square())).sum((1, 2, 3))
        return loss / ((weight > 0).sum((1, 2, 3)) * y.shape[1]) if self.mean else loss


class Perceptual(Protocol):
    """Perceptual loss: from the discriminator's logits (n,) to one number per picture, (n,)."""

    def __call__(self, logits: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class MinimaxPerceptual:
    """Minimax loss: weight * log(1 - D(G(z))) = -weight * softplus(logit)."""

    weight: float

    def __call__(self, logits: Tensor) -> Tensor:
        return -self.weight * F.softplus(logits)


@dataclass(frozen=True)
class NonSaturatingPerceptual:
    """Non-saturating loss: -weight * log D(G(z)) = weight * softplus(-logit)."""

    weight: float

    def __call__(self, logits: Tensor) -> Tensor:
        return self.weight * F.softplus(-logits)


@dataclass(frozen=True)
class Preset:
    """Settings of the search for z.

    For each picture y, from each starting point z0, it minimises

        (1 - features) * contextual(A(G(z)), y) + features * sum |f(A(G(z))) - f(y)|
        + perceptual(D(G(z))) + smoothness * mean (z - z0)^2 + prior * energy(z)

    with f the inputs of the discriminator's last layer, of pictures that are 0 where missing.  After every
    step z is projected onto the prior's support.

    >>> Preset(steps=100, restarts=4).steps
    100
    """

    contextual: Contextual = field(default_factory=Contextual)
    perceptual: Perceptual | None = None
    features: float = 0.0
    """Share of the feature distance in the loss, 0 to 1; the contextual loss has the rest."""
    prior: float = 0.0
    """Weight of the prior energy, |z|^2 / 2 for a normal prior."""
    smoothness: float = 0.0
    """Weight of the mean square of z - z0 over the numbers of z."""
    optim: Optim = field(default_factory=Adam)
    steps: int = 1000
    restarts: int = 1
    """Searches per picture, from different starting points."""
    halvings: tuple[int, ...] = ()
    """Steps after which the worse half of each picture's restarts is dropped (successive halving)."""
    enough: float = 0.0
    """A picture's search ends when the root mean square of A(G(z)) - y is at most this, in a range of 2."""
    rounds: int = 1
    """Maximum number of searches of a picture, each from other starting points, until its residual is at most
    `retry_residual`; the round of least loss counts."""
    retry_residual: float = 0.0
    """Residual, root mean square of A(G(z)) - y in a range of 2, above which there is another round."""
    unclipped: bool = False
    """If the prior's support is [-1, 1], optimise u with z = tanh(u), which needs no projection."""
    cosine: bool = False
    """Cosine decay of the learning rate to 0; otherwise it is constant."""
    bank: int = 0
    """Size of the bank of random z, shared by all pictures, whose best matches are the starting points; 0:
    start from draws of the prior."""
    encoder_share: float = 0.0
    """Share of the restarts that start from the encoder, if there is one; 0: no encoder is used."""
    bf16: bool = False
    """Whether G and D compute in bfloat16 during the search; latents, losses, optimiser steps and results are
    float32."""
    calibrated: bool = False
    """Whether the run's calibration replaces settings of this preset, and its error model blends."""
    temperature: float = 0.0
    """0: the result is the restart of least loss.  Above 0: it is the mean of the restarts, weighted by
    softmax(-loss / (temperature * least loss)), an estimate of the posterior mean: its squared error is
    lower, and it is blurred where the restarts differ.  The temperature is relative to the least loss, which
    measures how far the generator is from the picture: if it can make the picture exactly, the best restart
    alone counts."""


def _without_steps(encoded: float) -> Preset:
    """Return a search without optimiser steps; the share `encoder_share` of it starts from an encoder."""
    return Preset(
        prior=0.2, steps=0, restarts=32, bank=8192, temperature=0.5, encoder_share=encoded, calibrated=True
    )


PRESETS: dict[str, Preset] = {
    # Measured on held-out digits of 16x16 and 8x8 pixels, where the perceptual loss gained under 0.05 dB and
    # took half the time again.  A generator that can make the picture exactly, given few known
    # pixels, does better with a prior of 0.02 and 100 steps.
    "default": Preset(
        prior=0.2,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=30,
        restarts=16,
        cosine=True,
        bank=1024,
        temperature=0.5,
        encoder_share=0.5,
        calibrated=True,
    ),
    # The weighted mean of the 32 nearest of 8192 draws, or of 16 of them and 16 draws of an encoder.
    "fast": _without_steps(0.5),
    # The same from an encoder alone, without a bank.
    "amortised": _without_steps(1.0),
    # For pictures that the generator can make exactly: weak prior, many steps, best restart alone.
    "faithful": Preset(
        prior=0.0002,
        optim=Adam(0.05, (0.9, 0.999)),
        steps=1000,
        restarts=32,
        halvings=(60, 160, 320, 480),
        enough=0.004,
        rounds=6,
        retry_residual=0.03,
        cosine=True,
        bank=4096,
        encoder_share=0.5,
    ),
    # Yeh et al. 2017, arXiv:1607.07539, equations 3 to 6.  The paper states Adam and 1500 steps, but no
    # learning rate: it is that of Amos.  It clips z to [-1, 1], its prior's support; a normal prior has none.
    "yeh2017": Preset(
        Contextual(1, window=7), MinimaxPerceptual(0.003), optim=Adam(0.01, (0.9, 0.999)), steps=1500
    ),
    # Amos 2016, Image completion with deep learning in TensorFlow: no window, -log D, z clipped as above.
    "bamos": Preset(Contextual(1), NonSaturatingPerceptual(0.1), optim=Adam(0.01, (0.9, 0.999)), steps=1000),
    # Bora et al. 2017, Compressed sensing using generative models, arXiv:1703.03208: the mean squared error
    # of the known values + 0.001 |z|^2, the best of 10 restarts.
    "csgm": Preset(Contextual(mean=True), prior=0.002, optim=Adam(0.1, (0.9, 0.999)), steps=500, restarts=10),
    # Zhu et al. 2016, Generative visual manipulation on the natural image manifold, arXiv:1609.03552, section
    # 4.1, with the known pixels in place of a user's colours.  Starts, steps, learning rate and tanh are
    # those of its program, where the smoothness weight is 5 for edits of one picture and 0 for random starts.
    # Here it is 1 towards each search's own start, as in the editor's `Smooth`.
    "igan": Preset(
        Contextual(mean=True),
        smoothness=1.0,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=40,
        restarts=64,
        unclipped=True,
    ),
}
"""Presets by name."""


def preset(name: str, *, steps: int | None = None, restarts: int | None = None) -> Preset:
    """Return the preset of `PRESETS` called `name`, with `steps` and `restarts` replaced if given.

    Names are "default", "fast", "amortised", "faithful", "yeh2017", "bamos", "csgm" and "igan".  `steps` is
    at least 1, or 0 for a preset with a bank, and `restarts` at least 1.  Raises `BadInput` otherwise.

    >>> preset("default", steps=100).steps
    100
    """
    if name not in PRESETS:
        raise BadInput(f"no preset '{name}'; there are {', '.join(PRESETS)}")
    chosen = PRESETS[name]
    for flag, value, least in (("--steps", steps, 0 if chosen.bank else 1), ("--restarts", restarts, 1)):
        require_at_least(flag, value, least)
    steps = chosen.steps if steps is None else steps
    return replace(chosen, steps=steps, restarts=chosen.restarts if restarts is None else restarts)
