"""The game on a line, really trained: the numbers that its picture promises."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sparring.core.errors import BadInput
from sparring.plots.line import LineGame, LineMixture, StageLengths, train_on_line
from sparring.plots.one_dimensional import ARROWS, line_figure, write_line_movie

SHORT = StageLengths(start=5, discriminator=5, generator=5, both=5)


@pytest.fixture(scope="module")
def told() -> LineGame:
    return train_on_line(LineMixture())


def test_the_discriminator_reaches_its_optimum(told):
    start, best, moved, end = told.stages
    assert best.discriminator_error <= 0.05
    assert end.discriminator_error <= 0.05
    assert start.discriminator_error > 0.1  # else the check says nothing
    assert np.array_equal(best.q, start.q)  # D alone learnt
    assert np.array_equal(moved.d, best.d)  # G alone learnt


def test_at_the_end_nothing_is_left_to_tell(told):
    end = told.stages[-1]
    assert end.deviation_from_half <= 0.1
    assert told.distance <= 0.1
    assert told.stages[0].deviation_from_half > 0.4


def test_densities_are_densities(told):
    for state in told.stages:
        step = state.x[1] - state.x[0]
        assert state.p.sum() * step == pytest.approx(1, abs=1e-3)
        assert state.q.sum() * step == pytest.approx(1, abs=1e-2)
    end = told.stages[-1]
    mean, deviation = end.made.mean(), end.made.std()
    exact = np.exp(-(((end.x - mean) / deviation) ** 2) / 2) / (deviation * np.sqrt(2 * np.pi))
    assert np.abs(end.q - exact).max() < 0.02 * exact.max()


def test_a_mixtures_deviation_is_that_of_its_draws():
    line = LineMixture((0.4, 0.3, 0.3), (-2.0, 0.0, 2.0), (0.4, 0.3, 0.5))
    draw = np.random.default_rng(0)
    part = draw.choice(3, 200_000, p=line.weights)
    x = np.array(line.means)[part] + np.array(line.stds)[part] * draw.standard_normal(200_000)
    assert line.std == pytest.approx(x.std(), rel=0.01)


def test_the_figure_has_four_panels_with_arrows(told):
    figure = line_figure(told)
    assert len(figure.axes) == 12
    arrows = [axes for axes in figure.axes if len(axes.texts) == ARROWS]
    assert len(arrows) == 4
    curves = figure.axes[0].lines[0]
    assert (curves.get_color(), curves.get_linestyle()) == ("black", ":")
    assert np.array_equal(curves.get_ydata(), told.stages[0].p)


def test_the_movie_shows_the_states_that_were_kept(told, tmp_path):
    short = train_on_line(LineMixture((0.5, 0.5), (-1.0, 1.0), (0.3, 0.3)), SHORT, every=10)
    assert [state.step for state in short.states] == [10, 20]
    assert write_line_movie(short, tmp_path / "m.gif") == 2
    assert Image.open(tmp_path / "m.gif").n_frames == 2
    with pytest.raises(BadInput, match="recorded no states"):
        write_line_movie(told, tmp_path / "n.gif")
    with pytest.raises(BadInput, match=r"ends in \.gif"):
        write_line_movie(short, tmp_path / "n.png")


def test_the_same_seed_gives_the_same_bits():
    one, other = (train_on_line(LineMixture(), SHORT, seed=3) for _ in range(2))
    assert np.array_equal(one.stages[-1].d, other.stages[-1].d)
