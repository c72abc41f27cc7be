"""The descent itself: halving, early ends, going on from a state, and damages that are no holes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.inverse.test_solver import FAITHFUL, nets, scene
from torch import nn

from sparring.core.latent import Normal, Uniform
from sparring.inverse.cache import Batching
from sparring.inverse.optimise import FrozenModel, descent, initial_state
from sparring.inverse.presets import PRESETS
from sparring.inverse.problem import problem
from sparring.inverse.solution import DISTINCT_RMS
from sparring.inverse.solver import complete_pictures, frozen

SEARCH = replace(PRESETS["default"], bank=0, restarts=8, steps=12, temperature=0.0)


def states(preset, n=2, latent=None, after=None):
    G, D, truth, missing = scene(n)
    given, latent = problem(truth, missing), latent or Normal(6)
    start = latent.sample(n * preset.restarts, torch.Generator().manual_seed(4))
    with frozen(G, D):
        yield from descent(
            FrozenModel(G, D, latent, bf16=preset.bf16), given, preset, after or initial_state(given, start)
        )


def test_there_is_a_state_before_each_step_and_one_after_the_last():
    found = list(states(SEARCH))
    assert [state.step for state in found] == list(range(13))
    assert all(state.loss.shape == (2, 8) for state in found)
    assert (found[-1].loss < found[0].loss).all()


def test_halving_keeps_the_better_half_of_each_picture():
    found = list(states(replace(SEARCH, halvings=(4, 8))))
    assert [state.restarts for state in found] == [8] * 4 + [4] * 4 + [2] * 5
    whole = list(states(SEARCH))
    kept = whole[3].loss.topk(4, largest=False).indices
    rows = (torch.arange(2)[:, None] * 8 + kept).flatten()
    assert torch.equal(found[4].z, whole[4].z[rows])
    assert torch.allclose(found[5].z, whole[5].z[rows], atol=1e-6)  # the optimiser's memory went along


def test_a_picture_that_is_met_closely_enough_stands_still():
    found = list(states(replace(SEARCH, steps=400, restarts=4, enough=0.05, prior=0.0), 4))
    ends = [next((s.step for s in found if not s.active[i]), None) for i in range(4)]
    assert None not in ends
    assert found[-1].step == max(ends) < 400
    assert len(set(ends)) > 1
    first = min(range(4), key=lambda i: ends[i])
    z = [state.z.view(4, 4, 6)[first] for state in found if state.step >= ends[first]]
    assert all(torch.equal(z[0], later) for later in z)


def test_halving_takes_along_where_searches_began():
    held = replace(SEARCH, halvings=(4, 8), smoothness=100.0, unclipped=True)
    found = list(states(held, latent=Uniform(6)))
    first = found[0].z.view(2, 8, 6)
    for state in found:
        rows = state.origin.view(2, -1, 6)
        for picture, starts in zip(rows, first, strict=True):
            whence = torch.cdist(picture, starts).argmin(1)
            assert len(set(whence.tolist())) == len(picture)
            torch.testing.assert_close(picture, starts[whence])
    free = list(states(replace(held, smoothness=0.0), latent=Uniform(6)))
    near, far = ((some[-1].z - some[-1].origin).norm(dim=1).mean() for some in (found, free))
    assert near < 0.9 * far


@pytest.mark.parametrize("latent", [Normal(6), Uniform(6)])
@pytest.mark.parametrize(
    "search",
    [SEARCH, replace(SEARCH, smoothness=0.5, unclipped=True, halvings=(4, 8)), replace(SEARCH, bf16=True)],
    ids=["", "igan", "bf16"],
)
def test_whoever_has_a_state_can_go_on_from_it(search, latent):
    whole = list(states(search, latent=latent))
    for here in (0, 3, 5):
        rest = list(states(search, latent=latent, after=whole[here]))
        assert torch.equal(rest[-1].z, whole[-1].z)
        assert torch.equal(rest[-1].loss, whole[-1].loss)


class Watched(nn.Module):
    """A net that notes the precision it is used in."""

    def __init__(self, net):
        super().__init__()
        self.net, self.seen = net, []

    def forward(self, x):
        assert x.dtype == torch.float32
        self.seen.append("bf16" if torch.is_autocast_enabled("cpu") else "fp32")
        return self.net(x)


@pytest.mark.parametrize("bank", [0, 64])
def test_a_search_in_bfloat16_answers_in_float32(bank):
    G, D, truth, missing = scene(2)
    search = replace(SEARCH, bf16=True, bank=bank, restarts=4, perceptual=PRESETS["bamos"].perceptual)
    made, judged = Watched(G), Watched(D)
    found = complete_pictures(
        FrozenModel(made, judged, Normal(6)), truth, missing, search, seed=1, batching=Batching(size=2)
    )
    steps = ["bf16"] * search.steps
    assert made.seen == ["bf16"] * (bank > 0) + steps + ["fp32", "fp32"]  # the last loss, and the answer
    assert judged.seen == [*steps, "fp32"]
    exact = complete_pictures(
        FrozenModel(G, D, Normal(6)),
        truth,
        missing,
        replace(search, bf16=False),
        seed=1,
        batching=Batching(size=2),
    )
    assert not torch.equal(found.z, exact.z)
    torch.testing.assert_close(found.raw, exact.raw, atol=0.1, rtol=0)
    assert found.raw.dtype == found.z.dtype == found.loss.dtype == torch.float32
    with torch.no_grad():
        again = G.eval()(found.z)
    torch.testing.assert_close(found.raw, again, atol=1e-6, rtol=0)


def test_the_loss_of_a_search_in_bfloat16_that_ends_early_is_exact():
    near = replace(SEARCH, steps=400, restarts=4, enough=0.08, prior=0.0, bf16=True)
    found = list(states(near))
    assert found[-1].step < 400
    G, _, truth, missing = scene(2)
    with torch.no_grad():
        made = G.eval()(found[-1].z)
    known = (~missing).repeat_interleave(4, 0)[:, None]
    exact = (known * (made - truth.repeat_interleave(4, 0))).square().sum((1, 2, 3))
    torch.testing.assert_close(found[-1].loss.flatten(), exact)


@pytest.mark.parametrize("preset", [SEARCH, replace(SEARCH, bank=64)], ids=["drawn", "bank"])
def test_in_bfloat16_too_a_result_does_not_depend_on_batch_mates(preset):
    G, D, truth, missing = scene(5, "pattern:0.3")
    coarse = replace(preset, bf16=True)
    together = complete_pictures(FrozenModel(G, D, Normal(6)), truth, missing, coarse, seed=2)
    alone = complete_pictures(FrozenModel(G, D, Normal(6)), truth[3:4], missing[3:4], coarse, seed=2)
    assert torch.equal(alone.raw[0], together.raw[3])
    assert torch.equal(alone.loss[0], together.loss[3])


@pytest.mark.parametrize(
    "damage",
    [lambda x: nn.functional.avg_pool2d(x, 2), lambda x: x.flip(3), lambda x: x[:, :, 2:9, 3:]],
    ids=["smaller", "turned", "cut"],
)
def test_other_damages_are_undone_by_the_same_search(damage):
    G, D, truth, _ = scene(8)
    y = damage(truth)
    known = torch.zeros(8, *y.shape[2:], dtype=torch.bool)
    found = complete_pictures(FrozenModel(G, D, Normal(6)), y, known, FAITHFUL, seed=1, damage=damage)
    assert found.raw.shape == truth.shape
    assert (found.raw - truth).square().mean((1, 2, 3)).sqrt().median() < 0.06
    assert torch.allclose(found.residual, (damage(found.raw) - y).square().mean((1, 2, 3)).sqrt(), atol=1e-6)


def test_ranked_answers_differ_and_rise_in_loss():
    G, D, truth, missing = scene(3, "half")
    search = replace(PRESETS["default"], bank=64, restarts=16, steps=5)
    found = complete_pictures(FrozenModel(G, D, Normal(6)), truth, missing, search, seed=1, keep=3)
    assert len(found.kept) == 3
    for one, hole in zip(found.kept, missing, strict=True):
        assert 1 <= len(one.raw) <= 3
        assert (one.loss.diff() >= 0).all()
        for i in range(len(one.raw)):
            for j in range(i):
                gap = (one.raw[i] - one.raw[j])[:, hole].square().mean().sqrt()
                assert gap >= DISTINCT_RMS
    assert max(len(one.raw) for one in found.kept) > 1
    for one, best in zip(found.kept, found.loss, strict=True):
        assert one.loss[0] == best


def test_halving_and_keeping_do_not_depend_on_batch_mates():
    G, D, truth, missing = scene(5, "pattern:0.3")
    search = replace(SEARCH, halvings=(4, 8), enough=0.02)
    together = complete_pictures(FrozenModel(G, D, Normal(6)), truth, missing, search, seed=2, keep=2)
    alone = complete_pictures(FrozenModel(G, D, Normal(6)), truth[3:4], missing[3:4], search, seed=2, keep=2)
    assert torch.equal(alone.z[0], together.z[3])
    assert torch.equal(alone.kept[0].raw, together.kept[3].raw)


def test_an_encoder_that_knows_is_all_that_is_needed():
    G, D = nets()
    z = torch.randn(4, 6, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        truth = G.eval()(z)
    missing = torch.zeros(4, 12, 12, dtype=torch.bool)
    missing[:, 3:6, 3:6] = True

    class Knows(nn.Module):
        def forward(self, seen):
            assert seen.shape[1:] == (2, 12, 12)
            assert torch.equal(seen[:, 1] > 0, missing)
            return torch.cat([z, torch.full_like(z, -5.0)], 1)

    search = replace(PRESETS["default"], steps=0, restarts=2, encoder_share=1.0, prior=0.0)
    found = complete_pictures(
        FrozenModel(G, D, Normal(6), Knows()), truth, missing, search, seed=0, batching=Batching(size=4)
    )
    assert (found.z - z).abs().max() < 0.05  # the mean itself, or the draw beside it
    assert found.residual.max() < 0.05


def test_amortised_asks_the_encoder_alone_and_is_fast_without_one():
    G, D, truth, missing = scene(4)
    z = Normal(6).sample(4, torch.Generator().manual_seed(90))

    class Says(nn.Module):
        def forward(self, seen):
            return torch.cat([z[: len(seen)], torch.full_like(z[: len(seen)], -5.0)], 1)

    def found(name, E=None):
        return complete_pictures(
            FrozenModel(G, D, Normal(6), E), truth, missing, PRESETS[name], seed=0, batching=Batching(size=4)
        )

    assert torch.equal(found("amortised").raw, found("fast").raw)
    assert (found("amortised", Says()).z - z).abs().max() < 0.05
    nearest = found("fast", Says()).z  # of the bank, and better than what the encoder says
    assert (nearest - z).abs().max() > 0.5


def test_what_is_not_met_is_searched_again_from_other_starts():
    G, D, truth, missing = scene(6)
    once = replace(
        FAITHFUL, bank=0, restarts=1, halvings=(), steps=60, enough=0.1, retry_residual=0.1, rounds=1
    )
    again = replace(once, rounds=5)
    first, found = (
        complete_pictures(FrozenModel(G, D, Normal(6)), truth, missing, how, seed=3, keep=1)
        for how in (once, again)
    )
    met = first.residual <= once.retry_residual
    assert 0 < met.sum() < 6
    assert torch.equal(found.raw[met], first.raw[met])
    better = found.loss < first.loss
    assert better.any()
    assert not better[met].any()
    assert torch.equal(found.residual[~better], first.residual[~better])
    assert torch.equal(found.kept[int(better.int().argmax())].loss, found.loss[better][:1])
    alone = complete_pictures(FrozenModel(G, D, Normal(6)), truth[~met], missing[~met], again, seed=3, keep=1)
    torch.testing.assert_close(alone.z, found.z[~met], atol=1e-3, rtol=0)
