import warnings

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sparring.data.dataset import Dataset
from sparring.data.pixels import to_float
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
def critic(split):
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


def test_it_knows_digits(critic, split):
    assert critic.accuracy(split.test.x, split.test.y) > 0.95
    assert critic.accuracy(split.test.x, np.roll(split.test.y, 1)) < 0.2
    floats = to_float(torch.as_tensor(np.asarray(split.test.x)))
    assert (critic.predict(floats) == critic.predict(split.test.x)).all()
    assert critic.probabilities(floats).sum(1) == pytest.approx(1)


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


def test_the_features_are_what_the_last_layer_reads(critic, split):
    features = critic.features(split.test.x)
    assert features.shape == (500, 64)
    assert features.min() == 0  # ReLUs
    weight, bias = critic.layers[-1]
    np.testing.assert_array_equal((features @ weight + bias).argmax(1), critic.predict(split.test.x))


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


def test_frechet_distance_orders_pictures_by_harm(critic, split):
    x = to_float(torch.as_tensor(np.asarray(split.test.x)))
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    # Halves of the test against one another: paired with their originals, fakes would lie under the floor.
    harms = [frechet_distance(critic, (x + s * noise)[:250], x[250:]) for s in (0.0, 0.6, 1.2)]
    collapsed = frechet_distance(critic, x[:250][split.test.y[:250] == 3], x[250:])
    floor = frechet_floor(critic, x)
    assert harms[0] < 2 * floor < harms[1] < harms[2]
    assert collapsed > 10 * floor
    assert frechet_distance(critic, x, x) == pytest.approx(0, abs=1e-6)
    features = critic.features(x)
    halves = [frechet(features[side > 0], features[side < 0]) for side in random_halves(500, 0).T]
    assert floor == pytest.approx(np.mean(halves))
    by_hand = frechet(critic.features(x[:250] + 0.6 * noise[:250]), critic.features(x[250:]))
    assert harms[1] == pytest.approx(by_hand)


def test_stacked_digits_are_read_channel_by_channel(critic):
    test = stack3(0, 4000).test
    read = stacked_labels(critic, test.x)
    assert (read == test.y).mean() > 0.9
    floats = to_float(torch.as_tensor(np.asarray(test.x)))
    np.testing.assert_array_equal(stacked_labels(critic, floats), read)
    with pytest.raises(ValueError, match="cannot classify the channels"):
        stacked_labels(critic, floats[:, :, :4])


def test_what_is_not_finite_is_of_no_class(critic):
    x = np.zeros((3, 3, 8, 8))
    x[1, 2, 0, 0] = np.nan
    assert critic.predict(x[:, 2:])[1] == -1
    assert (critic.predict(x[:, 2:])[[0, 2]] >= 0).all()
    assert (critic.predict(1e5 * np.ones((1, 1, 8, 8))) >= 0).all()  # far from the data, yet finite
    assert (stacked_labels(critic, x) == -1).tolist() == [False, True, False]
    assert np.isnan(frechet_distance(critic, x[:, 2:], x[:, :1]))


def test_what_cannot_be_judged_is_refused(critic):
    x, y = points()
    with pytest.raises(ValueError, match="these data have none"):
        train_classifier(Dataset(x, (2,), "points"))
    with pytest.raises(ValueError, match="at least two classes"):
        train_on_arrays(x, 0 * y)
    with pytest.raises(ValueError, match="y must hold 200 labels"):
        train_on_arrays(x, y[:-1])
    with pytest.raises(ValueError, match=r"trained on data of shape \(1, 8, 8\)"):
        critic.predict(np.zeros((2, 1, 7, 8)))
    with pytest.raises(ValueError, match="uint8 or floats"):
        critic.predict(np.zeros((2, 1, 8, 8), np.int64))
    with pytest.raises(ValueError, match="height, width, channels"):
        critic.predict(np.zeros((2, 8, 8), np.uint8))
