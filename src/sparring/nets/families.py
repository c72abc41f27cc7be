"""Families of nets that may stand in for a recipe's own."""

from __future__ import annotations

from collections.abc import Mapping

from sparring.core.recipe import Builder
from sparring.nets import dcgan, mlp, resnet

FAMILIES: Mapping[str, Mapping[str, Builder]] = {
    "mlp": {"G": mlp.Generator(), "D": mlp.Critic()},
    "dcgan": {"G": dcgan.Generator(), "D": dcgan.Critic(norm=None)},
    "resnet": {"G": resnet.Generator(), "D": resnet.Critic()},
}
"""By name: the generator and the critic.  No critic ties samples together, so that any loss may use it."""
