"""Recipes, knobs, lineage, latents."""

from __future__ import annotations

import pytest
import torch

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.knobs import knobs, optimiser_knobs, set_knobs
from sparring.core.latent import Normal, Uniform
from sparring.core.lineage import changes
from sparring.core.optim import Adam, RMSProp


def test_knobs_are_typed_and_turned_without_touching_the_original():
    recipe = zoo.get("wgan_gp")
    found = knobs(recipe)
    assert found["turns.D.optim.lr"] == 1e-4
    assert found["turns.D.repeat"] == 5
    assert found["nets.G.width"] == 64
    other = set_knobs(
        recipe, {"turns.D.optim.betas": [0.5, 0.9], "turns.D.loss.weight": 1, "nets.G.width": 8}
    )
    assert other.turns["D"].optim == Adam(1e-4, (0.5, 0.9))
    assert other.turns["D"].loss.weight == 1.0
    assert zoo.get("wgan_gp") is recipe
    assert knobs(recipe) == found


@pytest.mark.parametrize("path", ["turns.D.optim.rate", "nets.X.width", "name", "parent.batch", ""])
def test_unknown_knobs_are_named(path):
    with pytest.raises(BadInput, match="no such knob"):
        set_knobs(zoo.get("gan"), {path: 1})


@pytest.mark.parametrize("value", ["fast", None, True, [1.0]])
def test_a_setting_of_another_type_is_refused(value):
    with pytest.raises(BadInput, match="another type"):
        set_knobs(zoo.get("gan"), {"turns.D.optim.lr": value})


def test_but_merges_by_key_and_none_removes():
    parent = zoo.get("r1_gan")
    child = parent.but(
        "child", paper="1", title="", year=2000,
        turns={"R1": None, "D": {"repeat": 2}}, nets={"G": zoo.get("gan").nets["G"]},
    )  # fmt: skip
    assert list(child.turns) == ["D", "G"]
    assert child.turns["D"].repeat == 2
    assert child.turns["D"].loss is parent.turns["D"].loss
    assert child.nets["D"] is parent.nets["D"]
    assert child.parent is parent
    with pytest.raises(TypeError):
        parent.but("child", paper="1", title="", year=2000, turns={"D": {"speed": 2}})


def test_changes_tell_what_a_child_changes():
    told = {c.path: (c.old, c.new) for c in changes(zoo.get("wgan"), zoo.get("dcgan"))}
    assert told["turns.D.after"] == (None, "constraints.Clip(bound=0.01)")
    assert told["turns.D.optim"][1] == f"optim.{RMSProp(5e-5)!r}"
    assert "nets.G" not in told


@pytest.mark.parametrize("latent", [Normal(64), Uniform(64)])
def test_latents_draw_project_and_weigh(latent):
    z = latent.sample(4000, torch.Generator().manual_seed(0))
    assert z.shape == (4000, 64)
    assert abs(z.mean()) < 0.01
    far = z * 10
    if isinstance(latent, Normal):
        assert z.std() == pytest.approx(1, abs=0.01)
        assert torch.equal(latent.project(far), far)
        torch.testing.assert_close(latent.energy(z), (z**2).sum(1) / 2)
    else:
        assert z.abs().max() <= 1
        assert z.std() == pytest.approx(3**-0.5, abs=0.01)
        assert latent.project(far).abs().max() == 1
        assert torch.equal(latent.energy(z), torch.zeros(4000))


def test_knobs_of_several_optimisers_are_set_at_once_and_nothing_else():
    gan = zoo.get("gan")
    before, rates = knobs(gan), optimiser_knobs("DG", {"lr": 0.5, "betas": (0.1, 0.2)})
    after = knobs(set_knobs(gan, rates))
    assert {path for path in after if after[path] != before[path]} == {
        "turns.D.optim.lr",
        "turns.D.optim.betas",
        "turns.G.optim.lr",
        "turns.G.optim.betas",
    }
    assert after["turns.D.optim.lr"] == after["turns.G.optim.lr"] == 0.5


@pytest.mark.parametrize(
    ("name", "discriminators", "generators"),
    [
        ("gan", ("D",), ("G",)),
        ("r1_gan", ("D",), ("G",)),  # R1 shares D's optimiser
        ("magan", ("D",), ("G",)),  # and so does P
        ("seqgan", ("D",), ("G",)),  # L pretrains G, with an optimiser of its own, and is listed after G
        ("infogan", ("D",), ("G",)),
        ("cogan", ("D",), ("G",)),
        ("cyclegan", ("D",), ("G",)),
        ("lapgan", ("D0", "D1", "D2"), ("G0", "G1", "G2")),
    ],
)
def test_turns_of_a_role_are_the_first_with_an_optimiser_of_their_own(name, discriminators, generators):
    recipe = zoo.get(name)
    assert recipe.turns_of_role("discriminator") == discriminators
    assert recipe.turns_of_role("generator") == generators
    assert recipe.turns_of_role("state") == ()


def test_a_net_that_no_turn_moves_has_no_turn():
    recipe = zoo.get("bigan")
    assert [recipe.turn_of(net) for net in ("G", "E", "D")] == ["G", "G", "D"]
    assert zoo.get("cyclegan").turn_of("PA") is None
