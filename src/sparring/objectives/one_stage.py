"""The gradients of D and G from one backward pass through D.

Shen et al. 2021, Training Generative Adversarial Networks in One Stage, arXiv:2103.00430.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.knobs import FIXED
from sparring.core.recipe import DISCRIMINATOR, GENERATOR
from sparring.objectives.adversarial import LossPair


@dataclass(frozen=True)
class OneStage:
    """The losses of `pair` for D and G on one batch, whose gradients are both taken before either steps.

    Returns {D's key: {"adv": L_D}, G's key: {"adv": L_G}}; L_G has no graph.  Both losses depend on a fake
    through its logit v alone, so that the gradient of L_G at the fake is that of L_D times (dL_G/dv) /
    (dL_D/dv).  One backward pass through D gives both; a hook on the fakes multiplies the gradient by this
    ratio.  Real and fake pass D as one batch; D must treat samples independently.
    """

    pair: LossPair
    discriminator: str = field(default=DISCRIMINATOR, metadata=FIXED)
    """Key of the discriminator and of its turn."""
    generator: str = field(default=GENERATOR, metadata=FIXED)

    @property
    def turns(self) -> tuple[str, ...]:
        return (self.discriminator, self.generator)

    def __call__(self, n: Nets, b: Batch) -> dict[str, Terms]:
        fake: Tensor = n[self.generator](b.z)
        real_logit, fake_logit = n[self.discriminator](torch.cat([b.x, fake])).chunk(2)
        factor, generator = gradient_ratio(self.pair, real_logit, fake_logit)
        fake.register_hook(lambda grad: grad * factor.view(-1, *[1] * (grad.dim() - 1)))  # type: ignore[no-untyped-call]
        discriminator = self.pair.d(real_logit, fake_logit)
        return {self.discriminator: {"adv": discriminator}, self.generator: {"adv": generator}}


def gradient_ratio(pair: LossPair, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """Return (dL_G/dv) / (dL_D/dv) at each fake logit v, (n,), and L_G, a scalar, both without a graph.

    `real` and `fake` are logits (n,) of data and fakes.  The ratio is 0 where dL_D/dv is 0.
    """
    with torch.enable_grad():
        real, twice = real.detach(), fake.detach().expand(2, -1).requires_grad_()
        generator = pair.g(twice[1])
        (grads,) = torch.autograd.grad(pair.d(real, twice[0]) + generator, twice)
    return torch.where(grads[0] == 0, 0.0, grads[1] / grads[0]), generator.detach()


def loses_generator_gradient(pair: LossPair) -> bool:
    """Return whether `gradient_ratio` is 0 at any of 400 logits from -20 to 20.

    Then `OneStage` would lose the generator's gradient: with a hinge loss dL_D/dv is 0 where dL_G/dv is not.
    """
    v = torch.linspace(-20, 20, 400)  # without 0, as a single point does not matter
    return bool((gradient_ratio(pair, v, v)[0] == 0).any())
