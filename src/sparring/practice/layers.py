"""Practices on the nets' layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.nets.layers import virtual_batch_norm as virtual
from sparring.nets.layers.minibatch import Compared, Deviating
from sparring.nets.layers.spectral_norm import Spectral
from sparring.nets.wrappers.dcgan_check import Guided
from sparring.nets.wrappers.replace_layers import Dropped, Smooth
from sparring.practice.players import critics, entering, generators, rebuilt


@dataclass(frozen=True)
class MinibatchDiscrimination:
    """The critic sees how alike the samples of a batch are, by `kernels` learned measures.

    Salimans et al. 2016, arXiv:1606.03498, section 3.2.
    """

    kernels: int = 32
    dimensions: int = 5

    def __call__(self, recipe: Recipe) -> Recipe:
        return rebuilt(recipe, critics(recipe), lambda net: Compared(net, self.kernels, self.dimensions))


@dataclass(frozen=True)
class MinibatchDeviation:
    """The critic sees one number more: how much its features vary within groups of the batch.

    Karras et al. 2017, arXiv:1710.10196, section 3.
    """

    group: int = 4

    def __call__(self, recipe: Recipe) -> Recipe:
        return rebuilt(recipe, critics(recipe), lambda net: Deviating(net, self.group))


@dataclass(frozen=True)
class VirtualBatchNorm:
    """Batch norms take their statistics from a batch that is chosen once, and the sample itself.

    Salimans et al. 2016, arXiv:1606.03498, section 3.5, in the generator alone.
    """

    net: Literal["G", "D", "both"] = "G"
    rows: int = 64

    def __call__(self, recipe: Recipe) -> Recipe:
        if self.net in ("G", "both"):
            recipe = rebuilt(recipe, generators(recipe), lambda net: virtual.Generator(net, self.rows))
        if self.net in ("D", "both"):
            recipe = rebuilt(recipe, critics(recipe), lambda net: virtual.Critic(net, self.rows))
        return entering(recipe, virtual.Refer())


@dataclass(frozen=True)
class NoSparseGradients:
    """No layer whose slope is mostly 0: leaky ReLUs for ReLUs, mean for max pools, in D and G.

    Chintala et al. 2016, item 5.
    """

    slope: float = 0.2

    def __call__(self, recipe: Recipe) -> Recipe:
        keys = (*critics(recipe), *generators(recipe))
        return rebuilt(recipe, keys, lambda net: Smooth(net, self.slope))


@dataclass(frozen=True)
class DcganGuidelines:
    """Refuses nets that depart from the guidelines for convolutional games, and says in what.

    Radford et al. 2015, arXiv:1511.06434, section 3.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        return rebuilt(recipe, (*critics(recipe), *generators(recipe)), Guided)


@dataclass(frozen=True)
class GeneratorDropout:
    """A share of G's hidden units is dropped while it learns.

    Isola et al. 2016, arXiv:1611.07004, section 2.2, who also keep it up in sampling; this does not.
    """

    rate: float = 0.5

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 0 < self.rate < 1:
            raise BadInput(f"generator_dropout={self.rate}: give a share between 0 and 1")
        return rebuilt(recipe, generators(recipe), lambda net: Dropped(net, self.rate))


@dataclass(frozen=True)
class SpectralNorm:
    """Each of the critic's layers is held at one largest singular value.

    Miyato et al. 2018, arXiv:1802.05957.
    """

    norm: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return rebuilt(recipe, critics(recipe), lambda net: Spectral(net, self.norm))  # type: ignore[arg-type]  # its outputs are asked for by autoencoders alone
