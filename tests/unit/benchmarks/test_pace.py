"""Searches followed step by step, and what is told of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from benchmarks import pace
from benchmarks.pace import Walk, paces, times, walk, ways
from tests.unit.inverse.test_solver import scene

from sparring.core.latent import Normal
from sparring.core.pixels import to_float, to_uint8
from sparring.inverse.blend.poisson import pasted
from sparring.inverse.comparison import as_levels
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.inverse.solver import complete_pictures
from sparring.metrics.images import psnr_hole

QUICK = replace(PRESETS["default"], bank=64, restarts=8, steps=6)


def given(n=5):
    G, D, truth, missing = scene(n, "pattern:0.4")
    return FrozenModel(G, D, Normal(6)), to_uint8(truth), missing.numpy()


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_a_walk_ends_where_the_search_does(temperature):
    field, x, missing = given()  # batches of four, the last filled up
    search = replace(QUICK, temperature=temperature)
    found = walk(field, search, x, missing, seed=3)
    pictures = to_float(torch.from_numpy(x)).contiguous()
    whole = complete_pictures(field, pictures, torch.from_numpy(missing), search, seed=3)
    wanted = psnr_hole(pasted(x, as_levels(whole.raw), missing), x, missing)
    np.testing.assert_allclose(found.answers[-1], wanted, atol=1e-4)
    assert found.steps == list(range(7))
    assert found.answers.shape == (7, 5)
    assert (found.oracle >= found.by_loss).all()
    assert (found.oracle > found.by_loss).any()
    assert (found.answers[-1] == found.by_loss).all() == (temperature == 0)


def test_a_search_that_ends_early_stays_where_it_was():
    field, x, missing = given(3)
    early = replace(QUICK, steps=300, restarts=32, prior=0.0, enough=0.05)  # one picture a batch
    found = walk(field, early, x, missing)
    assert found.steps[-1] <= 300
    assert found.steps == sorted(set(found.steps))
    assert np.isfinite(found.answers).all()
    assert found.answers.shape == (len(found.steps), 3)


@pytest.mark.parametrize(
    ("means", "near"),
    [([10, 15, 19.95, 20], 40), ([20, 20, 20, 20], 0), ([10, 20.5, 19, 20], 60), ([10, 21, 22, 20], 20)],
)
def test_near_is_where_it_stays_within_a_tenth_of_a_decibel(means, near):
    answers = np.array(means, float)[:, None] + [[-1.0, 1.0]]
    assert Walk([0, 20, 40, 60], answers, answers[-1], answers[-1]).near == near


@pytest.mark.parametrize(("steps", "together"), [(10, 7 + 10 * 0.5), (500, 7 + 500 * 0.5)])
def test_long_searches_of_many_are_timed_by_their_first_steps(monkeypatch, steps, together):
    clock, sizes = [0.0], []

    def took(model, pictures, missing, preset, **settings):
        sizes.append(len(pictures))
        clock[0] += 7 + preset.steps * 0.5 if len(pictures) > 1 else 1.25

    monkeypatch.setattr(pace, "complete_pictures", took)
    monkeypatch.setattr(pace, "perf_counter", lambda: clock[0])
    field, x, _ = given(3)
    found = times(field, replace(QUICK, steps=steps), x)
    assert found == {"alone": 1.25, "together": round(together / 64, 4)}
    assert sizes[:3] == [1, 1, 1]
    assert set(sizes[3:]) == {64}


def test_tables_tell_what_was_measured():
    assert paces([]) == ways([]) == "Not measured yet."
    rows = [
        {"data": "d", "preset": "p", "threads": 1, "steps": 30, "bf16": True, "alone": 0.5, "together": 0.25},
        {
            "data": "d", "preset": "p", "mask": "half", "steps": 30, "near": 12, "answer": 20.0,
            "by_loss": 19.0, "oracle": 21.125,
        },
    ]  # fmt: skip
    assert paces(rows).splitlines()[-1] == "| d | `p`, bf16 | 1 | 0.500 | 0.250 |"
    assert ways(rows).splitlines()[2:] == ["| d | half | `p` | 30 | 12 | 20.00 | 19.00 | 21.12 |"]
