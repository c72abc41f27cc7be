"""Convolutions that compute their weight gradient as one matrix product of columns, for small feature maps.

The gradient of a weight is the product of the patches of one map, laid out as columns (im2col), and the
positions of the other.  On a CPU with bfloat16 matrix units PyTorch's own kernel took 1.7 to 3.7 times as
long as layout and product together when the smaller map has 4x4 positions.  With 8x8 positions whole
training steps are no faster this way, and with 16x16 it is four times slower.
"""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

MAX_POSITIONS = 16
"""Largest number of positions of the smaller map for which columns are used."""

aten = torch.ops.aten


def use_column_gradients(nets: nn.Module) -> None:
    """Make the nets' plain convolutions compute weight gradients by columns, under autocast on a CPU.

    Plain are `nn.Conv2d` and `nn.ConvTranspose2d` with square kernel, stride and padding, zeros as padding,
    one group and no dilation; their class is replaced in place, their weights stay.  Convolutions with more
    than 16 positions in the smaller map, and 1x1 convolutions, are computed as before.
    """
    for layer in nets.modules():
        if type(layer) is nn.Conv2d and _plain(layer):
            layer.__class__ = ColumnConv2d
        elif type(layer) is nn.ConvTranspose2d and _plain(layer) and layer.output_padding == (0, 0):
            layer.__class__ = ColumnConvTranspose2d


def _plain(layer: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    square = len({*layer.kernel_size}) == len({*layer.stride}) == len({*layer.padding}) == 1
    return square and layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros"


@final
class ColumnConv2d(nn.Conv2d):
    """`nn.Conv2d` with weight gradients by columns; set as the class of a layer, which keeps its weights."""

    def forward(self, input: Tensor) -> Tensor:
        places = input.shape[2] * input.shape[3] // (self.stride[0] * self.stride[1])
        return _apply(self, input, False) if _is_faster(self, places) else super().forward(input)


@final
class ColumnConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d` with weight gradients by columns."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        places = input.shape[2] * input.shape[3]
        if output_size is None and _is_faster(self, places):
            return _apply(self, input, True)
        return super().forward(input, output_size)


def _is_faster(layer: nn.Conv2d | nn.ConvTranspose2d, places: int) -> bool:
    enabled = layer.weight.requires_grad and torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")
    return enabled and places <= MAX_POSITIONS and layer.kernel_size[0] > 1


def _apply(layer: nn.Conv2d | nn.ConvTranspose2d, x: Tensor, transposed: bool) -> Tensor:
    low = torch.get_autocast_dtype("cpu")
    bias = None if layer.bias is None else layer.bias.to(low)
    stride, padding = layer.stride[0], int(layer.padding[0])
    y: Tensor = _Columned.apply(x.to(low), layer.weight.to(low), bias, stride, padding, transposed)  # type: ignore[no-untyped-call]
    return y


def _arguments(stride: int, padding: int, transposed: bool) -> tuple[Any, ...]:
    return [stride] * 2, [padding] * 2, [1, 1], transposed, [0, 0], 1


@final
class _Columned(torch.autograd.Function):
    @staticmethod
    def forward(
        x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, transposed: bool
    ) -> Tensor:
        y: Tensor = aten.convolution(x, weight, bias, *_arguments(stride, padding, transposed))
        return y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, weight, _, *ctx.how = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        stride, padding, transposed = ctx.how
        wants = ctx.needs_input_grad
        dx = dw = db = None
        if wants[0]:
            mask = [True, False, False]
            dx, *_ = aten.convolution_backward(gradient, x, weight, None, *_arguments(*ctx.how), mask)
        if wants[1]:
            large, small = (gradient, x) if transposed else (x, gradient)
            dw = weight_gradient(large, small, weight.shape[-1], stride, padding)
        if wants[2]:
            db = gradient.sum((0, 2, 3))
        return dx, dw, db, None, None, None


def weight_gradient(large: Tensor, small: Tensor, side: int, stride: int, padding: int) -> Tensor:
    """Return the gradient of a convolution's weight, (o, c, side, side), as one matrix product of columns.

    For a convolution `large` (n, c, h, w) is the input and `small` (n, o, h', w') the gradient at the output;
    for a transposed convolution it is the other way round.  `side`, `stride` and `padding` are those of the
    convolution, in pixels, equal on both axes.
    """
    n, out, down, across = small.shape
    wide = pad(large.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding)).contiguous()
    _, height, width, channels = wide.shape
    row, place = width * channels, channels
    patches = wide.as_strided(
        (n, down, across, side, side, channels),
        (height * row, stride * row, stride * place, row, place, 1),
    )
    columns = patches.reshape(n * down * across, side * side * channels)
    places = small.permute(0, 2, 3, 1).reshape(n * down * across, out)
    return (places.t() @ columns).view(out, side, side, channels).permute(0, 3, 1, 2)
