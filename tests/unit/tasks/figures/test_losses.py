"""The curves that are drawn, and where lines are drawn beside them."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image
from tests.unit.practice.games import renamed

from sparring import zoo
from sparring.cli import main
from sparring.core.errors import BadInput
from sparring.plots import style
from sparring.tasks.figures.losses import loss_figure, run_loss_figure, running_band


def rows(n: int = 200) -> list[dict[str, float]]:
    noise = np.random.default_rng(0).normal(size=(n, 2)) * 0.05
    return [
        {
            "step": 10 * i,
            "D.adv": 1.3 + a,
            "G.adv": 0.8 + b,
            "D.gradient": 2.0,
            "G.gradient": 1.0,
            "seconds": 1.0,
        }
        for i, (a, b) in enumerate(noise)
    ]


def test_a_lone_spike_leaves_no_trace_in_the_median():
    curve = np.ones(100)
    curve[50] = 1000.0
    low, median, high = running_band(curve)
    assert np.array_equal(median, np.ones(100))
    assert (low <= median).all()
    assert high.max() > 1


def test_the_band_holds_most_of_a_noisy_curve():
    curve = np.random.default_rng(0).normal(size=1000)
    low, _, high = running_band(curve)
    assert 0.7 < ((low <= curve) & (curve <= high)).mean() < 0.9


def test_lines_stand_at_the_constants_of_the_pair():
    loss, slope = loss_figure(rows(), zoo.get("gan")).axes
    level = {round(line.get_ydata()[0], 4) for line in loss.lines if line.get_linestyle() != "-"}
    assert level == {1.3863, 0.6931}
    assert slope.get_yscale() == "log"
    assert len(slope.lines) == 2
    low, high = loss.get_ylim()
    assert low < 0.6931 < 1.3863 < high


def test_no_line_stands_where_the_game_has_no_constant():
    loss = loss_figure(rows(), zoo.get("bigan")).axes[0]
    assert all(line.get_linestyle() == "-" for line in loss.lines)
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["D", "G"]


def test_penalties_stand_apart():
    found = [row | {"R1.penalty": 0.1} for row in rows()]
    labels = [axes.get_ylabel() for axes in loss_figure(found, zoo.get("r1_gan")).axes]
    assert labels == ["loss", "other terms", "gradient norm"]


def test_the_verb_draws_a_run(run, tmp_path, capsys):
    out = tmp_path / "l.png"
    assert main(["losses", str(run), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert Image.open(out).width == style.WIDTH * style.PRINT
    assert main(["losses", str(run), "--out", str(tmp_path / "l.svg")]) == 0
    assert "<svg" in (tmp_path / "l.svg").read_text()


def test_what_cannot_be_drawn_is_said_in_a_line(run, tmp_path, capsys):
    bare = tmp_path / "bare"
    shutil.copytree(run, bare)
    (bare / "events.jsonl").write_text("")
    with pytest.raises(BadInput, match="holds no losses yet"):
        run_loss_figure(bare)
    for words in ([str(run), "--out", "l.txt"], [str(tmp_path / "none")], [str(bare)]):
        assert main(["losses", *words]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_colours_go_by_role():
    found = [
        {key.replace("D.", "Judge.").replace("G.", "Painter."): v for key, v in row.items()} for row in rows()
    ]
    loss = loss_figure(found, renamed(zoo.get("gan"))).axes[0]
    assert [line.get_color() for line in loss.lines[:2]] == [style.DISCRIMINATOR, style.GENERATOR]
