"""Both players' gradients from one backward pass through the critic.

Shen et al. 2021, Training Generative Adversarial Networks in One Stage, arXiv:2103.00430.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.objectives.adversarial import Pair


@dataclass(frozen=True)
class OneStage:
    """The game of `pair` between D and G on one batch, each gradient taken before either steps.

    A sample's fake logit v is all that either loss sees of it, so that what the generator's loss wants of the
    sample is what the critic's loss does to it times (dL_G/dv) / (dL_D/dv): one backward pass through D
    carries both, with the sign and length of each sample's share set right between D and G.  Real and fake
    pass D as one batch; D must not tie samples together.
    """

    pair: Pair

    @property
    def turns(self) -> tuple[str, ...]:
        return ("D", "G")

    def __call__(self, n: Nets, b: Batch) -> dict[str, Terms]:
        fake: Tensor = n["G"](b.z)
        real_logit, fake_logit = n["D"](torch.cat([b.x, fake])).chunk(2)
        answer, generator = ratio(self.pair, real_logit, fake_logit)
        fake.register_hook(lambda slope: slope * answer.view(-1, *[1] * (slope.dim() - 1)))  # type: ignore[no-untyped-call]
        return {"D": {"adv": self.pair.d(real_logit, fake_logit)}, "G": {"adv": generator}}


def ratio(pair: Pair, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """(dL_G/dv) / (dL_D/dv) at each fake logit v, (n,), 0 where the critic's slope is; and L_G, a scalar."""
    with torch.enable_grad():
        real, twice = real.detach(), fake.detach().expand(2, -1).requires_grad_()
        theirs = pair.g(twice[1])
        (slopes,) = torch.autograd.grad(pair.d(real, twice[0]) + theirs, twice)
    return torch.where(slopes[0] == 0, 0.0, slopes[1] / slopes[0]), theirs.detach()


def lost(pair: Pair) -> bool:
    """Whether the critic's slope vanishes at logits where the generator's does not, as a hinge's does."""
    v = torch.linspace(-20, 20, 400)  # 0 is not among them: a single point does not matter
    return bool((ratio(pair, v, v)[0] == 0).any())
