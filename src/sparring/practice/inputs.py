"""Practices on what the critic is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, cast, final

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms, View
from sparring.core.errors import BadInput
from sparring.core.recipe import Loss, Recipe
from sparring.nets.layers.augment import Augment, Augmentation
from sparring.nets.state.fake_buffer import Pool
from sparring.nets.wrappers import input_transform as entry
from sparring.nets.wrappers.input_transform import Entered
from sparring.nets.wrappers.packed import Packed
from sparring.practice.players import critic_pair, critics, rebuilt, retaught, with_critic_loss


@dataclass(frozen=True)
class InstanceNoise:
    """Gaussian noise on data and fakes before every critic, fading to none when `until` of the run is over.

    Arjovsky and Bottou 2017, arXiv:1701.04862; Sonderby et al. 2016, arXiv:1610.04490.
    """

    deviation: float = 0.1
    until: float = 0.5

    def __call__(self, recipe: Recipe) -> Recipe:
        if self.deviation < 0 or not 0 < self.until <= 1:
            raise BadInput("instance_noise: give a deviation of at least 0, and until in (0, 1]")
        noise = entry.InstanceNoise(self.deviation, self.until)
        return rebuilt(recipe, critics(recipe), lambda inner: Entered(inner, noise))


@dataclass(frozen=True)
class Augmented:
    """Every critic sees data and fakes through random colours, shifts and holes.

    Zhao et al. 2020, arXiv:2006.10738.
    """

    chance: float = 1.0

    def __call__(self, recipe: Recipe) -> Recipe:
        return rebuilt(recipe, critics(recipe), lambda inner: Entered(inner, Augmentation(self.chance)))


@dataclass(frozen=True)
class AdaptivelyAugmented:
    """The same augmentations, each as often as holds the mean sign of D's logits on data at `target`.

    Karras et al. 2020, arXiv:2006.06676, with the pipe of `augmented` in place of the paper's.
    """

    target: float = 0.6

    def __call__(self, recipe: Recipe) -> Recipe:
        if "D" not in recipe.turns or "D" not in recipe.nets:
            raise BadInput(f"{recipe.name}: has no critic D in a turn D whose logits could be followed")
        pipe = Augmentation(0.0, self.target)
        recipe = rebuilt(recipe, ("D",), lambda inner: Entered(inner, pipe))
        return retaught(recipe, ("D",), lambda _, loss: Heeded(loss))


@dataclass(frozen=True)
class Heeded:
    """The critic's loss; its logits on data move the chance of the augmentations."""

    loss: Loss

    def __call__(self, n: Nets, b: Batch) -> Terms:
        heard = Heard(n["D"], b.x)
        terms = self.loss(cast(Nets, View(n, {"D": heard})), b)
        for part in n["D"].modules():
            if isinstance(part, Augment) and heard.logits is not None:
                part.heed(heard.logits.detach())
        return terms


@final
class Heard:
    """A critic that keeps in mind what it said of `x`."""

    def __init__(self, net: Any, x: Tensor) -> None:
        self._net, self._x = net, x
        self.logits: Tensor | None = None

    def __call__(self, *given: Any) -> Any:
        found = self._net(*given)
        if given[0] is self._x:
            self.logits = found
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._net, name)


@dataclass(frozen=True)
class PackedSamples:
    """The critic judges `samples` samples of one kind at once, in batches so many times larger.

    Lin et al. 2018, arXiv:1712.04086.
    """

    samples: int = 2

    def __call__(self, recipe: Recipe) -> Recipe:
        if not 2 <= self.samples <= 16:
            raise BadInput(f"packed={self.samples}: give 2 to 16 samples")
        recipe = rebuilt(recipe, critics(recipe), lambda inner: Packed(inner, self.samples))
        return replace(recipe, batch=recipe.batch * self.samples)


@dataclass(frozen=True)
class ReplayedFakes:
    """Half of the fakes that D learns from are older ones, from a memory of `size`.

    Shrivastava et al. 2016, arXiv:1612.07828, section 2.3.
    """

    size: int = 3200

    def __call__(self, recipe: Recipe) -> Recipe:
        if not {"D", "G"} <= recipe.nets.keys() or "D" not in recipe.turns or not recipe.latent.size:
            raise BadInput(f"{recipe.name}: has no fakes G(z) that a critic D could be shown again")
        recipe = replace(recipe, nets={**recipe.nets, "Old": Pool(self.size)})
        return retaught(recipe, ("D",), lambda _, loss: Replayed(loss))


@dataclass(frozen=True)
class Replayed:
    """The critic's loss on fakes that have passed the memory."""

    loss: Loss

    def __call__(self, n: Nets, b: Batch) -> Terms:
        def remembered(z: Tensor) -> Tensor:
            fakes: Tensor = n["Old"](n["G"](z), b.u)
            return fakes

        return self.loss(cast(Nets, View(n, {"G": remembered})), b)


@dataclass(frozen=True)
class Batches:
    """Data and fakes pass D apart, or together in one batch, which is faster.

    Together is refused where D ties the samples of a batch, as batch norm does: a mixed batch would be told
    by its statistics.  Chintala et al. 2016, item 4.
    """

    kind: Literal["separate", "joint"] = "joint"

    def __call__(self, recipe: Recipe) -> Recipe:
        critic_pair(recipe)
        return with_critic_loss(recipe, lambda loss: replace(loss, joint=self.kind == "joint"))
