"""The editor, on generators whose right answers are known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring import api
from sparring.core.errors import BadInput
from sparring.core.latent import Normal, Sphere, Uniform
from sparring.inverse.edit.constraints import Colour, Sketch, StayNear, disc
from sparring.inverse.edit.editor import Editor, EditSearch, run_edit

SIDE, LATENT = 8, Normal(12)


class Painter(nn.Module):
    """Colours of the left and the right half are two mixtures of z; batch norm would tie a training batch."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.mix, self.norm = nn.Linear(12, 6), nn.BatchNorm1d(6)

    def forward(self, z):
        halves = self.norm(self.mix(z)).view(-1, 3, 1, 2)
        return halves.expand(-1, -1, SIDE, -1).repeat_interleave(SIDE // 2, 3)


LEFT = torch.zeros(SIDE, SIDE)
LEFT[2:5, :3] = 1
RED = torch.tensor([0.9, -0.8, -0.7])


def editor(latent=LATENT, **changes):
    return Editor(Painter(), latent, **{"search": EditSearch(starts=6), **changes})


def mean_colour(pictures, columns):
    return pictures[:, :, :, columns].mean((2, 3))


@pytest.mark.parametrize(
    "latent", [LATENT, Uniform(12), Sphere(12)], ids=lambda latent: type(latent).__name__
)
def test_the_region_takes_the_colour_asked_for(latent):
    hand = editor(latent)
    first = hand.step([Colour(LEFT, RED)])
    last = run_edit(hand, [Colour(LEFT, RED)], 60)
    before, after = ((mean_colour(f.pictures, slice(0, 4))[0] - RED).abs().max() for f in (first, last))
    assert after < 0.25 * before
    assert last.losses[0] < 0.1 * first.losses[0]
    assert torch.allclose(latent.project(last.z), last.z, atol=1e-5)


def test_a_linear_generator_meets_two_wishes_exactly():
    right = torch.zeros(SIDE, SIDE)
    right[:, 6:] = 1
    found = run_edit(editor(), [Colour(LEFT, RED), Colour(right, -RED)], 400)
    assert found.losses[0] < 1e-4
    assert torch.allclose(mean_colour(found.pictures, slice(4, 8))[0], -RED, atol=0.02)


def test_what_is_returned_belongs_together_and_is_sorted():
    hand, wish = editor(), Colour(LEFT, RED)
    hand.step([wish])
    found = hand.step([wish])
    with torch.no_grad():
        assert torch.allclose(Painter().eval()(found.z), found.pictures, atol=1e-6)
    assert torch.allclose(wish(found.pictures, found.z), found.losses)
    assert found.losses.tolist() == sorted(found.losses.tolist())
    assert len({round(loss, 5) for loss in found.losses.tolist()}) == 6  # no two starts are the same


def test_starts_do_not_feel_how_many_they_are_nor_their_order():
    wish = [Colour(LEFT, RED)]
    few, many = (run_edit(editor(search=EditSearch(starts=n)), wish, 20) for n in (3, 9))
    for z in few.z:
        assert (many.z - z).abs().amax(1).min() < 1e-4
    turned = editor()
    with torch.no_grad():
        turned._parameter.copy_(turned._parameter.flip(0))
    assert torch.allclose(run_edit(turned, wish, 20).z, run_edit(editor(), wish, 20).z, atol=1e-4)


def test_the_same_seed_gives_the_same_bits():
    wish = [Colour(LEFT, RED), Sketch(torch.ones(SIDE, SIDE), torch.eye(SIDE))]
    one, same, other = (run_edit(editor(seed=seed), wish, 10).pictures for seed in (3, 3, 4))
    assert torch.equal(one, same)
    assert not torch.allclose(one, other)


def test_the_first_start_is_the_anchor_and_smoothness_holds_to_it():
    anchor = LATENT.sample(1, torch.Generator().manual_seed(9))[0]
    for hold, far in ((0.0, False), (1e3, True)):
        hand = editor(anchor=anchor)
        wish = [Colour(LEFT, RED), StayNear(anchor, hold)]
        assert ((hand.step(wish).z - anchor).abs().amax(1) == 0).sum() == 1
        assert bool((run_edit(hand, wish, 100).z[0] - anchor).abs().max() < 0.1) is far


def test_the_walk_goes_from_the_anchor_to_the_end():
    anchor, end = LATENT.sample(2, torch.Generator().manual_seed(9))
    hand = editor(anchor=anchor)
    frames = hand.walk_to(end, 5)
    with torch.no_grad():
        assert torch.allclose(frames[[0, -1]], Painter().eval()(torch.stack([anchor, end])), atol=1e-5)
    hand.accept(end)
    assert torch.allclose(hand.walk_to(anchor, 5), frames.flip(0), atol=1e-5)


def test_the_generator_is_left_as_it_came():
    net = Painter()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    run_edit(Editor(net, LATENT), [Colour(LEFT, RED)], 3)
    assert net.training
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_bf16_searches_the_same_way():
    wish = [Colour(LEFT, RED)]
    full, half = (run_edit(editor(search=EditSearch(starts=6, bf16=b)), wish, 60) for b in (False, True))
    assert half.pictures.dtype == torch.float32
    assert abs(float(half.losses[0] - full.losses[0])) < 0.02


def test_a_run_is_edited(run):
    hand = api.editor(run, search="igan")
    centre = Colour(disc((8, 8), (4, 4), 2), torch.tensor([1.0]))
    first = hand.step([centre])
    assert first.pictures.shape == (64, 1, 8, 8)
    assert run_edit(hand, [centre], 30).losses[0] < first.losses[0]


@pytest.mark.parametrize(
    ("make", "telling"),
    [
        (lambda run: editor(search=EditSearch(starts=0)), "0 starts"),
        (lambda run: editor(anchor=torch.zeros(11)), r"give one of \(12,\)"),
        (lambda run: Editor(nn.Linear(12, 3), LATENT), "needs pictures"),
        (lambda run: Editor(nn.Sequential(Painter(), Steps()), LATENT), "smoothly"),
        (lambda run: editor().step([]), "at least one"),
        (lambda run: editor().walk_to(torch.zeros(12)), "nothing to walk from"),
        (lambda run: editor(anchor=torch.zeros(12)).walk_to(torch.zeros(12), 1), "at least 2"),
        (lambda run: run_edit(editor(), [], -1), "0 or more"),
        (lambda run: api.editor(run, search="igna"), "there are default, igan"),
        (lambda run: api.editor(run, seed=-1), "--seed -1"),
    ],
)
def test_what_cannot_be_edited_is_refused(make, telling, run):
    with pytest.raises(BadInput, match=telling):
        make(run)


class Steps(nn.Module):
    """A picture without a slope."""

    def forward(self, x):
        return (x > 0).float()
