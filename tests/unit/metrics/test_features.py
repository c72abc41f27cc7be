import hashlib
import sys

import numpy as np
import pytest
import torch

from sparring.core.errors import BadInput
from sparring.metrics import classifier
from sparring.metrics import inception as module
from sparring.metrics.classifier import train_on_arrays
from sparring.metrics.features import classifier_features, digest, random_features, raw_pixels
from sparring.metrics.inception import download, inception, keras_net


def pictures(n, side=8, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, channels), dtype=np.uint8)


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (16, 3), (20, 4)])
def test_random_features_are_their_seeds(side, channels):
    x = pictures(5, side, channels)
    one = random_features((channels, side, side))
    found, odds = one.read(x)
    assert found.shape == (5, one.dimensions)
    assert odds is None
    torch.manual_seed(123)  # what others draw changes nothing
    again = random_features((channels, side, side))
    np.testing.assert_array_equal(again.read(x)[0], found)
    assert again.checksum == one.checksum != random_features((channels, side, side), seed=1).checksum
    np.testing.assert_allclose(one.read(x[3:])[0], found[3:], rtol=1e-5, atol=1e-6)


def test_random_features_keep_pictures_apart():
    x = pictures(40, 16)
    found, _ = random_features((1, 16, 16)).read(x)
    assert np.linalg.matrix_rank(found) == 40
    assert found.std(0).min() > 0


def test_raw_pixels_and_a_judges_layer(monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 20)
    x = pictures(30, 4)
    np.testing.assert_allclose(raw_pixels((1, 4, 4)).read(x)[0], x.reshape(30, -1) / 127.5 - 1)
    judge = train_on_arrays(x, np.arange(30) % 3)
    features = classifier_features(judge)
    found, odds = features.read(x)
    assert found.shape == (30, features.dimensions)
    np.testing.assert_allclose(odds.sum(1), 1)
    assert features.checksum != classifier_features(train_on_arrays(x, np.arange(30) % 3, seed=1)).checksum


def test_a_digest_is_of_values_shapes_and_types():
    x = np.arange(6.0)
    kinds = [x, x + 1, x.reshape(2, 3), x.astype(np.float32)]
    assert len({digest([kind]) for kind in kinds}) == 4
    assert digest([x]) == digest([x.copy()])


class Stand:
    """In Inception's place: what it is shown, averaged."""

    def __init__(self):
        self.seen = []

    def __call__(self, x):
        self.seen.append(x)
        return x.mean((2, 3)), torch.full((len(x), 4), 0.25)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_inception_is_shown_rgb_of_its_size(channels, monkeypatch):
    net = Stand()
    features = inception(lambda: (net, "abc"))
    assert (features.name, features.checksum) == ("inception", "abc")
    monkeypatch.setattr(module, "AT_ONCE", 2)
    x = np.full((5, 8, 8, channels), 255, np.uint8)
    x[..., 0] = 0
    found, odds = features.read(x)
    assert [tuple(part.shape) for part in net.seen] == [(2, 3, 299, 299)] * 2 + [(1, 3, 299, 299)]
    assert odds.shape == (5, 4)
    expected = {1: [-1, -1, -1], 2: [-1, -1, -1], 3: [-1, 1, 1], 4: [-1, 1, 1]}[channels]
    np.testing.assert_allclose(found, [expected] * 5, atol=1e-6)


def test_transparent_pictures_are_laid_over_white():
    x = np.zeros((1, 8, 8, 4), np.uint8)
    net = Stand()
    np.testing.assert_allclose(inception(lambda: (net, "")).read(x)[0], 1, atol=1e-6)


def test_a_file_is_fetched_once_and_known_by_its_sum(tmp_path):
    source, home = tmp_path / "there" / "weights.h5", tmp_path / "home"
    source.parent.mkdir()
    source.write_bytes(b"weights")
    known = hashlib.md5(b"weights").hexdigest()
    assert download(source.as_uri(), known, home).read_bytes() == b"weights"
    source.unlink()
    assert download(source.as_uri(), known, home).is_file()
    (home / "weights.h5").write_bytes(b"others")
    with pytest.raises(BadInput, match="delete it"):
        download(source.as_uri(), known, home)


def test_what_cannot_be_fetched_is_said_and_leaves_nothing(tmp_path):
    with pytest.raises(BadInput, match="cannot be downloaded"):
        download((tmp_path / "gone.h5").as_uri(), "", tmp_path / "home")
    assert not list((tmp_path / "home").iterdir())


def test_without_keras_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"sparring\[inception\]"):
        keras_net()
    assert "keras" not in sys.modules
