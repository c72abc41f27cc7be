"""Practices on the layers of generators and discriminators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.nets.layers import virtual_batch_norm as virtual
from sparring.nets.layers.spectral_norm import SpectralNormalised
from sparring.nets.wrappers.batch_statistics import BatchSimilarityFeatures, BatchStdDevFeature
from sparring.nets.wrappers.dcgan_check import DcganChecked
from sparring.nets.wrappers.replace_layers import SmoothLayers, WithDropout
from sparring.practice.players import discriminators, generators, with_enter, wrap_nets


@dataclass(frozen=True)
class MinibatchDiscrimination:
    """Give the discriminator `kernels` learned measures of a sample's similarity to the rest of the batch.

    Each kernel compares projections onto `dimensions` learned directions.

    Salimans et al. 2016, arXiv:1606.03498, section 3.2.
    """

    kernels: int = 32
    dimensions: int = 5

    def __call__(self, recipe: Recipe) -> Recipe:
        return wrap_nets(
            recipe,
            discriminators(recipe),
            lambda net: BatchSimilarityFeatures(net, self.kernels, self.dimensions),
        )


@dataclass(frozen=True)
class MinibatchStdDev:
    """Minibatch standard deviation: append the features' mean standard deviation in groups of the batch.

    The discriminator gets one feature more; `group` is the number of samples in a group.

    Karras et al. 2017, arXiv:1710.10196, section 3.
    """

    group: int = 4

    def __call__(self, recipe: Recipe) -> Recipe:
        return wrap_nets(recipe, discriminators(recipe), lambda net: BatchStdDevFeature(net, self.group))


@dataclass(frozen=True)
class VirtualBatchNorm:
    """Virtual batch norm: statistics come from a fixed reference batch and the sample itself.

    The reference batch has `rows` samples and is drawn at the start of training.

    Salimans et al. 2016, arXiv:1606.03498, section 3.5, in the generator alone.
    """

    net: Literal["G", "D", "both"] = "G"
    rows: int = 64

    def __call__(self, recipe: Recipe) -> Recipe:
        if self.net in ("G", "both"):
            recipe = wrap_nets(
                recipe, generators(recipe), lambda net: virtual.VirtualNormGenerator(net, self.rows)
            )
        if self.net in ("D", "both"):
            recipe = wrap_nets(
                recipe, discriminators(recipe), lambda net: virtual.VirtualNormDiscriminator(net, self.rows)
            )
        return with_enter(recipe, virtual.SetReferenceBatch())


@dataclass(frozen=True)
class NoSparseGradients:
    """Replace layers with sparse gradients in D and G: ReLU by leaky ReLU, max pooling by mean pooling.

    `slope` is the leaky ReLU's negative slope.

    Chintala et al. 2016, item 5.
    """

    slope: float = 0.2

    def __call__(self, recipe: Recipe) -> Recipe:
        keys = (*discriminators(recipe), *generators(recipe))
        return wrap_nets(recipe, keys, lambda net: SmoothLayers(net, self.slope))


@dataclass(frozen=True)
class DcganGuidelines:
    """Check D and G against the DCGAN guidelines; raises `BadInput` that names the departures.

    Radford et al. 2015, arXiv:1511.06434, section 3.
    """

    def __call__(self, recipe: Recipe) -> Recipe:
        return wrap_nets(recipe, (*discriminators(recipe), *generators(recipe)), DcganChecked)


@dataclass(frozen=True)
class GeneratorDropout:
    """Add dropout to G's hidden layers in training, with probability `rate`.

    Isola et al. 2016, arXiv:1611.07004, section 2.2, who also use it in sampling; this practice does not.
    """

    rate: float = 0.5

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 0 < self.rate < 1:
            raise BadInput(f"generator_dropout={self.rate}: give a share between 0 and 1")
        return wrap_nets(recipe, generators(recipe), lambda net: WithDropout(net, self.rate))


@dataclass(frozen=True)
class SpectralNorm:
    """Spectral normalisation: scale each layer of the discriminator to the largest singular value `norm`.

    Miyato et al. 2018, arXiv:1802.05957.
    """

    norm: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return wrap_nets(recipe, discriminators(recipe), lambda net: SpectralNormalised(net, self.norm))  # type: ignore[arg-type]  # only autoencoders set its outputs
