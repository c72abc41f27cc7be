from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.conftest import quick
from tests.unit.inverse.anomaly.scene import made
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.inverse.anomaly.presets import SEARCHES, search
from sparring.inverse.anomaly.scores import score_anomalies
from sparring.inverse.initial import PriorStarts
from sparring.inverse.optimise import FrozenModel, descent, initial_state
from sparring.inverse.problem import problem
from sparring.nets.heads.heads import Score
from sparring.tasks.anomalies.job import Anomalies, anomalies
from sparring.tasks.train import train

QUICK = {name: search(name, 60) for name in SEARCHES}


@pytest.mark.parametrize("name", ["default", "rgi"])
def test_what_the_generator_cannot_make_scores_higher_and_the_map_says_where(name):
    G, D, x = made(6)
    bad = x.clone()
    bad[:, :, 2:6, 7:11] = 1.0
    usual, odd = (
        score_anomalies(FrozenModel(G, D, Normal(8)), pictures, QUICK[name], seed=0) for pictures in (x, bad)
    )
    assert odd.score.min() > usual.score.max()
    inside = torch.zeros(12, 12, dtype=torch.bool)
    inside[2:6, 7:11] = True
    assert (odd.place[:, inside].mean(1) > 3 * odd.place[:, ~inside].mean(1)).all()
    assert 0 <= odd.place.min() <= odd.place.max() <= 1


def test_the_score_of_anogan_is_its_loss():
    G, D, x = made(3)
    bad = x.flip(3)
    found = score_anomalies(FrozenModel(G, D, Normal(8)), bad, QUICK["anogan"], seed=0)
    D.eval()
    with torch.no_grad():
        features = (D.features(bad) - D.features(found.raw)).abs().sum(1)
    torch.testing.assert_close(found.parts["features"], features)
    torch.testing.assert_close(found.parts["absolute"], (bad - found.raw).abs().sum((1, 2, 3)))
    torch.testing.assert_close(found.score, 0.9 * found.parts["absolute"] + 0.1 * features)


@pytest.mark.parametrize("steps", [1, 15])
def test_anogan_steps_as_written_by_hand(steps):
    random = np.random.default_rng(3)
    A, B, y = random.normal(0, 0.4, (25, 8)), random.normal(0, 1, (7, 25)), random.uniform(-1, 1, 25)
    G = nn.Sequential(nn.Linear(8, 25, bias=False), nn.Unflatten(1, (1, 5, 5)))
    D = Score(nn.Sequential(nn.Flatten(), nn.Linear(25, 7, bias=False)), nn.Linear(7, 1))
    G[0].weight.data, D.trunk[1].weight.data = torch.from_numpy(A).float(), torch.from_numpy(B).float()
    picture, hole = torch.from_numpy(y).float().view(1, 1, 5, 5), torch.zeros(1, 5, 5) > 0
    hole[0, 1:3, 2:4] = True  # of a hole, features compare what is known
    field, given = FrozenModel(G, D, Normal(8)), problem(picture, hole)
    start = initial_state(given, PriorStarts(field, 0)(given, 1))
    states = list(descent(field, given, replace(SEARCHES["anogan"], steps=steps), start))
    known, z, m, v = ~hole[0].flatten().numpy(), states[0].z[0].double().numpy(), 0.0, 0.0
    for t in range(1, steps + 2):
        gap = known * (A @ z - y)
        loss = 0.9 * np.abs(gap).sum() + 0.1 * np.abs(B @ gap).sum()
        np.testing.assert_allclose(states[t - 1].loss.item(), loss, rtol=1e-4)
        np.testing.assert_allclose(states[t - 1].z[0].numpy(), z, atol=2e-5)
        slope = 0.9 * A.T @ np.sign(gap) + 0.1 * A.T @ (known * (B.T @ np.sign(B @ gap)))
        m, v = 0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope**2
        z = z - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert len(states) == steps + 1


@pytest.mark.parametrize("name", list(SEARCHES))
def test_a_score_does_not_depend_on_batch_mates(name):
    G, D, x = made(5)
    together = score_anomalies(FrozenModel(G, D, Normal(8)), x, search(name, 5), seed=2)
    alone = score_anomalies(FrozenModel(G, D, Normal(8)), x[3:4], search(name, 5), seed=2)
    for field in ("score", "raw", "place"):
        assert torch.equal(getattr(alone, field)[0], getattr(together, field)[3]), field
    assert all(torch.equal(alone.parts[part][0], together.parts[part][3]) for part in together.parts)


def test_a_discriminator_without_features_is_named():
    G, _, x = made(1)
    D = nn.Sequential(nn.Flatten(), nn.Linear(144, 1), nn.Flatten(0))
    with pytest.raises(BadInput, match="has no features"):
        score_anomalies(FrozenModel(G, D, Normal(8)), x, QUICK["anogan"], seed=0)
    assert (
        score_anomalies(FrozenModel(G, D, Normal(8)), x, replace(QUICK["anogan"], features=0.0), seed=0)
        .score.isfinite()
        .all()
    )


def test_a_run_whose_discriminator_has_no_features_is_refused_before_anything_is_written(tmp_path):
    train("ebgan", quick(tmp_path / "run", steps=2, checkpoint_every=2, family="own"), quiet=True)
    given = Anomalies("digits", tmp_path / "out", limit=2, preset="anogan", usual=0)
    with pytest.raises(
        BadInput, match=r"--preset anogan: the run has no single discriminator .* use --preset default"
    ):
        anomalies(tmp_path / "run", given)
    assert not (tmp_path / "out").exists()
    results = anomalies(tmp_path / "run", replace(given, preset="rgi", steps=2, weight=0.3))
    assert len(results["scores"]) == 2


@pytest.mark.parametrize(("name", "steps", "words"), [("ganomaly", None, "anogan"), ("rgi", 0, "--steps 0")])
def test_searches_that_are_none_are_named(name, steps, words):
    with pytest.raises(BadInput, match=words):
        search(name, steps)
