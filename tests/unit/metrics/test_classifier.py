import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sparring.core.pixels import to_float
from sparring.data.dataset import Dataset
from sparring.data.protocol import digits8, stack3
from sparring.metrics import classifier
from sparring.metrics.classifier import (
    frechet_distance,
    frechet_floor,
    pictures,
    stacked_labels,
    train_classifier,
    train_on_arrays,
)
from sparring.metrics.distances import frechet, random_halves


@pytest.fixture(scope="module")
def split():
    return digits8()


@pytest.fixture(scope="module")
def judge(split):
    return train_classifier(split.train)


def points(n=200, classes=2):
    draw = np.random.default_rng(0)
    y = draw.integers(classes, size=n)
    return np.stack([4.0 * y, -4.0 * y], 1) + draw.standard_normal((n, 2)), y


def test_pictures_are_scaled_as_nets_see_them(split):
    stored = split.test.x[:5]
    np.testing.assert_allclose(pictures(stored), to_float(torch.as_tensor(stored)).numpy(), atol=1e-6)
    floats = torch.rand(3, 1, 8, 8) * 2 - 1
    np.testing.assert_array_equal(pictures(floats), floats.numpy().astype(np.float64))


def test_it_knows_digits(judge, split):
    assert judge.accuracy(split.test.x, split.test.y) > 0.95
    assert judge.accuracy(split.test.x, np.roll(split.test.y, 1)) < 0.2
    floats = to_float(torch.as_tensor(np.asarray(split.test.x)))
    assert (judge.predict(floats) == judge.predict(split.test.x)).all()
    assert judge.probabilities(floats).sum(1) == pytest.approx(1)


@pytest.mark.parametrize("classes", [2, 3])
def test_it_judges_as_scikit_learn_does(classes, monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 30)
    x, y = points(classes=classes)
    net = MLPClassifier(classifier.HIDDEN, batch_size=64, max_iter=10, n_iter_no_change=10, random_state=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(x, y)
    found = train_on_arrays(x, 5 * y, seed=3)
    np.testing.assert_allclose(found.probabilities(x), net.predict_proba(x), atol=1e-9)
    np.testing.assert_array_equal(found.predict(x), 5 * net.predict(x))


def test_the_features_are_what_the_last_layer_reads(judge, split):
    features = judge.features(split.test.x)
    assert features.shape == (500, 64)
    assert features.min() == 0  # ReLUs
    weight, bias = judge.layers[-1]
    np.testing.assert_array_equal((features @ weight + bias).argmax(1), judge.predict(split.test.x))


def test_the_same_seed_gives_the_same_judge(monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 30)
    x, y = points()
    first, again, other = (train_on_arrays(x, y, seed).features(x) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_the_unlabelled_teach_nothing(monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 30)
    x, y = points()
    known = np.arange(len(x)) % 2 == 0
    part = train_classifier(Dataset(x, (2,), "points", np.where(known, y, -1)))
    np.testing.assert_array_equal(part.features(x), train_on_arrays(x[known], y[known]).features(x))
    assert -1 not in part.classes


def test_frechet_distance_orders_pictures_by_harm(judge, split):
    x = to_float(torch.as_tensor(np.asarray(split.test.x)))
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    # Halves of the test against one another: paired with their originals, fakes would lie under the floor.
    harms = [frechet_distance(judge, (x + s * noise)[:250], x[250:]) for s in (0.0, 0.6, 1.2)]
    collapsed = frechet_distance(judge, x[:250][split.test.y[:250] == 3], x[250:])
    floor = frechet_floor(judge, x)
    assert harms[0] < 2 * floor < harms[1] < harms[2]
    assert collapsed > 10 * floor
    assert frechet_distance(judge, x, x) == pytest.approx(0, abs=1e-6)
    features = judge.features(x)
    halves = [frechet(features[side > 0], features[side < 0]) for side in random_halves(500, 0).T]
    assert floor == pytest.approx(np.mean(halves))
    by_hand = frechet(judge.features(x[:250] + 0.6 * noise[:250]), judge.features(x[250:]))
    assert harms[1] == pytest.approx(by_hand)


def test_stacked_digits_are_read_channel_by_channel(judge):
    test = stack3(0, 4000).test
    read = stacked_labels(judge, test.x)
    assert (read == test.y).mean() > 0.9
    floats = to_float(torch.as_tensor(np.asarray(test.x)))
    np.testing.assert_array_equal(stacked_labels(judge, floats), read)
    with pytest.raises(ValueError, match="cannot classify the channels"):
        stacked_labels(judge, floats[:, :, :4])


def test_what_is_not_finite_is_of_no_class(judge):
    x = np.zeros((3, 3, 8, 8))
    x[1, 2, 0, 0] = np.nan
    assert judge.predict(x[:, 2:])[1] == -1
    assert (judge.predict(x[:, 2:])[[0, 2]] >= 0).all()
    assert (judge.predict(1e5 * np.ones((1, 1, 8, 8))) >= 0).all()  # far from the data, yet finite
    assert (stacked_labels(judge, x) == -1).tolist() == [False, True, False]
    assert np.isnan(frechet_distance(judge, x[:, 2:], x[:, :1]))


def test_what_cannot_be_judged_is_refused(judge):
    x, y = points()
    with pytest.raises(ValueError, match="these data have none"):
        train_classifier(Dataset(x, (2,), "points"))
    with pytest.raises(ValueError, match="at least two classes"):
        train_on_arrays(x, 0 * y)
    with pytest.raises(ValueError, match="y must hold 200 labels"):
        train_on_arrays(x, y[:-1])
    with pytest.raises(ValueError, match=r"trained on data of shape \(1, 8, 8\)"):
        judge.predict(np.zeros((2, 1, 7, 8)))
    with pytest.raises(ValueError, match="uint8 or floats"):
        judge.predict(np.zeros((2, 1, 8, 8), np.int64))
    with pytest.raises(ValueError, match="height, width, channels"):
        judge.predict(np.zeros((2, 8, 8), np.uint8))
