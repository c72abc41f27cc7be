"""Evaluations: the protocol is told, real data score as real data, what cannot be compared is refused."""

from __future__ import annotations

import json
import logging
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tests.conftest import NARROW, quick

from sparring import api
from sparring.core.errors import BadInput
from sparring.data.sources import dataset
from sparring.data.toys import ring8
from sparring.metrics import classifier
from sparring.metrics.features import random_features
from sparring.runs.files import RUN_PARTS
from sparring.tasks.evaluate import classifier as judging
from sparring.tasks.evaluate import images as pictures
from sparring.tasks.evaluate import reference
from sparring.tasks.evaluate.job import evaluate
from sparring.tasks.evaluate.points import point_metrics
from sparring.tasks.evaluate.sample import picture_sample
from sparring.tasks.train import train

WITH_CLASSES = {
    "precision", "recall", "density", "coverage", "score", "ms_ssim", "copies", "frechet", "kernel",
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(run, tmp_path_factory):
    """A copy of the small run, which may be written to, and its evaluation."""
    folder = tmp_path_factory.mktemp("judged") / "run"
    shutil.copytree(run, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "UPDATES", 300)
        return folder, evaluate(folder, n=100, neighbours=folder.parent / "near.png")


def shuffled():
    """The digits in another order, for they come writer by writer."""
    x = dataset("digits").x
    return x[np.random.default_rng(0).permutation(len(x))]


@pytest.fixture(scope="module")
def halves():
    """A sample of digits and one of other digits, beside yet others."""
    x = shuffled()
    features = random_features((1, 8, 8))
    return [picture_sample([part], features, lambda: [x[1200:]]) for part in (x[:600], x[600:1200])]


def test_every_number_has_an_interval_and_its_real_neighbour(judged):
    _, found = judged
    assert set(found.numbers) == WITH_CLASSES
    for name, number in found.numbers.items():
        at = number.estimate
        assert at.low <= at.value <= at.high, name
        assert number.real_n == 50
        assert np.isfinite(number.floor)
    assert (
        found.numbers["frechet"].estimate.low > 2 * found.numbers["frechet"].floor
    )  # six steps teach nothing
    assert found.numbers["precision"].estimate.high < found.numbers["precision"].floor


def test_the_protocol_says_all(judged):
    folder, found = judged
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    protocol = told["protocol"]
    expected = {
        "step": 6, "recipe": "gan", "data": "digits", "split": "held out from training", "asked_n": 100,
        "reference_n": 100, "fakes_n": 100, "seed": 0, "features": "classifier", "dimensions": 64,
        "resize": "none", "weights": "averaged (G)", "run": str(folder),
    }  # fmt: skip
    assert expected.items() <= protocol.items()
    assert len(protocol["checksum"]) == 64
    assert any("of the reference correctly" in note for note in protocol["notes"])
    assert {"value", "low", "high", "interval", "real", "real_n", "better", "says"} == set(
        told["numbers"]["kernel"]
    )
    assert told["numbers"]["copies"]["interval"].startswith("95%, percentile bootstrap, 1000")


def test_the_same_seed_gives_the_same_numbers_and_the_judge_is_taught_once(judged, monkeypatch):
    folder, found = judged
    assert (folder / judging.FILE).is_file()
    assert judging.FILE in RUN_PARTS
    monkeypatch.setattr(judging, "train_on_arrays", None)  # not to be asked again
    assert evaluate(folder, n=100).as_json() == found.as_json()
    assert evaluate(folder, n=100, seed=1).numbers != found.numbers


def test_a_judge_that_is_not_whole_is_taught_again(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 20)
    data = dataset("digits")
    index, marks = np.arange(200), np.arange(len(data), dtype=np.uint64)
    one = judging.run_classifier(tmp_path, data, index, marks)
    (tmp_path / judging.FILE).write_bytes(b"torn")
    with caplog.at_level(logging.INFO):
        other = judging.run_classifier(tmp_path, data, index, marks)
    assert "training a classifier" in caplog.text
    np.testing.assert_array_equal(one.probabilities(data.x[:5]), other.probabilities(data.x[:5]))
    caplog.clear()
    with caplog.at_level(logging.INFO):
        kept = judging.run_classifier(tmp_path, data, index, marks)
        assert not caplog.text
        judging.run_classifier(tmp_path, data, index[1:], marks)
        assert "training a classifier" in caplog.text
    np.testing.assert_array_equal(kept.probabilities(data.x[:5]), one.probabilities(data.x[:5]))


def test_the_figure_shows_fakes_and_neighbours(judged):
    folder, _ = judged
    with Image.open(folder.parent / "near.png") as figure:
        assert figure.width > 500
        assert figure.height > figure.width


def test_real_pictures_score_as_real_ones(halves):
    fake, real = halves
    numbers = pictures.picture_metrics(fake, real, True, 0)
    for name, number in numbers.items():
        wide = number.estimate.high - number.estimate.low
        assert abs(number.estimate.value - number.floor) < 3 * wide + 0.02, name
    assert numbers["copies"].estimate.value < 0.05
    assert numbers["coverage"].estimate.value > 0.9
    assert "score" not in numbers
    assert "copies" not in pictures.picture_metrics(fake, real, False, 0)


def test_training_pictures_are_found_out(halves):
    _, real = halves
    x = shuffled()
    copied = picture_sample(
        [x[1200:1500], x[1500:]], random_features((1, 8, 8)), lambda: [x[1200:1400], x[1400:]]
    )
    assert (copied.near[:, 0] == np.arange(len(copied))).mean() > 0.99
    assert pictures.picture_metrics(copied, real, True, 0)["copies"].estimate.value > 0.99


def test_parts_of_a_sample_keep_rows_together(halves):
    one, _ = halves
    part = one.part(np.array([5, 2, 9]))
    assert len(part) == 3
    np.testing.assert_array_equal(part.features, one.features[[5, 2, 9]])
    np.testing.assert_array_equal(part.pictures, one.pictures[[5, 2, 9]])
    np.testing.assert_array_equal(part.distances, one.distances[[5, 2, 9]])


def test_points_have_modes_and_an_energy_and_no_pictures(tmp_path):
    api.train("gan", quick(tmp_path / "run", data="ring8", family="mlp"), quiet=True)
    found = evaluate(tmp_path / "run", n=600)
    assert set(found.numbers) == {"energy", "modes", "quality", "divergence"}
    assert found.numbers["modes"].floor == 8
    assert found.numbers["quality"].floor == pytest.approx(0.989, abs=0.02)
    assert found.numbers["energy"].estimate.low > 10 * found.numbers["energy"].floor
    assert found.protocol.reference_n == 600
    few = evaluate(tmp_path / "run", n=100)
    assert set(few.numbers) == {"energy"}
    assert any("250 points" in note for note in few.protocol.notes)
    json.dumps(found.as_json(), allow_nan=False)
    with pytest.raises(BadInput, match="are compared as they are"):
        evaluate(tmp_path / "run", features="raw")
    with pytest.raises(BadInput, match="a sample has shape"):
        evaluate(tmp_path / "run", data="mix1d")


def test_real_points_are_at_the_floor():
    x = ring8().x
    found = point_metrics(x[:1500], x[1500:3000], "ring8", 0)
    assert found["energy"].estimate.value < found["energy"].floor
    assert found["modes"].estimate.value == 8
    assert found["quality"].estimate.low <= 0.989 <= found["quality"].estimate.high
    assert set(point_metrics(x[:300], x[300:600], "points.npz", 0)) == {"energy"}


def test_without_labels_the_features_are_random_and_a_classifier_is_refused(tmp_path):
    x = dataset("digits").x
    np.savez(tmp_path / "plain.npz", x=x)
    train("gan", quick(tmp_path / "run", data=f"{tmp_path}/plain.npz:x"), knobs=NARROW, quiet=True)
    found = evaluate(tmp_path / "run", n=80)
    assert found.protocol.features == "random"
    assert not (tmp_path / "run" / judging.FILE).exists()
    with pytest.raises(BadInput, match="no labels of two classes"):
        evaluate(tmp_path / "run", n=80, features="classifier")


def test_training_data_are_never_the_reference_unless_it_is_said(tmp_path):
    train("gan", quick(tmp_path / "run", holdout=0.0), knobs=NARROW, quiet=True)
    found = evaluate(tmp_path / "run", n=3000, features="raw")
    assert found.protocol.split == "all, training data included"
    assert found.protocol.reference_n == found.protocol.fakes_n == 1797
    assert "copies" not in found.numbers
    said = " ".join(found.protocol.notes)
    assert "training data" in said
    assert "3000 were asked for; the reference has 1797" in said


def test_other_data_leave_out_what_was_trained_on(run):
    held = api.load(run)
    own, other = reference.reference(held, None, 5000, 0), reference.reference(held, "digits", 5000, 0)
    np.testing.assert_array_equal(own.index, other.index)
    np.testing.assert_array_equal(np.sort(own.index), own.home.held)
    assert "not trained on" in other.split


def test_translations_are_compared_with_the_second_domain(tmp_path):
    x, y = dataset("digits").x, dataset("digits").y
    two = np.isin(y, (0, 1))
    np.savez(tmp_path / "two.npz", x=x[two], y=y[two])
    knobs = {f"nets.{net}.width": 8 for net in ("G", "F", "DA", "DB")}
    spec = f"{tmp_path}/two.npz:x:y"
    settings = {"data": spec, "batch": 4, "steps": 2, "holdout": 0.5, "checkpoint_every": 2}
    api.train("cyclegan", quick(tmp_path / "run", **settings), knobs=knobs, quiet=True)
    held = reference.reference(api.load(tmp_path / "run"), None, 100, 0)
    assert (held.dataset.y[held.index] == 1).all()
    assert (held.home.dataset.y[held.training] == 1).all()
    found = evaluate(tmp_path / "run", n=60)
    assert found.protocol.features == "random"
    assert found.protocol.fakes_n == 60


def test_sequences_are_refused(tmp_path):
    knobs = {"nets.G.width": 8, "latent.rolls": 3}
    api.train("seqgan", quick(tmp_path / "run", steps=2, data="chains"), knobs=knobs, quiet=True)
    with pytest.raises(BadInput, match="sequences of tokens"):
        evaluate(tmp_path / "run")


def test_streams_are_what_is_drawn(run):
    held = api.load(run)
    parts = list(held.stream(600, seed=3))
    assert [len(part) for part in parts] == [256, 256, 88]
    assert (np.concatenate(parts) == held.drawn(600, seed=3).numpy()).all()


def test_pixels_are_refused_where_a_covariance_of_them_would_not_end(run, monkeypatch):
    monkeypatch.setattr("sparring.tasks.evaluate.job.WIDEST", 63)
    with pytest.raises(BadInput, match="64 numbers each"):
        evaluate(run, n=60, features="raw")


def test_inception_is_told_with_its_checksum_and_the_caveat(run, monkeypatch):
    stand = random_features((1, 8, 8))
    foreign = SimpleNamespace(
        name="inception", dimensions=256, checksum="ab", resize="to 299", read=stand.read
    )
    monkeypatch.setattr("sparring.tasks.evaluate.job.inception", lambda: foreign)
    protocol = evaluate(run, n=60, features="inception").protocol
    assert (protocol.features, protocol.checksum, protocol.resize) == ("inception", "ab", "to 299")
    assert any("not those of papers" in note for note in protocol.notes)
