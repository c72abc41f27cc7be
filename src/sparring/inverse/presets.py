"""What the search for z minimises, and how: published algorithms and our own, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.optim import Adam, Optim


def importance(missing: Tensor, window: int = 7) -> Tensor:
    """Weights of the contextual loss: float32 (n, H, W), from `missing`, bool (n, H, W).

    The weight of a known pixel is the share of missing pixels among the others of the window x window
    square round it, and that of a missing pixel is 0 (Yeh et al. 2017, arXiv:1607.07539, equation 3).  The
    square is cut at the picture's border: only pixels that exist are counted, in both parts of the share.
    Known pixels further than window // 2 from every hole weigh 0.  `window` is odd and at least 3.
    """
    if window < 3 or window % 2 == 0:
        raise ValueError(f"the window must be odd and at least 3, not {window}")
    holes = missing[:, None].to(torch.float32)
    kernel = torch.ones(1, 1, window, window, device=missing.device)
    near = F.conv2d(holes, kernel, padding=window // 2)
    others = F.conv2d(torch.ones_like(holes), kernel, padding=window // 2) - 1
    # A window of a single pixel, in a picture of one pixel, has no others.
    return (near / others.clamp(min=1) * (1 - holes))[:, 0]


@dataclass(frozen=True)
class Contextual:
    """Disagreement with the known pixels: the sum of weight * |G(z) - y|^power over pixels and channels."""

    power: Literal[1, 2] = 2
    window: int | None = None
    """Side of the importance window (`importance`); None: every known pixel weighs 1."""
    mean: bool = False
    """Divide by the number of known values."""

    def weight(self, missing: Tensor) -> Tensor:
        """The weight of each pixel, float32 (n, 1, H, W), 0 where `missing`, bool (n, H, W)."""
        known = ~missing
        weight = known.to(torch.float32) if self.window is None else importance(missing, self.window)
        return weight[:, None]

    def __call__(self, fake: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        """One number a picture, (n,), from (n, C, H, W) twice and (n, 1, H, W)."""
        gap = fake - y
        loss = (weight * (gap.abs() if self.power == 1 else gap.square())).sum((1, 2, 3))
        return loss / ((weight > 0).sum((1, 2, 3)) * y.shape[1]) if self.mean else loss


class Perceptual(Protocol):
    """How unreal a picture looks: from logits (n,) to one number a picture, (n,)."""

    def __call__(self, logits: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Minimax:
    """weight * log(1 - D(G(z))), which is -weight * softplus(logit)."""

    weight: float

    def __call__(self, logits: Tensor) -> Tensor:
        return -self.weight * F.softplus(logits)


@dataclass(frozen=True)
class NonSaturating:
    """-weight * log D(G(z)), which is weight * softplus(-logit)."""

    weight: float

    def __call__(self, logits: Tensor) -> Tensor:
        return self.weight * F.softplus(-logits)


@dataclass(frozen=True)
class Preset:
    """The search for z.  After every step z is projected on its prior's support (`Latent.project`)."""

    contextual: Contextual = field(default_factory=Contextual)
    perceptual: Perceptual | None = None
    features: float = 0.0
    """Share of the loss that is the sum of |f(G(z)) - f(y)|, f what the critic's last layer reads; the
    contextual part has the rest."""
    prior: float = 0.0
    """Weight of the prior's energy, |z|^2 / 2 where z is normal."""
    smoothness: float = 0.0
    """Weight of the mean square of z - z0, z0 being where the search began."""
    optim: Optim = field(default_factory=Adam)
    steps: int = 1000
    restarts: int = 1
    """Searches a picture."""
    halvings: tuple[int, ...] = ()
    """After so many steps the worse half of each picture's restarts is given up (successive halving)."""
    enough: float = 0.0
    """A picture's search ends when the root mean square of A(G(z)) - y is this, in units of a range of 2."""
    rounds: int = 1
    """So many times a picture is searched, each time from other starts, until its known values are `met`; the
    round of least loss counts."""
    met: float = 0.0
    """The root mean square of A(G(z)) - y from which on it is not searched again, in a range of 2."""
    unclipped: bool = False
    """Where the prior's support is [-1, 1], move u with z = tanh(u), which needs no projection."""
    cosine: bool = False
    """Let the rate fall to 0 along half a cosine; otherwise it stays."""
    bank: int = 0
    """Start from those of so many random z whose pictures agree best, one bank for all pictures; 0: draw."""
    encoded: float = 0.0
    """Of the restarts, the share that begins where an encoder says, if there is one; 0: none is used."""
    bf16: bool = False
    """Whether G and D compute in bfloat16 while searching; latents, losses, steps and what is answered stay
    float32."""
    calibrated: bool = False
    """Whether what was found on a run's held-out pictures replaces what is set here, and blends."""
    temperature: float = 0.0
    """0: the restart of least loss is the answer.  Above 0: the restarts' mean, weighted by
    softmax(-loss / (temperature * least loss)), an estimate of the mean of all plausible completions: nearer
    to the truth in squared error, and blurred where they differ.  Relative to the least loss, since that
    tells how far the generator is from the picture: one that can make it is taken at its word."""


def _still(encoded: float) -> Preset:
    """A search without a step, with a share of `encoded` that begins where an encoder says."""
    return Preset(
        prior=0.2, steps=0, restarts=32, bank=8192, temperature=0.5, encoded=encoded, calibrated=True
    )


PRESETS: dict[str, Preset] = {
    # Found by measurement on held-out digits of 16x16 and 8x8 pixels, where the discriminator's word added
    # under 0.05 dB and half the time again.  A generator that can make the picture exactly, given few known
    # pixels, does better with a prior of 0.02 and 100 steps.
    "default": Preset(
        prior=0.2,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=30,
        restarts=16,
        cosine=True,
        bank=1024,
        temperature=0.5,
        encoded=0.5,
        calibrated=True,
    ),
    # The mean of the 32 nearest of 8192 draws, or of 16 and as many that an encoder draws, weighted by how
    # near they are.
    "fast": _still(0.5),
    # The same from an encoder alone, so that no bank is made.
    "amortised": _still(1.0),
    # For pictures that the generator can make exactly: little prior, many steps, the best alone.
    "faithful": Preset(
        prior=0.0002,
        optim=Adam(0.05, (0.9, 0.999)),
        steps=1000,
        restarts=32,
        halvings=(60, 160, 320, 480),
        enough=0.004,
        rounds=6,
        met=0.03,
        cosine=True,
        bank=4096,
        encoded=0.5,
    ),
    # Yeh et al. 2017, arXiv:1607.07539, equations 3 to 6.  The paper names Adam and 1500 steps, no rate: the
    # rate is Amos's.  It restricts z to [-1, 1], its prior's box; under a normal prior nothing is clipped.
    "yeh2017": Preset(Contextual(1, window=7), Minimax(0.003), optim=Adam(0.01, (0.9, 0.999)), steps=1500),
    # Amos 2016, Image completion with deep learning in TensorFlow: no window, -log D, z clipped as above.
    "bamos": Preset(Contextual(1), NonSaturating(0.1), optim=Adam(0.01, (0.9, 0.999)), steps=1000),
    # Bora et al. 2017, Compressed sensing using generative models, arXiv:1703.03208: the mean squared error
    # of the known values + 0.001 |z|^2, the best of 10 restarts.
    "csgm": Preset(Contextual(mean=True), prior=0.002, optim=Adam(0.1, (0.9, 0.999)), steps=500, restarts=10),
    # Zhu et al. 2016, Generative visual manipulation on the natural image manifold, arXiv:1609.03552, section
    # 4.1, with the known pixels for a user's colours.  Starts, steps, rate and tanh are those of its program,
    # which holds edits to the latent of one picture by a weight of 5, and random starts by none.  Here each
    # search is held to its own start by 1, as by the editor's `Smooth`.
    "igan": Preset(
        Contextual(mean=True),
        smoothness=1.0,
        optim=Adam(0.1, (0.9, 0.999)),
        steps=40,
        restarts=64,
        unclipped=True,
    ),
}
"""Named searches."""


def preset(name: str, *, steps: int | None = None, restarts: int | None = None) -> Preset:
    """The search called `name`, with other steps and restarts where given; `BadInput` for what is none."""
    if name not in PRESETS:
        raise BadInput(f"no preset '{name}'; there are {', '.join(PRESETS)}")
    found = PRESETS[name]
    for flag, value, least in (("--steps", steps, 0 if found.bank else 1), ("--restarts", restarts, 1)):
        if value is not None and value < least:
            raise BadInput(f"{flag} {value}: give a whole number of at least {least}")
    steps = found.steps if steps is None else steps
    return replace(found, steps=steps, restarts=found.restarts if restarts is None else restarts)
