"""Settings chosen by measurement, and written down."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.run import Run
from sparring.engine import machine
from sparring.engine.machine import Machine, fastest_machine, machine_of, with_machine

RUN = Run(data="digits", out=Path("x"))


def slow_by(seconds):
    """A game whose rounds take a time that depends on the machine."""
    return lambda m: lambda: time.sleep(seconds(m))


BEST = [
    Machine(threads=1),
    Machine(bf16=True, channels_last=True, threads=2),
    Machine(bf16=True, channels_last=True, threads=2, columns=True),
]


@pytest.mark.parametrize("best", BEST)
def test_the_fastest_is_chosen_and_recorded(monkeypatch, best):
    monkeypatch.setattr(machine, "_cores", lambda: 2)
    keys = ("bf16", "channels_last", "threads", "columns")
    far = lambda m: 0.004 + 0.01 * sum(getattr(m, k) != getattr(best, k) for k in keys)  # noqa: E731
    found, timings = fastest_machine(RUN, zoo.get("dcgan"), True, slow_by(far))
    assert found == best
    assert min(timings, key=lambda t: t["seconds"])["threads"] == best.threads
    assert 5 <= len(timings) <= 7


def test_what_is_given_is_not_measured():
    run = Run(
        data="", out=Path("x"), precision="fp32", layout="contiguous", threads=3, device="cpu", compile="on"
    )
    found, timings = fastest_machine(run, zoo.get("dcgan"), True, slow_by(lambda m: 1e9))
    assert found == Machine("cpu", False, False, True, 3)
    assert timings == []


def test_a_recipe_unsafe_in_bf16_keeps_float32(monkeypatch):
    monkeypatch.setattr(machine, "_cores", lambda: 1)
    found, _ = fastest_machine(RUN, zoo.get("wgan"), True, slow_by(lambda m: 0.001 if m.bf16 else 0.01))
    assert not found.bf16


def test_resolved_leaves_nothing_open_and_reads_back():
    chosen = Machine("cpu", True, True, False, 2)
    run = with_machine(RUN, chosen)
    assert "auto" not in (run.device, run.precision, run.layout, run.compile)
    assert run.threads == 2
    assert machine_of(run) == chosen


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadInput, match="no CUDA device"):
        machine_of(Run(data="", out=Path("x"), device="cuda"))


def test_threads_are_the_callers_again_afterwards():
    before = torch.get_num_threads()
    with Machine(threads=before + 1).activate():
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("steps", "first", "later", "compiled"),
    [
        (20_000, 0.05, 0.001, True),
        (20_000, 0.05, 0.02, False),
        (300, 0.05, 0.001, False),
        (1_500, 2.0, 0.0095, False),
    ],
)
def test_compiling_must_pay_on_a_gpu(monkeypatch, steps, first, later, compiled):
    monkeypatch.setattr(machine, "_device", lambda run: "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(machine, "COMPILING", 10.0)

    def play(m: Machine):
        waits = iter([first])
        return lambda: time.sleep(next(waits, later) if m.compile else 0.01)

    run = Run(data="", out=Path("x"), precision="fp32", layout="contiguous", threads=1, steps=steps)
    found, timings = fastest_machine(run, zoo.get("gan"), False, play)
    assert found.compile is compiled
    assert len(timings) == (1 if steps == 300 else 3)


@pytest.mark.parametrize(("recording", "graphs"), [(0.05, True), (3.0, False)])
def test_graphs_must_pay_beside_plain_compiling(monkeypatch, recording, graphs):
    monkeypatch.setattr(machine, "_device", lambda run: "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(machine, "COMPILING", 1.0)

    def play(m: Machine):
        waits = iter([0.05, recording] if m.graphs else [0.05])
        return lambda: time.sleep(next(waits, 0.002 if m.graphs else 0.005 if m.compile else 0.02))

    run = Run(data="", out=Path("x"), precision="fp32", layout="contiguous", threads=1, steps=500)
    found, _ = fastest_machine(run, zoo.get("gan"), False, play)
    assert (found.compile, found.graphs) == (True, graphs)


def test_a_gpu_that_does_not_compile_trains_all_the_same(monkeypatch, caplog):
    monkeypatch.setattr(machine, "_device", lambda run: "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)

    def play(m: Machine):
        def once():
            if m.compile:
                raise RuntimeError("no compiler\nand much more")
            time.sleep(0.01)

        return once

    run = Run(data="", out=Path("x"), precision="fp32", layout="contiguous", threads=1, steps=10**6)
    found, timings = fastest_machine(run, zoo.get("gan"), False, play)
    assert not found.compile
    assert [row["compile"] for row in timings] == [False]
    assert "compilation failed, continuing without it (no compiler)" in caplog.text


@pytest.mark.parametrize("able", [False, True])
def test_bfloat16_is_tried_on_gpus_that_calculate_in_it(monkeypatch, able):
    monkeypatch.setattr(machine, "_device", lambda run: "cuda")
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: able)
    run = Run(data="", out=Path("x"), compile="off", threads=1)
    found, _ = fastest_machine(run, zoo.get("dcgan"), True, slow_by(lambda m: 0.001 if m.bf16 else 0.01))
    assert found.bf16 is able


def test_graphs_are_a_gpus(monkeypatch):
    run = Run(data="", out=Path("x"), device="cpu", compile="graphs", threads=1)
    assert machine_of(run) == Machine(compile=True, graphs=False)
    monkeypatch.setattr(machine, "_device", lambda run: "cuda")
    assert machine_of(run) == Machine("cuda", compile=True, graphs=True)
    assert with_machine(run, machine_of(run)).compile == "graphs"


def test_on_a_gpu_what_repeats_is_asked_for_and_the_callers_wish_comes_back():
    assert not torch.are_deterministic_algorithms_enabled()
    with Machine("cuda").activate():
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
        assert torch.empty(3).shape == (3,)
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.utils.deterministic.fill_uninitialized_memory


def test_auto_leaves_a_cpu_uncompiled():
    run = Run(
        data="", out=Path("x"), precision="fp32", layout="contiguous", threads=1, device="cpu", steps=10**6
    )
    found, _ = fastest_machine(run, zoo.get("gan"), False, slow_by(lambda m: 0.01))
    assert not found.compile
