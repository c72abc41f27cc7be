from pathlib import Path

import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.data.holdout import digests
from sparring.data.protocol import FOLDER, Split, digits8, img28, keep_labels, negative_pairs, shapes, stack3
from sparring.data.scenes import SceneSpec


def overlap(split: Split) -> int:
    return len(np.intersect1d(digests(split.train.x), digests(split.test.x)))


def test_digits_are_parted_once_for_ever() -> None:
    one, two = digits8(), digits8()
    assert (len(one.train), len(one.test)) == (1297, 500)
    assert np.array_equal(one.test.x, two.test.x)
    assert overlap(one) == 0
    for part in (one.train, one.test):
        assert part.y is not None
        assert np.bincount(part.y, minlength=10).min() > 0.06 * len(part)


def test_img28_reads_the_folder_or_enlarges_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    stand_in = img28()
    assert stand_in.train.shape == (1, 28, 28)
    assert "digits" in stand_in.train.notes[0]
    assert (len(stand_in.train), len(stand_in.test)) == (1297, 500)
    with pytest.raises(BadInput, match="there is no file"):
        img28(tmp_path)
    x = np.arange(3, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2)
    np.savez(tmp_path / "fashion_mnist.npz", train_x=x, train_y=x[:, 0, 0], test_x=x[:1], test_y=x[:1, 0, 0])
    for found in (img28(tmp_path), monkeypatch.setenv(FOLDER, str(tmp_path)) or img28()):
        assert (len(found.train), len(found.test)) == (3, 1)
        assert np.array_equal(np.asarray(found.train.x)[:, 0, 0, 0], found.train.y)
        assert found.train.notes == ()


def test_stacks_spell_their_label() -> None:
    found, small = stack3(0, 200), digits8()
    assert found.train.shape == (3, 8, 8)
    assert (len(found.train), len(found.test)) == (200, 50)
    label = {np.asarray(x).tobytes(): y for x, y in zip(small.train.x, small.train.y, strict=True)}
    for x, y in zip(found.train.x, found.train.y, strict=True):
        digits = [label[np.ascontiguousarray(x[..., c : c + 1]).tobytes()] for c in range(3)]
        assert digits == [y // 100, y // 10 % 10, y % 10]
    assert np.array_equal(found.train.x, stack3(0, 200).train.x)
    assert not np.array_equal(found.train.x, stack3(1, 200).train.x)


def test_shapes_follow_their_spec_and_do_not_repeat() -> None:
    found = shapes(100, 16, seed=2, spec=SceneSpec(kinds=("disc", "cross")))
    assert (len(found.train), len(found.test)) == (80, 20)
    assert found.train.shape == (3, 16, 16)
    assert set(found.train.y) == {0, 3}
    assert overlap(found) == 0


def test_negatives_are_unpaired_in_training_and_paired_in_the_test() -> None:
    found = negative_pairs()
    x, y = np.asarray(found.train.x), found.train.y
    assert found.train.classes == ("digit", "negative")
    assert len(np.intersect1d(digests(x[y == 0]), digests(255 - x[y == 1]))) == 0
    assert abs((y == 0).sum() - (y == 1).sum()) <= 1
    test = np.asarray(found.test.x)
    assert np.array_equal(test[:500], 255 - test[500:])
    assert np.array_equal(test[:500], digits8().test.x)


def test_labels_are_hidden_but_for_equally_many_of_each_class() -> None:
    whole = digits8().train
    some = keep_labels(whole, 50, 0)
    assert np.bincount(some.y + 1).tolist() == [1247] + [5] * 10
    kept = some.y >= 0
    assert np.array_equal(some.y[kept], whole.y[kept])
    assert not np.array_equal(some.y, keep_labels(whole, 50, 1).y)
    for count in (55, 0, 5000):
        with pytest.raises(BadInput):
            keep_labels(whole, count, 0)
