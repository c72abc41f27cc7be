"""Faster must not mean worse: the Frechet distance after equally many pictures, over three seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from benchmarks import plain
from benchmarks.cases import Case, Once, unpenalised
from benchmarks.steps import machine_for
from sparring import zoo
from sparring.core.batch import Batch, Nets
from sparring.data.protocol import img28
from sparring.engine.machine import Machine
from sparring.engine.trained import samples
from sparring.metrics.classifier import frechet_distance, train_classifier
from sparring.nets.families import dcgan
from sparring.nets.layers.norm import LayerNorm

SEEDS, SAMPLES = (0, 1, 2), 500

Loop = tuple[str, Case, Machine, bool]
"""What it is called, the game, the settings, and whether it is the loop written by hand."""


def measured() -> list[dict[str, object]]:
    """On the grey pictures of `img28`: last weights of each loop, in evaluation."""
    return [*_compared(_orders(), 600), *_compared(_at_once(), 600), *_compared(_precisions(), 150)]


def _orders() -> list[Loop]:
    """DCGAN as the engine plays it and as one would by hand."""
    case = Case("dcgan 28x28", zoo.get("dcgan"), img28().train, plain.original)
    machine = machine_for(case)
    engine = [(f"engine, {order}", case.ordered(order), machine, False) for order in ("own", "shared")]
    return [*engine, ("plain", case, Machine(threads=machine.threads), True)]


def _at_once() -> list[Loop]:
    """The game whose critic ties no samples: both players in turn, and at once."""
    case = Case("r1_gan 28x28, without R1", unpenalised(), img28().train, plain.original)
    machine = machine_for(case)
    return [(f"engine, {order}", case.ordered(order), machine, False) for order in ("own", "one_stage")]


def _precisions() -> list[Loop]:
    """WGAN-GP, whose penalty takes second-order gradients."""
    nets = {"G": dcgan.Generator(32), "D": dcgan.Discriminator(32, norm=LayerNorm())}
    recipe = replace(zoo.get("wgan_gp"), nets=nets)
    case = Case("wgan_gp 28x28, 32 channels", recipe, img28().train, plain.penalised)
    machine = Machine(channels_last=True, threads=machine_for(case).threads)
    return [
        ("engine, float32", case, machine, False),
        ("engine, bf16", case, replace(machine, bf16=True), False),
    ]


def _compared(loops: list[Loop], rounds: int) -> Iterator[dict[str, object]]:
    split = img28()
    by, real = train_classifier(split.train), np.asarray(split.test.x[np.arange(SAMPLES)])
    for name, case, machine, by_hand in loops:
        found = []
        for seed in SEEDS:
            nets = _played(case, machine, by_hand, seed, rounds)
            z = case.recipe.latent.sample(SAMPLES, torch.Generator().manual_seed(1))
            shown = Nets({"G": nets["G"]}).eval()
            x = samples(case.recipe.sampler, shown, Batch.of(z))
            found.append(round(float(frechet_distance(by, x, real)), 2))
        yield {
            "case": case.name, "loop": name, "rounds": rounds, "machine": vars(machine),
            "distances": found, "mean": round(float(np.mean(found)), 2),
        }  # fmt: skip


def _played(case: Case, machine: Machine, by_hand: bool, seed: int, rounds: int) -> plain.Nets:
    torch.manual_seed(seed)
    once: Once
    if by_hand:
        nets, once = case.by_hand(seed)
    else:
        game, once = case.engine(machine, seed)
        nets = game.nets
    with machine.activate():
        for _ in range(rounds):
            once()
    return nets
