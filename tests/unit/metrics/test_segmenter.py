"""A segmenter learns patterns that no single pixel tells."""

import numpy as np

from sparring.data.textures import patterns, translations
from sparring.metrics.segmentation import mean_iou
from sparring.metrics.segmenter import train_segmenter


def test_patterns_of_one_mean_are_told_apart_and_grey_is_not():
    maps, test = translations(150, 24, 0).classes, translations(20, 24, 1).classes
    judge = train_segmenter(patterns(maps), maps)
    real = patterns(test, 1)
    levels = [real[..., 0][test == kind].mean() for kind in range(4)]
    assert np.ptp(levels) < 25  # of 180 between the two levels
    assert mean_iou(judge.predict(real), test, 4) > 0.75
    assert mean_iou(judge.predict(np.full_like(real, 128)), test, 4) < 0.3
