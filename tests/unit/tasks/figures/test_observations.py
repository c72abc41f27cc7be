"""What a movie shows, on frames whose course is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from sparring import zoo
from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.core.knobs import set_knobs
from sparring.data.sources import dataset
from sparring.engine.trainer import frame_steps
from sparring.plots.contact import contact_sheet
from sparring.runs.pictures import save_frame
from sparring.tasks.figures.observations import (
    curve_summary,
    frame_curves,
    neighbour_correlation,
    observation_figure,
    pair_distance,
    run_frames,
    training_frames,
)


@pytest.fixture(scope="module")
def digits():
    found = dataset("digits")
    return np.asarray(found.x[np.arange(600)]), found.y[:600]


@pytest.fixture(scope="module")
def course(digits):
    """Noise, then one digit 36 times, then 36 digits twice, the second time settled."""
    x, _ = digits
    noise = np.random.default_rng(0).integers(0, 256, (36, 8, 8, 1), dtype=np.uint8)
    return np.stack([noise, np.repeat(x[:1], 36, 0), x[:36], x[:36]])


@pytest.fixture(scope="module")
def curves(digits, course):
    return frame_curves(course, *digits)


def test_the_curves_tell_the_course(curves):
    assert {len(curve) for curve in curves.values()} == {4}
    assert curves["strokes"][0] < 0.2
    assert curves["strokes"][2] == pytest.approx(1, abs=0.1)
    assert curves["variety"][1] == 0
    assert curves["variety"][2] == pytest.approx(1, abs=0.1)
    assert np.isnan(curves["flips"][0])
    assert curves["flips"][2] == pytest.approx(0.9, abs=0.08)
    assert curves["flips"][3] == 0
    assert curves["distance"][2] < 0.1 * curves["distance"][0]
    assert curves["confidence"][3] > 0.95 > curves["confidence"][0]


def test_the_verdict_reads_the_curves():
    t = np.arange(7)
    curves = {
        "strokes": np.array([0, 0.5, 0.9, 1, 1, 1, 1.0]),
        "confidence": np.array([0.1, 0.1, 0.2, 0.9, 1, 1, 1.0]),
        "variety": np.array([0, 0, 0, 0, 0.1, 0.2, 0.7]),
        "flips": np.array([np.nan, 0.6, 0.4, 0.3, 0.3, 0.1, 0.1]),
    }
    assert curve_summary(10 * t, curves) == {
        "variety_end": 0.7,
        "flips_first": pytest.approx(0.5),
        "flips_last": pytest.approx(0.1),
        "strokes_step": 20,
        "confidence_step": 30,
        "variety_step": None,
    }


def test_neighbours_of_a_ramp_and_of_noise():
    ramp = np.arange(8, dtype=np.uint8)[None, None, :, None].repeat(8, 1) * 30
    assert neighbour_correlation(ramp) == pytest.approx(1)
    noise = np.random.default_rng(0).integers(0, 256, (500, 8, 8, 1), dtype=np.uint8)
    assert abs(neighbour_correlation(noise)) < 0.02
    assert neighbour_correlation(np.full((3, 8, 8, 1), 128, np.uint8)) == 0
    board = (np.indices((8, 8)).sum(0) % 2 * 255).astype(np.uint8)[None, ..., None]
    assert neighbour_correlation(board) == pytest.approx(-1)


def test_mean_distance_of_pairs():
    assert pair_distance(np.array([[0.0], [3.0], [6.0]])) == pytest.approx(4)


@pytest.mark.parametrize("channels", [1, 3])
def test_frames_are_cut_as_they_were_laid(tmp_path, channels):
    grey = torch.randint(0, 256, (36, channels, 9, 7), generator=torch.Generator().manual_seed(0))
    save_frame(tmp_path / "00000012.png", grey / 127.5 - 1)
    steps, frames = run_frames(tmp_path, (channels, 9, 7))
    assert steps.tolist() == [12]
    assert np.array_equal(frames[0], grey.permute(0, 2, 3, 1).numpy())
    for shape, said in (((channels, 8, 7), "not a frame of 36"), ((4, 9, 7), "grey and RGB")):
        with pytest.raises(BadInput, match=said):
            run_frames(tmp_path, shape)
    with pytest.raises(BadInput, match="no frames"):
        run_frames(tmp_path / "none", (1, 9, 7))


def test_the_frames_of_a_bout_are_of_the_same_latents():
    small = set_knobs(zoo.get("gan"), {"nets.G.width": 8, "nets.D.width": 8})
    steps, frames = training_frames(small, dataset("digits"), 4, 0, every=2)
    assert steps.tolist() == [0, 2, 4]
    assert frames.shape == (3, 36, 8, 8, 1)
    _, again = training_frames(small, dataset("digits"), 2, 0, every=2)
    assert np.array_equal(frames[:2], again)


def test_a_figure_of_five_curves(digits, course, curves):
    figure = observation_figure([0, 1, 10, 100], curves)
    assert len(figure.axes) == 5
    assert figure.axes[-1].get_xscale() == "symlog"
    with pytest.raises(BadInput, match="like the data's"):
        frame_curves(course[..., :4, :], *digits)


def test_frames_lie_ever_sparser_from_0_on():
    steps = sorted(frame_steps(50_000, 200))
    assert steps[:4] == [0, 1, 2, 3]
    assert steps[-1] == 50_000
    assert 100 < len(steps) <= 200
    gaps = np.diff(steps)
    assert (np.diff(gaps) >= -1).all()


def test_the_contact_sheet_shows_first_and_last(run, tmp_path, capsys):
    titles = [axes.get_title() for axes in contact_sheet(run / "frames", 3).axes if axes.images]
    assert titles == ["step 0", "step 2", "step 6"]
    out = tmp_path / "sheet.png"
    assert main(["movie", str(run), "--out", str(tmp_path / "m.gif"), "--sheet", str(out)]) == 0
    assert Image.open(out).width == 1600
    assert main(["movie", str(run), "--out", str(tmp_path / "n.gif"), "--sheet", "x.txt"]) == 2
    assert not (tmp_path / "n.gif").exists()
    assert "--sheet x.txt" in capsys.readouterr().err
    with pytest.raises(BadInput, match="no frames"):
        contact_sheet(tmp_path / "none")
