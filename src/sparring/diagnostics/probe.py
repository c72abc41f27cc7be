"""What can be measured of a game at one moment, without disturbing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.labels import labels_of
from sparring.core.recipe import Recipe, generated
from sparring.core.space import Space
from sparring.diagnostics import balance, collapse, context, motion
from sparring.diagnostics.cells import Cells, cells
from sparring.diagnostics.conditions import Pairs, pairs
from sparring.diagnostics.features import Features, features
from sparring.diagnostics.logits import Logits, logits
from sparring.engine.game import Game
from sparring.engine.randomness import kept
from sparring.engine.trained import rows, samples
from sparring.metrics.rows import Floats, Ints

FEWEST = 64
"""Data, and latents, below which chance alone passes the limits."""

AT_ONCE, SLOPES = 256, 64
"""Samples that a critic judges together, and that a slope is taken of."""

KERNEL = 500
"""Samples that the MMD is taken of, at most: its cost grows with their square."""

TOLD = 0.7
"""Of present fakes a critic must tell so many, for its memory of old ones to mean something."""


@dataclass(frozen=True, eq=False)
class Ground:
    """What stays the same through a run, and all moments are measured against."""

    recipe: Recipe
    space: Space
    z: Tensor
    """Fixed latents, (n, latent)."""
    real: Tensor
    """Training data, (m, *shape)."""
    held: Tensor | None
    """Held-out data, (k, *shape)."""
    labels: dict[str, Tensor | None]
    """Of the "real" and "held" data, and those that latents ask for, "made"; None where there are none."""
    phi: Features
    seen: Floats
    """Features of the first data, as many as there are latents, (n, m)."""
    cells: Cells
    pairs: Pairs | None
    """Latents and data of one condition; None where samples have none."""
    logits: Logits
    scale: float
    """Of the kernel: the median distance of two data, in features."""
    floor: float
    """The squared MMD that chance gives between two halves of the data."""


@dataclass(frozen=True, eq=False)
class Moment:
    """What was found at one step."""

    step: int
    values: dict[str, float]
    """By gauge; and "mmd", "logit", "slope", "duality_gap", which gauges of a history read."""
    cells: Ints
    """The cell that each fixed latent's sample lies in, (n,), -1 where it is not finite."""
    histogram: Floats
    """The share of samples in each cell, (k,)."""
    path: dict[str, Floats]
    """By turn: random sums of the weights that it moves, (64,)."""
    samples: Tensor
    """Of the fixed latents, (n, *shape), on the CPU."""


def ground(
    recipe: Recipe,
    space: Space,
    z: Tensor,
    real: Tensor,
    held: Tensor | None = None,
    *,
    y: np.ndarray | None = None,
    held_y: np.ndarray | None = None,
    phi: Features | None = None,
) -> Ground:
    """The ground of a game; `y` (m,) are labels of the training data `real`, in any order drawn at random.

    `held_y` (k,) are those of the held-out data.  What the losses take is tried on new nets: those of a run
    that went wrong may show nothing any more.

    `BadInput` for a recipe without latents, fewer than 64 latents or data, or latents of another length.
    """
    if not recipe.latent.size:
        raise BadInput(f"{recipe.name}: makes samples from data; only games with latents are diagnosed")
    if min(len(z), len(real)) < FEWEST:
        raise BadInput(f"{len(z)} latents and {len(real)} data: a diagnosis needs at least {FEWEST} of each")
    if z.dim() != 2 or z.shape[1] != recipe.latent.size:
        raise BadInput(f"latents {tuple(z.shape)}: {recipe.name} takes (n, {recipe.latent.size})")
    read = phi or features(space)
    known = read(real)
    seen = known[: len(z)]
    scale = motion.median_distance(seen)
    with kept():
        found = cells(known, None if y is None or (y < 0).all() else y)
        told = logits(recipe, Game(recipe, space).nets.to(real.device), real)
    aside = held if held is not None and len(held) else None
    floor = motion.mmd_floor(seen[:KERNEL], scale)
    labels = {"real": _tensor(y, z), "held": _tensor(held_y, z), "made": labels_of(recipe.latent, z)}
    alike = pairs(recipe.latent, z, seen, None if y is None else y[: len(seen)])
    return Ground(recipe, space, z, real, aside, labels, read, seen, found, alike, told, scale, floor)


def _tensor(y: np.ndarray | None, like: Tensor) -> Tensor | None:
    return None if y is None else torch.from_numpy(y).to(like.device)


def probe(
    nets: Nets, ground: Ground, *, step: int = 0, averages: Nets | None = None, old: Tensor | None = None
) -> Moment:
    """Everything that can be had of `nets` as they stand, which are left as they were, to the bit.

    `averages` are averaged nets by key, where there are any; `old` are fakes of about 1000 steps ago.
    Samples are made in evaluation mode; the critic judges as it does in training, by its batch's statistics
    if it has any.  Measures that do not apply are left out.
    """
    with undisturbed(nets):
        made = _made(nets, ground)
        found = ground.phi(made)
        in_cells = ground.cells.of(found)
        shares = ground.cells.histogram(in_cells)
        values = {**_collapse(ground, found, shares), **_context(ground, made)}
        if np.isfinite(found).all():
            values |= _balance(nets, ground, made, found, old)
            values |= _pace(nets, ground, found, averages)
        path = {
            turn: motion.projected([p for key in ground.recipe.movers(turn) for p in nets[key].parameters()])
            for turn in ground.recipe.turns
        }
    return Moment(step, values, in_cells, shares, path, made)


@contextmanager
def undisturbed(nets: Nets) -> Iterator[None]:
    """Let nets be used and random numbers be drawn inside; leave buffers, modes and generators as before."""
    modes = [(module, module.training) for module in nets.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in nets.buffers()]
    with kept(), torch.no_grad():
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training
            for buffer, before in buffers:
                buffer.copy_(before)


def _made(nets: Nets, ground: Ground) -> Tensor:
    return samples(ground.recipe.sampler, nets.eval(), Batch.of(ground.z))


def _collapse(ground: Ground, found: Floats, shares: Floats) -> dict[str, float]:
    seen, truth = ground.seen, ground.cells.shares
    ignored = {} if ground.pairs is None else {"latent_sensitivity": ground.pairs.sensitivity(found)}
    return {
        **ignored,
        "distance_ratio": collapse.distance_ratio(found, seen),
        "total_variation": collapse.total_variation(shares, truth),
        "missing_modes": collapse.missing_modes(shares, truth),
        "reverse_kl": collapse.reverse_kl(shares, truth),
        "rank_ratio": collapse.rank_ratio(found, seen),
        "coverage": collapse.coverage(found, seen),
        "birthday": collapse.birthday(found, seen),
    }


def _context(ground: Ground, made: Tensor) -> dict[str, float]:
    if not ground.space.pictures:
        return {}
    fake, real = made.numpy(), ground.real[: len(ground.z)].cpu().numpy()
    held = real if ground.held is None else ground.held[: len(ground.z)].cpu().numpy()
    return {
        "range_gap": context.range_gap(fake, real),
        "correlation_gap": context.correlation_gap(fake, real),
        "entropy_gap": context.entropy_gap(fake, real),
        "pixel_gap": context.pixel_gap(fake, real, held),
        "spectrum_gap": context.spectrum_gap(fake, real),
    }


def _balance(nets: Nets, ground: Ground, made: Tensor, found: Floats, old: Tensor | None) -> dict[str, float]:
    nets.train()
    judged = _judge(nets, ground)
    count = len(ground.z)
    train, fake = judged(ground.real[:count], "real"), judged(made, "made")
    values = _won(ground, train, fake, ground.seen, found)
    gap = (
        None if ground.held is None else balance.overfit_gap(train, judged(ground.held[:count], "held"), fake)
    )
    if gap is not None:
        values["overfit_gap"] = gap
    if old is not None and ground.logits.targets is not None and motion.forgetting(fake) > TOLD:
        values["forgetting"] = motion.forgetting(judged(old, "made"))
    slope = _slope(nets, ground)
    return values if slope is None else {**values, "slope": slope}


def _won(ground: Ground, train: Floats, fake: Floats, seen: Floats, found: Floats) -> dict[str, float]:
    """What the critic's logits tell; nothing where its scores are none."""
    targets = ground.logits.targets
    twice = {"twice": float(ground.logits.twice)}
    if targets is None:
        return twice
    values = {
        **twice,
        "logit": float(np.abs(np.concatenate([train, fake])).max()),
        "accuracy": balance.accuracy(train, fake),
        "divergence_level": balance.divergence_level(train, fake, targets),
        "overfit_sign": balance.overfit_sign(train),
    }
    if ground.logits.saturating is not None:
        values["signal"] = balance.signal(fake, ground.logits.saturating)
    if values["accuracy"] >= balance.DOUBTFUL:
        values["confidence"] = balance.confidence(train, fake)
    else:
        half = min(len(seen), len(found)) // 2
        fresh = balance.two_sample_auc(seen[:half], found[:half], seen[half:], found[half:])
        values["weak_critic"] = fresh - balance.auc(train[len(train) // 2 :], fake[len(fake) // 2 :])
    return values


def _judge(nets: Nets, ground: Ground) -> Callable[[Tensor, str], Floats]:
    place = ground.real.device

    def judged(x: Tensor, kind: str) -> Floats:
        y, starts = ground.labels[kind], range(0, len(x), AT_ONCE)
        batch = Batch.shown(x.to(place), None if y is None else y[: len(x)])
        parts = [ground.recipe.judge(nets, rows(batch, start, start + AT_ONCE)) for start in starts]
        scores: Floats = torch.cat(parts).double().cpu().numpy()
        return scores

    return judged


def _slope(nets: Nets, ground: Ground) -> float | None:
    """The mean slope of the generator's loss at its samples; None where these are not G's or have none."""
    recipe = ground.recipe
    if recipe.sampler is not generated or "G" not in recipe.turns or ground.space.tokens:
        return None
    count = min(SLOPES, len(ground.z), len(ground.real))
    x = ground.real[:count]
    u = torch.rand(count, *[1] * (x.dim() - 1), generator=torch.Generator().manual_seed(0)).to(x.device)
    batch = replace(Batch.of(ground.z[:count]), x=x, u=u)
    leaves: list[Tensor] = []

    def cut(_net: object, _given: object, made: Tensor) -> Tensor:
        leaves.append(made.detach().requires_grad_())
        return leaves[-1]

    hook = nets["G"].register_forward_hook(cut)
    try:
        with torch.enable_grad():
            terms = recipe.turns["G"].loss(nets, batch)
            loss = torch.stack([term.float() for term in terms.values()]).sum()
            if len(leaves) != 1 or not loss.requires_grad:
                return None
            (found,) = torch.autograd.grad(loss, leaves, allow_unused=True)
    finally:
        hook.remove()
    return None if found is None else balance.slope(found)


def _pace(nets: Nets, ground: Ground, found: Floats, averages: Nets | None) -> dict[str, float]:
    seen = ground.seen[:KERNEL]
    last = motion.squared_mmd(found[:KERNEL], seen, ground.scale)
    if averages is None or not len(averages):
        return {"mmd": last, "mmd_floor": ground.floor}
    shown = Nets({**nets, **averages})
    with undisturbed(shown):
        mean = motion.squared_mmd(ground.phi(_made(shown, ground))[:KERNEL], seen, ground.scale)
    return {"mmd": last, "mmd_floor": ground.floor, "ema_gap": motion.ema_gap(last, mean, ground.floor)}
