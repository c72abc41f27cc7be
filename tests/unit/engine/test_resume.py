"""Stop at any moment, go on, and nothing tells the difference."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.conftest import NARROW, quick

from sparring.core.errors import BadInput
from sparring.core.run import FORMAT
from sparring.engine import checkpoints, randomness
from sparring.runs import events
from sparring.runs.record import read_record
from sparring.tasks.train import resume, train

WORDS = (
    "--data digits --size 16 --steps 60 --batch 16 --threads 1 --checkpoint-every 7 --log-every 5 "
    "--sample-every 20 --frames 9 --nets.G.width 8 --nets.D.width 8"
)
EXACT = "--precision fp32 --layout contiguous"
FAST = "--precision bf16 --layout channels_last"


def final(folder: Path) -> bytes:
    last = checkpoints.steps(folder / "checkpoints")[-1]
    return (folder / "checkpoints" / f"{last:08d}" / checkpoints.TENSORS).read_bytes()


def started(*words: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "sparring", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def killed(process: subprocess.Popen, folder: Path, after: float) -> bool:
    """Send SIGKILL some time after the run has begun; whether it was still going on."""
    while process.poll() is None and not (folder / "run.json").exists():
        time.sleep(0.01)
    time.sleep(after)
    process.kill()
    return process.wait() == -signal.SIGKILL


def requires_bit_equality_after_kills(tmp_path: Path, settings: str, moments: Sequence[float]) -> None:
    """Kill runs at these moments, in units of a whole run's length, resume each, compare with the whole."""
    words = ("train", "r1_gan", *WORDS.split(), *settings.split())
    assert started(*words, "--out", tmp_path / "whole").wait() == 0
    diary = events.read(tmp_path / "whole")
    hits = 0
    for number, moment in enumerate(moments):
        folder = tmp_path / f"killed{number}"
        hits += killed(started(*words, "--out", folder), folder, moment * diary[-1]["seconds"])
        if checkpoints.steps(folder / "checkpoints")[-1:] != [60]:
            assert started("resume", folder).wait() == 0
        assert final(folder) == final(tmp_path / "whole")
        assert [row["step"] for row in events.read(folder)] == [row["step"] for row in diary]
    assert hits >= len(moments) / 2, "most kills came too late to prove anything"


def test_killed_and_resumed_is_bit_equal(tmp_path):
    requires_bit_equality_after_kills(tmp_path, EXACT, [0.4])


@pytest.mark.slow
@pytest.mark.parametrize("settings", [EXACT, FAST])
def test_killed_at_twenty_moments_and_resumed_is_bit_equal(tmp_path, settings):
    chance = random.Random(2)
    requires_bit_equality_after_kills(tmp_path, settings, [chance.uniform(0, 1.2) for _ in range(20)])


def test_first_interrupt_stops_cleanly_with_a_checkpoint(tmp_path):
    words = ("train", "gan", *WORDS.replace("--steps 60", "--steps 100000").split(), *EXACT.split())
    process = started(*words, "--out", tmp_path / "run")
    while not events.read(tmp_path / "run") and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert b"Traceback" not in process.stderr.read()
    last = checkpoints.steps(tmp_path / "run" / "checkpoints")[-1]
    assert last >= events.read(tmp_path / "run")[-1]["step"]


def test_extended_equals_longer(tmp_path):
    train("gan", quick(tmp_path / "long", steps=9), knobs=NARROW, quiet=True)
    train("gan", quick(tmp_path / "short", steps=5), knobs=NARROW, quiet=True)
    assert resume(tmp_path / "short", steps=9, quiet=True).step == 9
    assert final(tmp_path / "long") == final(tmp_path / "short")
    assert read_record(tmp_path / "short").run.steps == 9


def test_resume_refuses_other_data(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", x=x)
    train("gan", quick(tmp_path / "run", data=f"{tmp_path}/a.npz:x"), knobs=NARROW, quiet=True)
    x[0] += 1
    np.savez(tmp_path / "a.npz", x=x)
    with pytest.raises(BadInput, match="is not what"):
        resume(tmp_path / "run", steps=9)


def test_a_run_moves_with_its_folder(tmp_path):
    train("gan", quick(tmp_path / "here"), knobs=NARROW, quiet=True)
    (tmp_path / "here").rename(tmp_path / "there")
    assert resume(tmp_path / "there", steps=8, quiet=True).step == 8
    assert not (tmp_path / "here").exists()


def test_the_caller_keeps_random_states_and_threads(tmp_path):
    torch.manual_seed(5)
    random.seed(5)
    np.random.seed(5)
    before = (
        torch.get_rng_state(),
        random.getstate(),
        np.random.get_state()[1].copy(),
        torch.get_num_threads(),
    )
    train("gan", quick(tmp_path / "run"), knobs=NARROW, quiet=True)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], before[2])
    assert torch.get_num_threads() == before[3]


def test_trains_in_another_thread_where_signals_cannot_be_caught(tmp_path):
    worker = threading.Thread(target=train, args=("gan", quick(tmp_path / "run")), kwargs={"quiet": True})
    worker.start()
    worker.join(60)
    assert checkpoints.steps(tmp_path / "run" / "checkpoints")[-1] == 6


def test_what_a_run_directory_holds(run):
    kept = json.loads((run / "run.json").read_text())
    assert kept["format"] == FORMAT
    assert kept["data"]["training"] + kept["data"]["held_out"] == kept["data"]["count"] == 1797
    assert 0.05 < kept["data"]["held_out"] / 1797 < 0.15
    assert checkpoints.steps(run / "checkpoints") == [3, 6]
    rows = events.read(run)
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert {"D.adv", "G.adv", "D.gradient", "pictures_per_second", "seconds"} <= set(rows[0])
    assert list((run / "tensorboard").iterdir())
    assert min(p.name for p in (run / "frames").iterdir()) == "00000000.png"
    assert [p.name for p in (run / "samples").iterdir()] == ["00000006.png"]


def test_random_numbers_of_another_device_are_not_taken_up(run):
    _, tensors, _ = checkpoints.load(run / "checkpoints")
    states = checkpoints.strip_prefix("random.", tensors)
    states["noise"] = states["noise"][:16]  # a GPU's state is as short
    with randomness.preserve_random_state(), pytest.raises(BadInput, match="of another device"):
        randomness.Randomness.from_seed(0, "cpu").restore(states)


def test_divergence_is_named_and_the_last_good_checkpoint_stays(tmp_path):
    from sparring import zoo
    from sparring.core.errors import Diverged

    recipe = zoo.get("gan")
    loss = recipe.turns["G"].loss
    taken = {"n": 0}

    def spoilt(n, b):
        taken["n"] += 1
        return {name: term * (float("nan") if taken["n"] > 4 else 1) for name, term in loss(n, b).items()}

    turns = {**recipe.turns, "G": replace(recipe.turns["G"], loss=spoilt)}
    with pytest.raises(Diverged, match="step 4: term 'adv' of turn 'G'"):
        train(replace(recipe, turns=turns), quick(tmp_path / "run", steps=50), quiet=True)
    assert checkpoints.steps(tmp_path / "run" / "checkpoints") == [3]
