"""Damages of single pixels: missing pixels, grey, noise, quantisation and cropping."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.inverse.operators.operator import Damage, size_text, straight_through

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma, ITU-R BT.601."""


@dataclass(frozen=True, eq=False)
class Mask(Damage):
    """Missing pixels, set to 0, which is mid-grey.

    >>> missing = torch.tensor([[[True, False]]])
    >>> Mask(missing)(torch.ones(1, 1, 1, 2))
    tensor([[[[0., 1.]]]])
    """

    missing: Tensor
    """bool, (n, H, W) for n pictures or (1, H, W) for any number."""

    def __post_init__(self) -> None:
        if self.missing.dtype != torch.bool or self.missing.ndim != 3 or not len(self.missing):
            actual = f"{self.missing.dtype} {tuple(self.missing.shape)}".removeprefix("torch.")
            raise BadInput(f"a mask is bool (n, H, W), not {actual}")

    def __call__(self, x: Tensor) -> Tensor:
        self._require_like(x)
        return torch.where(self.missing[:, None].to(x.device), 0.0, x)

    def propagate(self, weight: Tensor) -> Tensor:
        self._require_like(weight)
        return weight * ~self.missing[:, None].to(weight.device)

    def _require_like(self, x: Tensor) -> None:
        if self.missing.shape[1:] != x.shape[2:]:
            raise BadInput(
                f"the mask is {size_text(self.missing)}, the pictures are {size_text(x)}; give them one size"
            )
        if len(self.missing) != len(x) and 1 not in (len(self.missing), len(x)):
            raise BadInput(f"{len(self.missing)} masks for {len(x)} pictures; give one for all, or one each")


@dataclass(frozen=True)
class Grey(Damage):
    """Luma of RGB pictures, (n, 3, H, W) -> (n, 1, H, W), with the weights of ITU-R BT.601.

    >>> Grey()(torch.ones(1, 3, 8, 8)).shape
    torch.Size([1, 1, 8, 8])
    """

    def __call__(self, x: Tensor) -> Tensor:
        if x.shape[1] != 3:
            raise BadInput(f"grey is made of 3 channels, but the pictures have {x.shape[1]}; leave it out")
        return (x * x.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)


@dataclass(frozen=True)
class GaussianNoise(Damage):
    """Independent Gaussian noise in every value; only `degraded` adds it, the differentiable map does not.

    >>> noisy = GaussianNoise(0.1).degraded(torch.zeros(1, 1, 64, 64), torch.Generator().manual_seed(0))
    >>> round(float(noisy.std()), 2)
    0.1
    """

    sigma: float
    """Standard deviation in the pictures' units, whose range is 2: above 0 and at most 2."""

    def __post_init__(self) -> None:
        if not 0 < self.sigma <= 2:
            raise BadInput(f"noise must be above 0 and at most the whole range of 2, not {self.sigma:g}")

    @property
    def noise(self) -> float:
        return self.sigma

    def __call__(self, x: Tensor) -> Tensor:
        return x

    def degraded(self, x: Tensor, random: torch.Generator) -> Tensor:
        # One seed for any n, then one generator per picture: other pictures change nothing.
        seed = int(torch.randint(2**62, (), generator=random))
        generators = (torch.Generator().manual_seed(seed + i) for i in range(len(x)))
        return x + self.sigma * torch.stack([torch.randn(x.shape[1:], generator=g) for g in generators]).to(x)


@dataclass(frozen=True)
class Quantise(Damage):
    """Rounding to the nearest of `levels` evenly spaced values from -1 to 1.

    >>> Quantise(3)(torch.tensor([[[[-0.9, 0.2, 0.8]]]]))
    tensor([[[[-1.,  0.,  1.]]]])
    """

    levels: int
    """Number of values, 2 to 256."""

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 256:
            raise BadInput(f"levels must be 2 to 256, not {self.levels}")

    def __call__(self, x: Tensor) -> Tensor:
        steps = self.levels - 1
        nearest = ((x.clamp(-1, 1) + 1) / 2 * steps).round() / steps * 2 - 1
        return straight_through(nearest, x)


@dataclass(frozen=True)
class Crop(Damage):
    """Crop to a window of the picture, in pixels.

    >>> Crop(top=2, left=0, height=4, width=8)(torch.zeros(1, 3, 8, 8)).shape
    torch.Size([1, 3, 4, 8])
    """

    top: int
    left: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if min(self.top, self.left) < 0 or min(self.height, self.width) < 1:
            raise BadInput(
                f"a crop of {self.height}x{self.width} at {self.top},{self.left}: "
                "top and left must be 0 or more, height and width 1 or more"
            )

    def __call__(self, x: Tensor) -> Tensor:
        bottom, right = self.top + self.height, self.left + self.width
        if bottom > x.shape[-2] or right > x.shape[-1]:
            raise BadInput(
                f"the crop ends at {bottom},{right}, but the pictures are {size_text(x)}; "
                "top + height and left + width must stay within"
            )
        return x[..., self.top : bottom, self.left : right]

    def propagate(self, weight: Tensor) -> Tensor:
        return self(weight)
