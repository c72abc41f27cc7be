"""mu + sigma z: what it computes, and where it cannot."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families.affine import Affine


def test_it_is_mu_plus_sigma_z_with_two_weights_a_dimension() -> None:
    net, z = Affine(1.5, 0.5)(Space((2,), 2)), torch.randn(7, 2)
    assert torch.equal(net(z), 1.5 + 0.5 * z)
    assert {name: p.shape for name, p in net.named_parameters()} == {"mu": (2,), "sigma": (2,)}


@pytest.mark.parametrize("space", [Space((2,), 3), Space((1, 8, 8), 64)])
def test_other_sizes_are_refused_in_one_line(space: Space) -> None:
    with pytest.raises(BadInput, match=r"^mu \+ sigma z needs .+$"):
        Affine()(space)
