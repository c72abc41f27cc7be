"""Unrolled GAN: a generator that foresees the critic's answers keeps all modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, Claim
from sparring.core.knobs import turned
from sparring.core.latent import Normal
from sparring.data.sources import dataset
from sparring.data.toys import ring8_modes
from sparring.metrics.modes import mode_score
from sparring.nets.mlp import Critic, Generator
from sparring.zoo.unrolled_gan import unrolled_gan

ROUNDS, STEPS = 2000, 5
NETS = {"G": Generator(64), "D": Critic(64)}
SETTINGS: Mapping[str, object] = {"turns.G.loss.rate": 0.03}


def trial(seed: int) -> Mapping[str, float]:
    """Modes reached with K steps foreseen, with none, and with none but as many real steps of D."""
    return {
        "modes": _modes(STEPS, 1, seed),
        "modes at K = 0": _modes(0, 1, seed),
        "modes by real steps": _modes(0, STEPS, seed),
    }


def _modes(steps: int, repeat: int, seed: int) -> float:
    recipe = replace(unrolled_gan, latent=Normal(16))
    recipe = turned(recipe, {**SETTINGS, "turns.G.loss.steps": steps, "turns.D.repeat": repeat})
    fakes = bout(recipe, dataset("ring8"), ROUNDS, seed, batch=128, nets=NETS).samples(2500)
    return float(mode_score(fakes, ring8_modes(), 0.02).modes)


claim = Claim(
    says="with 5 foreseen steps at least 7 modes are kept, more than without or by 5 real steps of D",
    data="ring8",
    baseline="the same game at K = 0, and at K = 0 with five real steps of D a round",
    trial=trial,
    bounds=(
        AtLeast("modes", 7.0),
        AtLeast("modes", "modes at K = 0", plus=1.0),
        AtLeast("modes", "modes by real steps", plus=1.0),
    ),
    headline="modes",
    against="modes at K = 0",
    calibrated=(
        "as the card proposes, at the code's rates (D 1e-4, G 1e-3); foreseen steps of rate 0.03, for at 0.3 "
        "G left the ring after 1500 rounds"
    ),
    note=(
        "foresight keeps 8, 3 and 6 modes, and without it none is reached; but five real steps of D keep "
        "8, 8 and 6: perhaps K = 0 fails here for D's slowness, which real steps mend too"
    ),
)
