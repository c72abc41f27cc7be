"""Faster must not mean worse: the Frechet distance after equally many pictures, over three seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from benchmarks import plain
from benchmarks.cases import Case, Once
from benchmarks.steps import machine_for
from sparring import zoo
from sparring.core.batch import Batch
from sparring.data.protocol import img28
from sparring.engine.machine import Machine
from sparring.engine.trained import samples
from sparring.metrics.classifier import frechet_distance, judge

ROUNDS, SEEDS, SAMPLES = 1000, (0, 1, 2), 500


def measured() -> list[dict[str, object]]:
    """DCGAN on the grey pictures of `img28`: last weights of either loop, in evaluation."""
    split = img28()
    case = Case("dcgan 28x28", zoo.get("dcgan"), split.train, plain.original)
    machine, by = machine_for(case), judge(split.train)
    real = np.asarray(split.test.x[np.arange(SAMPLES)])

    def distance(nets: plain.Nets) -> float:
        z = case.recipe.latent.sample(SAMPLES, torch.Generator().manual_seed(1))
        shown = nn.ModuleDict({"G": nets["G"]}).eval()
        return float(frechet_distance(by, samples(case.recipe.sampler, shown, Batch.of(z)), real))

    def engine(seed: int) -> tuple[plain.Nets, Once]:
        game, once = case.engine(machine, seed)
        return game.nets, once

    rows = []
    for name, make, how in (
        ("engine", engine, machine),
        ("plain", case.by_hand, Machine(threads=machine.threads)),
    ):
        found = [distance(_played(make, how, seed)) for seed in SEEDS]
        rows.append({
            "case": case.name, "loop": name, "rounds": ROUNDS, "machine": vars(how),
            "distances": [round(value, 2) for value in found], "mean": round(float(np.mean(found)), 2),
        })  # fmt: skip
    return rows


def _played(make: Callable[[int], tuple[plain.Nets, Once]], machine: Machine, seed: int) -> plain.Nets:
    torch.manual_seed(seed)
    nets, once = make(seed)
    with machine.in_force():
        for _ in range(ROUNDS):
            once()
    return nets
