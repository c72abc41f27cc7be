"""Practices on the input of the discriminator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, final

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms, View
from sparring.core.errors import BadInput
from sparring.core.knobs import FIXED
from sparring.core.recipe import Loss, Recipe
from sparring.nets.layers.augment import Augment, Augmentation
from sparring.nets.state.fake_buffer import FakeBuffer
from sparring.nets.wrappers import input_transform as entry
from sparring.nets.wrappers.input_transform import TransformedInput
from sparring.nets.wrappers.packed import Packed
from sparring.practice.players import (
    change_losses,
    discriminator_pair,
    discriminators,
    plain_game,
    player,
    with_discriminator_loss,
    with_state,
    wrap_nets,
)


@dataclass(frozen=True)
class AddInstanceNoise:
    """Add Gaussian noise to data and fakes before every discriminator, fading to 0 at progress `until`.

    `std` is the standard deviation at the start; it falls linearly with progress in [0, 1).

    Arjovsky and Bottou 2017, arXiv:1701.04862; Sonderby et al. 2016, arXiv:1610.04490.
    """

    std: float = 0.1
    until: float = 0.5

    def __call__(self, recipe: Recipe) -> Recipe:
        if self.std < 0 or not 0 < self.until <= 1:
            raise BadInput("instance_noise: give a std >= 0, and until in (0, 1]")
        noise = entry.InstanceNoise(self.std, self.until)
        return wrap_nets(recipe, discriminators(recipe), lambda inner: TransformedInput(inner, noise))


@dataclass(frozen=True)
class Augmented:
    """Augment data and fakes before every discriminator: random colours, translations and cutouts.

    `chance` is the probability of each augmentation.

    Zhao et al. 2020, arXiv:2006.10738.
    """

    chance: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return wrap_nets(
            recipe, discriminators(recipe), lambda inner: TransformedInput(inner, Augmentation(self.chance))
        )


@dataclass(frozen=True)
class AdaptivelyAugmented:
    """Adapt the augmentation probability to keep the mean sign of D's logits on data at `target`.

    Karras et al. 2020, arXiv:2006.06676, with the augmentations of `augmented` in place of the paper's.
    """

    target: float = 0.6

    def __call__(self, recipe: Recipe) -> Recipe:
        net, turn = player(recipe, "discriminator")
        pipe = Augmentation(0.0, self.target)
        recipe = wrap_nets(recipe, (net,), lambda inner: TransformedInput(inner, pipe))
        return change_losses(recipe, (turn,), lambda _, loss: AdaptiveAugmentationLoss(loss, net))


@dataclass(frozen=True)
class AdaptiveAugmentationLoss:
    """The discriminator's loss; also updates the augmentation probability from the logits on data."""

    loss: Loss
    net: str = field(metadata=FIXED)
    """Key of the discriminator."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        recorder = ScoreRecorder(n[self.net], b.x)
        terms = self.loss(cast(Nets, View(n, {self.net: recorder})), b)
        for part in n[self.net].modules():
            if isinstance(part, Augment) and recorder.logits is not None:
                part.adapt(recorder.logits.detach())
        return terms


@final
class ScoreRecorder:
    """A discriminator that records its scores for `x`, compared by identity."""

    def __init__(self, net: Any, x: Tensor) -> None:
        self._net, self._x = net, x
        self.logits: Tensor | None = None

    def __call__(self, *inputs: Any) -> Any:
        scores = self._net(*inputs)
        if inputs[0] is self._x:
            self.logits = scores
        return scores

    def __getattr__(self, name: str) -> Any:
        return getattr(self._net, name)


@dataclass(frozen=True)
class PackedSamples:
    """PacGAN: the discriminator scores packs of `samples` samples, all real or all fake.

    The batch size is multiplied by `samples`, which is in [2, 16].

    Lin et al. 2018, arXiv:1712.04086.
    """

    samples: int = 2

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 2 <= self.samples <= 16:
            raise BadInput(f"packed={self.samples}: give 2 to 16 samples")
        recipe = wrap_nets(recipe, discriminators(recipe), lambda inner: Packed(inner, self.samples))
        return replace(recipe, batch=recipe.batch * self.samples)


@dataclass(frozen=True)
class ReplayedFakes:
    """Train D on fakes of which half are older ones, from a buffer of `size` fakes.

    Shrivastava et al. 2016, arXiv:1612.07828, section 2.3.
    """

    size: int = 3200

    def __call__(self, recipe: Recipe) -> Recipe:
        discriminator, generator = plain_game(recipe)
        if not recipe.latent.size:
            raise BadInput(f"{recipe.name}: has no fakes G(z) to replay to a discriminator")
        recipe = with_state(recipe, {"Old": FakeBuffer(self.size)})
        return change_losses(
            recipe, (discriminator.turn,), lambda _, loss: ReplayedFakesLoss(loss, generator.net)
        )


@dataclass(frozen=True)
class ReplayedFakesLoss:
    """The discriminator's loss on fakes that pass through the buffer."""

    loss: Loss
    net: str = field(metadata=FIXED)
    """Key of the generator."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        def buffered(z: Tensor) -> Tensor:
            fakes: Tensor = n["Old"](n[self.net](z), b.u)
            return fakes

        return self.loss(cast(Nets, View(n, {self.net: buffered})), b)


@dataclass(frozen=True)
class Batches:
    """Pass data and fakes through D in separate batches, or in one joint batch, which is faster.

    A joint batch is refused where D mixes the samples of a batch, as batch norm does: its statistics would
    tell D that the batch is mixed.  Chintala et al. 2016, item 4.
    """

    kind: Literal["separate", "joint"] = "joint"

    def __call__(self, recipe: Recipe) -> Recipe:
        discriminator_pair(recipe)
        return with_discriminator_loss(recipe, lambda loss: replace(loss, joint=self.kind == "joint"))
