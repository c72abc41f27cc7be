import json

import numpy as np
import pytest
import torch
from torch import nn

from sparring.core.latent import Normal
from sparring.inverse.blend.poisson import pasted
from sparring.inverse.comparison import BASELINES, OURS, compare, scores
from sparring.inverse.masks import masks
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.metrics.images import psnr_hole
from sparring.tasks.complete.figure import figure

CHANNELS = [1, 2, 3, 4]


def game(channels, side=8):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        G = nn.Sequential(
            nn.Linear(5, channels * side * side), nn.Tanh(), nn.Unflatten(1, (channels, side, side))
        )
        D = nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, 1), nn.Flatten(0))
    truth = np.random.default_rng(0).integers(0, 256, (3, side, side, channels), np.uint8)
    return G, D, truth, masks("pattern:0.4", 3, side, side, 0)


@pytest.mark.parametrize("channels", CHANNELS)
def test_every_method_keeps_the_known_pixels_to_the_byte(channels):
    G, D, truth, missing = game(channels)
    result = compare(FrozenModel(G, D, Normal(5)), truth, missing, seed=0, training=truth[::-1])
    assert list(result.filled) == [OURS, *BASELINES, "nearest"]
    for filled in result.filled.values():
        assert (filled[~missing] == truth[~missing]).all()
    assert (result.filled["nearest"] == truth).all()  # the truth is among the training pictures


def test_scores_are_means_of_the_pictures_and_can_be_written():
    G, D, truth, missing = game(1)
    result = compare(FrozenModel(G, D, Normal(5)), truth, missing, seed=0, training=truth)
    table = scores(result, missing, truth)
    expected = psnr_hole(result.filled["telea"], truth, missing)
    assert table["telea"]["per_picture"]["psnr_hole"] == expected.tolist()
    assert table["telea"]["psnr_hole"] == pytest.approx(expected.mean())
    assert table["nearest"]["psnr_hole"] == 99  # exact, and yet a number
    means = {"psnr_hole", "psnr", "ssim", "features", "psnr_raw", "residual", "seconds_per_image"}
    assert set(table[OURS]) == {*means, "per_picture"}
    json.dumps(table, allow_nan=False)


def test_without_truth_there_are_pictures_and_residuals():
    G, D, truth, missing = game(1)
    result = compare(
        FrozenModel(G, D, Normal(5)), truth, missing, seed=0, blend=pasted, preset=PRESETS["default"]
    )
    table = scores(result, missing)
    assert set(table["mean"]) == {"seconds_per_image", "per_picture"}
    assert len(table[OURS]["per_picture"]["residual"]) == 3
    assert figure(result, truth, missing).width < figure(result, truth, missing, truth).width


@pytest.mark.parametrize("channels", CHANNELS)
def test_the_figure_shows_the_pictures_and_hatches_the_hole(channels):
    G, D, truth, missing = game(channels)
    truth[..., -1] = 255 if channels in (2, 4) else truth[..., -1]  # opaque
    result = compare(FrozenModel(G, D, Normal(5)), truth, missing, seed=0, others={})
    sheet = np.asarray(figure(result, truth, missing, truth, rows=2))
    first, true = (sheet[44 : 44 + 104, left : left + 104][6::13, 6::13] for left in (8, 8 + 2 * 112))
    colours = truth[0, ..., : channels - 1 if channels % 2 == 0 else channels]
    assert (true == colours).all()
    assert (first[~missing[0]] == np.broadcast_to(colours, true.shape)[~missing[0]]).all()
    assert (first[missing[0]][:, 0] > first[missing[0]][:, 1]).all()  # pink
    assert sheet.shape == (44 + 2 * 112, 8 + 3 * 112, 3)
