"""Points that cannot leave a cube."""

from __future__ import annotations

import torch

from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.nets.wrappers.bounded import Bounded


def test_near_the_middle_it_is_the_inner_net_and_far_out_it_stops_at_the_limit() -> None:
    net = Bounded(mlp.Generator(16), 2.5)(Space((2,), 3))
    z = torch.randn(50, 3)
    near, far = net(1e-3 * z), net(1e4 * z)
    assert torch.allclose(near, net.inner(1e-3 * z), atol=1e-2)
    assert 2.4 < far.abs().max() <= 2.5
