import numpy as np
import pytest
import torch
from torchmetrics.image.inception import InceptionScore

from sparring.metrics.score import class_scores


class Itself(torch.nn.Module):
    def forward(self, x):
        return x


def test_the_score_is_torchmetrics():
    logits = torch.from_numpy(np.random.default_rng(0).normal(0, 2, (200, 7)))
    theirs = InceptionScore(feature=Itself(), splits=10).set_dtype(torch.float64)
    theirs.update(logits)
    torch.manual_seed(4)
    mean, std = theirs.compute()
    torch.manual_seed(4)
    order = torch.randperm(200)  # theirs shuffles, ours takes parts as they come
    ours = class_scores(logits[order].softmax(1).numpy())
    assert ours.mean() == pytest.approx(float(mean), abs=1e-4)
    assert ours.std(ddof=1) == pytest.approx(float(std), abs=1e-4)


def test_from_one_class_to_all_of_them():
    sure = np.eye(5)[np.arange(100) % 5]
    np.testing.assert_allclose(class_scores(sure, 4), 5)
    np.testing.assert_allclose(class_scores(sure[:1].repeat(30, 0), 3), 1)
    np.testing.assert_allclose(class_scores(np.full((30, 5), 0.2), 3), 1)


def test_splits_need_rows():
    with pytest.raises(ValueError, match="at least as many"):
        class_scores(np.full((5, 2), 0.5))
