from dataclasses import replace

import numpy as np
import pytest
import torch

from sparring.diagnostics import history
from sparring.diagnostics.finding import Level, findings
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.probe import Measurement
from sparring.practice.players import PlayerTurns

EVEN = np.full(4, 0.25)
PLAYERS = PlayerTurns("D", "G")


def moment(step, cells=(0, 1, 2, 3), path=None, **values):
    place = np.zeros(64) if path is None else path
    shares = np.bincount(cells, minlength=4) / len(cells)
    return Measurement(
        step, values, np.array(cells), shares, {"D": place + 1, "G": 2 * place + 1}, torch.zeros(4, 1)
    )


def latest(moments, events, steps):
    return history.latest_gauges(moments, events, steps, PLAYERS)


def found_level(values, name):
    return {f.gauge.name: f.level for f in findings(values, GAUGES)}[name]


def test_one_moment_tells_only_what_it_holds():
    assert latest([moment(200, coverage=0.9)], [], 1000) == {
        "coverage": 0.9,
        "divergence": 0.0,
    }
    with pytest.raises(ValueError, match="at least one moment"):
        latest([], [], 1000)


def test_hopping_and_flips_of_latents_that_change_places():
    still = [moment(200 * i) for i in range(1, 6)]
    assert latest(still, [], 1000)["mode_hopping"] == 0
    hops = [moment(200 * i, cells=[i % 4] * 4) for i in range(1, 6)]
    last = latest(hops, [], 1000)
    assert last["mode_hopping"] == last["flip_rate"] == 1
    assert found_level(last, "mode_hopping") is Level.FAIL
    assert "flip_rate" not in latest(hops, [], 2000)  # not yet the last third


def walk(efficient, n=41):
    steps = np.random.default_rng(0).standard_normal((n, 64))
    if efficient:
        return np.cumsum(steps, 0)
    turn = np.linspace(0, 6 * np.pi, n)
    return np.stack([np.cos(turn), np.sin(turn), *np.zeros((62, n))], 1)


@pytest.mark.parametrize(("efficient", "level"), [(True, Level.OK), (False, Level.FAIL)])
def test_paths_that_stray_and_paths_that_circle(efficient, level):
    moments = [moment(50 * i, path=place, mmd=0.1) for i, place in enumerate(walk(efficient))]
    assert found_level(latest(moments, [], 5000), "path_efficiency") is level
    better = [moment(m.step, path=m.path["D"], mmd=0.1 / (1 + i)) for i, m in enumerate(moments)]
    assert "path_efficiency" not in latest(better, [], 5000)
    assert "path_efficiency" not in latest(moments[:10], [], 5000)


def test_a_path_begins_anew_where_a_turn_was_added():
    places = walk(True, 30)
    moments = [moment(50 * i, path=place, mmd=0.1) for i, place in enumerate(places)]
    later = [replace(m, path={**m.path, "R1": m.path["D"]}) for m in moments[15:]]
    assert "path_efficiency" not in latest([*moments[:15], *later[:10]], [], 5000)
    whole = latest(later, [], 5000)["path_efficiency"]
    assert latest([*moments[:15], *later], [], 5000)["path_efficiency"] == whole


def test_the_players_steps_are_compared():
    values = latest([moment(0), moment(50, path=np.full(64, 0.5))], [], 1000)
    assert values["step_balance"] == pytest.approx(0.5)
    assert "step_balance" not in latest([moment(0), moment(50)], [], 1000)


def test_a_cycle_in_the_diary():
    t = np.arange(20, 3001, 20)
    noise = np.random.default_rng(0).standard_normal(len(t))
    wave = [{"step": int(s), "D.adv": float(v)} for s, v in zip(t, np.sin(t / 40) + 0.1 * noise, strict=True)]
    flat = [{"step": int(s), "D.adv": float(v)} for s, v in zip(t, noise, strict=True)]
    now = [moment(3000)]
    assert found_level(latest(now, wave, 3000), "loss_cycle") is Level.FAIL
    assert found_level(latest(now, flat, 3000), "loss_cycle") is Level.OK
    assert "loss_cycle" not in latest(now, wave[:99], 3000)
    each = [{"step": s, "D.adv": float(np.sin(s / 4))} for s in range(1500)]  # lags of at least 20 steps
    assert history.loss_cycle_of(each, "D.adv") > 0.99


def test_signs_of_flying_off_are_counted_over_a_thousand_steps():
    rows = [{"step": s, "G.gradient": 500.0 if s in (100, 1500, 1900) else 1.0} for s in range(20, 2001, 20)]
    moments = [moment(1200, logit=60.0), moment(2000, logit=10.0)]
    assert history.count_divergences(moments, rows, 2000) == 3
    values = latest(moments, rows, 3000)
    assert found_level(values, "divergence") is Level.WARN
    assert latest([moment(1000)], rows[10:50], 3000)["divergence"] == 0


def test_a_discriminator_that_wins_for_long():
    won = [moment(100 * i, accuracy=1.0, divergence_level=0.99) for i in range(1, 10)]
    values = latest(won, [], 3000)
    assert values["lasting_divergence"] == 0.99
    assert found_level(values, "lasting_divergence") is Level.FAIL
    assert "lasting_divergence" not in latest(won[:3], [], 3000)
    once = [*won[:6], moment(700, accuracy=0.7, divergence_level=0.3), *won[7:]]
    assert latest(once, [], 3000)["lasting_divergence"] == 0.3


def test_the_running_accuracy_forgets_by_the_step():
    assert history.running_mean([1.0, 0.0], [0, 1]) == pytest.approx(0.99)
    assert history.running_mean([1.0, 0.0], [0, 200]) == pytest.approx(0.99**200)
    noisy = [moment(20 * i, accuracy=0.5 + 0.5 * (i % 2), divergence_level=0.5) for i in range(40)]
    assert latest(noisy, [], 3000)["accuracy"] == pytest.approx(0.75, abs=0.05)


def test_slopes_are_told_against_the_runs_start():
    moments = [
        moment(step, gradient=slope) for step, slope in ((100, 1.0), (300, 2.0), (500, 3.0), (900, 0.004))
    ]
    values = latest(moments, [], 3000)
    assert values["gradient_ratio"] == pytest.approx(0.002)
    assert found_level(values, "gradient_ratio") is Level.FAIL
    assert latest(moments[:1], [], 3000)["gradient_ratio"] == 1


def test_a_discriminator_that_is_beaten_once_is_not_yet_weak():
    odds = {"accuracy": 0.5, "divergence_level": 0.0}
    beaten = [moment(200 * i, **odds, weak_discriminator=weak) for i, weak in enumerate([0.7, 0.8, 0.9, 0.7])]
    assert latest(beaten, [], 1000)["weak_discriminator"] == 0.8
    recovered = [
        *beaten[:1],
        moment(200, **odds),
        moment(400, **odds),
        moment(600, **odds, weak_discriminator=0.9),
    ]
    assert latest(recovered, [], 1000)["weak_discriminator"] == 0
    assert "weak_discriminator" not in latest(recovered[:3], [], 1000)


def test_a_game_without_two_players_has_neither_balance_nor_cycle():
    wave = [{"step": s, "D.adv": float(np.sin(s / 4))} for s in range(1500)]
    moments = [moment(0), moment(1500, path=np.full(64, 0.5))]
    assert {"step_balance", "loss_cycle"} <= latest(moments, wave, 3000).keys()
    assert not {"step_balance", "loss_cycle"} & history.latest_gauges(moments, wave, 3000, None).keys()
    judged = [{"step": row["step"], "Judge.adv": row["D.adv"]} for row in wave]
    assert history.discriminator_cycle(judged, PlayerTurns("Judge", "Painter")) > 0.99
