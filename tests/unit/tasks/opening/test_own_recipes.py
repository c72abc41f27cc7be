"""A recipe of one's own, in a file of one's own."""

from __future__ import annotations

import pytest

from sparring import api
from sparring.cli import main
from sparring.core.errors import BadInput

MY_GAN = '''"""MyGAN: the discriminator answers with a wider hinge.

    D:  min  E max(0, 2 - D(x)) + E max(0, 2 + D(G(z)))
    G:  min  E softplus(-D(G(z)))

Child of `gan`.
Me 2026, arXiv:0000.00000.  Departures: none known.
"""

from dataclasses import dataclass

from sparring.zoo.gan import gan


@dataclass(frozen=True)
class WideHinge:
    """The discriminator's loss."""

    margin: float = 2.0

    def __call__(self, n, b):
        real, fake = n.D(b.x), n.D(n.G(b.z))
        return {"adv": (self.margin - real).relu().mean() + (self.margin + fake).relu().mean()}


my_gan = gan.but(
    "my_gan",
    paper="0000.00000",
    title="A wider hinge",
    year=2026,
    objective=("D:  min  E max(0, 2 - D(x)) + E max(0, 2 + D(G(z)))", "G:  min  E softplus(-D(G(z)))"),
    turns={"D": {"loss": WideHinge()}},
)
'''
FLAGS = [
    "--data", "digits", "--steps", "4", "--batch", "16", "--threads", "1", "--device", "cpu",
    "--precision", "fp32", "--layout", "contiguous", "--nets.G.width", "8", "--nets.D.width", "8",
    "--turns.D.loss.margin", "3",
]  # fmt: skip


@pytest.fixture
def word(tmp_path, monkeypatch):
    (tmp_path / "my_gan.py").write_text(MY_GAN)
    monkeypatch.chdir(tmp_path)
    return "my_gan.py:my_gan"


def test_it_trains_resumes_and_samples(word, tmp_path, monkeypatch, capsys):
    assert main(["train", word, *FLAGS, "--out", "run"]) == 0
    monkeypatch.chdir("/")  # the run knows its recipe's file wherever it is used from
    assert main(["resume", str(tmp_path / "run"), "--steps", "6"]) == 0
    held = api.load(tmp_path / "run")
    assert held.trained.step == 6
    assert held.trained.recipe.turns["D"].loss.margin == 3.0
    assert held.sample(3).shape == (3, 8, 8, 1)


def test_it_is_shown_like_those_of_the_zoo(word, capsys):
    assert main(["show", word]) == 0
    text = capsys.readouterr().out
    assert "max(0, 2 - D(x))" in text
    before = "gan.Discriminate(pair=NonSaturating(), joint=False)"
    assert f"turns.D.loss: {before} -> my_gan.WideHinge(margin=2.0)" in text


@pytest.mark.parametrize(
    ("word_", "said"),
    [
        ("nowhere.py:my_gan", "nowhere.py: no such file"),
        ("my_gan.py:yours", "defines no recipe called 'yours'; it defines gan, my_gan"),
        ("broken.py:x", r"broken.py: does not run \(ZeroDivisionError"),
        ("my_gan", "no recipe is called 'my_gan'"),
    ],
)
def test_what_is_wrong_is_named(word, tmp_path, word_, said):
    (tmp_path / "broken.py").write_text("x = 1 / 0")
    with pytest.raises(BadInput, match=said):
        api.recipe_named(word_)
