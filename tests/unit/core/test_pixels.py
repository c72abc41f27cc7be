import numpy as np
import torch

from sparring.core.pixels import to_float, to_uint8


def test_all_256_values_come_back() -> None:
    x = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 8, 2)
    seen = to_float(x)
    assert seen.shape == (1, 2, 16, 8)
    assert seen.dtype == torch.float32
    assert seen.min() == -1
    assert seen.max() == 1
    assert np.array_equal(to_uint8(seen), x.numpy())


def test_scaling_is_the_stated_formula() -> None:
    x = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1)
    assert torch.equal(to_float(x)[0, 0], x[0, :, :, 0].float() / 127.5 - 1)


def test_memory_stays_channels_last() -> None:
    assert to_float(torch.zeros(2, 4, 5, 3, dtype=torch.uint8)).is_contiguous(
        memory_format=torch.channels_last
    )


def test_out_of_range_is_clamped_and_between_is_rounded() -> None:
    x = torch.tensor([-7.0, 7.0, 0.6 / 127.5 - 1, 0.4 / 127.5 - 1]).reshape(1, 1, 2, 2)
    assert to_uint8(x).ravel().tolist() == [0, 255, 1, 0]


def test_half_precision_and_gradients_are_accepted() -> None:
    x = torch.ones(1, 3, 2, 2, dtype=torch.bfloat16, requires_grad=True)
    assert (to_uint8(x) == 255).all()
