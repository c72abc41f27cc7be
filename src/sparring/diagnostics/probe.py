"""Measurement of a game at one step, without changing its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.labels import latent_labels
from sparring.core.recipe import Recipe, generate
from sparring.core.space import Space
from sparring.diagnostics import balance, collapse, context, motion
from sparring.diagnostics.cells import Cells, cells
from sparring.diagnostics.conditions import ConditionPairs, condition_pairs
from sparring.diagnostics.features import Features, features
from sparring.diagnostics.logits import ScoreKind, detect_logits
from sparring.engine.game import Game
from sparring.engine.randomness import preserve_random_state
from sparring.engine.trained import samples, slice_batch
from sparring.metrics.rows import Floats, Ints
from sparring.practice.players import find_player

FEWEST = 64
"""Fewest data, and latents: with fewer, chance alone exceeds the limits."""

AT_ONCE, GRADIENTS = 256, 64
"""Number of samples that D scores at once, and of samples for the gradient."""

KERNEL = 500
"""Largest number of samples for the MMD: its cost grows with their square."""

RECOGNISED = 0.7
"""Least share of present fakes that D recognises, for `forgetting` of old ones to be meaningful."""


@dataclass(frozen=True, eq=False)
class ProbeReference:
    """The fixed inputs of all measurements of a run."""

    recipe: Recipe
    space: Space
    z: Tensor
    """Fixed latents, (n, latent)."""
    real: Tensor
    """Training data, (m, *shape)."""
    held: Tensor | None
    """Held-out data, (k, *shape)."""
    labels: dict[str, Tensor | None]
    """Labels of the "real" and "held" data and of the latents, "made"; None where there are none."""
    phi: Features
    seen: Floats
    """Features of as many data as there are latents, the first ones, (n, m)."""
    cells: Cells
    pairs: ConditionPairs | None
    """Pairs of latents and of data with equal conditions; None where samples have none."""
    logits: ScoreKind
    scale: float
    """Scale of the kernel: the median distance of two data in feature space."""
    floor: float
    """The squared MMD that chance gives between two halves of the data, see `motion.mmd_floor`."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """The measurements at one step."""

    step: int
    values: dict[str, float]
    """Values by name of the gauge. Always: distance_ratio, total_variation, missing_modes, reverse_kl,
    rank_ratio, coverage, birthday. With labels: latent_sensitivity. Of pictures: range_gap, correlation_gap,
    entropy_gap, pixel_gap, spectrum_gap. If samples are finite: mmd, mmd_floor, twice; where they apply
    ema_gap, overfit_gap, forgetting, gradient; and of logits: logit (the largest size), accuracy,
    divergence_level, overfit_sign, signal, and either confidence or weak_discriminator. The caller adds
    duality_gap. mmd, logit, accuracy, gradient and duality_gap are only for the gauges of a history."""
    cells: Ints
    """The cell of each fixed latent's sample, (n,), -1 where it is not finite."""
    histogram: Floats
    """The share of samples in each cell, (k,)."""
    path: dict[str, Floats]
    """By turn: random projections of the weights that it moves, (64,)."""
    samples: Tensor
    """Samples of the fixed latents, (n, *shape), on the CPU."""


def probe_reference(
    recipe: Recipe,
    space: Space,
    z: Tensor,
    real: Tensor,
    held: Tensor | None = None,
    *,
    y: np.ndarray | None = None,
    held_out_y: np.ndarray | None = None,
    phi: Features | None = None,
) -> ProbeReference:
    """Return the fixed inputs of all measurements of a run: `probe` takes them with the nets.

    `z` (n, size) are latents, `real` (m, *shape) training data in random order, with labels `y` (m,), `held`
    (k, *shape) held-out data, with labels `held_out_y` (k,), `phi` features, by default `features(space)`.
    Losses are evaluated on new nets, since those of a failed run may be uninformative.
    `BadInput` for recipes without latents, fewer than 64 latents or data, or latents of another length.
    """
    if not recipe.latent.size:
        raise BadInput(f"{recipe.name}: makes samples from data; only games with latents are diagnosed")
    if min(len(z), len(real)) < FEWEST:
        raise BadInput(f"{len(z)} latents and {len(real)} data: a diagnosis needs at least {FEWEST} of each")
    if z.dim() != 2 or z.shape[1] != recipe.latent.size:
        raise BadInput(f"latents {tuple(z.shape)}: {recipe.name} takes (n, {recipe.latent.size})")
    read = phi or features(space)
    real_features = read(real)
    seen = real_features[: len(z)]
    scale = motion.median_distance(seen)
    with preserve_random_state():
        cell_map = cells(real_features, None if y is None or (y < 0).all() else y)
        score_kind = detect_logits(recipe, Game(recipe, space).nets.to(real.device), real)
    held_out = held if held is not None and len(held) else None
    floor = motion.mmd_floor(seen[:KERNEL], scale)
    labels = {"real": _tensor(y, z), "held": _tensor(held_out_y, z), "made": latent_labels(recipe.latent, z)}
    equal_pairs = condition_pairs(recipe.latent, z, seen, None if y is None else y[: len(seen)])
    return ProbeReference(
        recipe, space, z, real, held_out, labels, read, seen, cell_map, equal_pairs, score_kind, scale, floor
    )


def _tensor(y: np.ndarray | None, like: Tensor) -> Tensor | None:
    return None if y is None else torch.from_numpy(y).to(like.device)


def probe(
    nets: Nets,
    reference: ProbeReference,
    *,
    step: int = 0,
    averages: Nets | None = None,
    old: Tensor | None = None,
) -> Measurement:
    """Return all measurements of `nets` at step `step`; the nets are left unchanged, to the bit.

    `averages` are averaged nets by key, if any; `old` (k, *shape) are fakes that the run made about 1000
    steps before, for "forgetting". Samples are made in evaluation mode; D scores in training mode, with the
    batch's statistics if it uses any. Measures that do not apply are left out, see `Measurement.values`.
    """
    with preserve_state(nets):
        made = _samples(nets, reference)
        phi = reference.phi(made)
        in_cells = reference.cells.of(phi)
        shares = reference.cells.histogram(in_cells)
        values = {**_collapse(reference, phi, shares), **_context(reference, made)}
        if np.isfinite(phi).all():
            values |= _balance(nets, reference, made, phi, old)
            values |= _mmd_gauges(nets, reference, phi, averages)
        path = {
            turn: motion.project_weights(
                [p for key in reference.recipe.movers(turn) for p in nets[key].parameters()]
            )
            for turn in reference.recipe.turns
        }
    return Measurement(step, values, in_cells, shares, path, made)


@contextmanager
def preserve_state(nets: Nets) -> Iterator[None]:
    """Context that restores buffers, training modes and all global random states on exit.

    The buffers and modes are those of `nets`; parameters are not restored. No gradients are recorded within.
    """
    modes = [(module, module.training) for module in nets.modules()]
    buffers = [(buffer, buffer.clone()) for buffer in nets.buffers()]
    with preserve_random_state(), torch.no_grad():
        try:
            yield
        finally:
            for module, training in modes:
                module.training = training
            for buffer, before in buffers:
                buffer.copy_(before)


def _samples(nets: Nets, ground: ProbeReference) -> Tensor:
    return samples(ground.recipe.sampler, nets.eval(), Batch.of(ground.z))


def _collapse(ground: ProbeReference, phi: Floats, shares: Floats) -> dict[str, float]:
    seen, truth = ground.seen, ground.cells.shares
    ignored = {} if ground.pairs is None else {"latent_sensitivity": ground.pairs.sensitivity(phi)}
    return {
        **ignored,
        "distance_ratio": collapse.distance_ratio(phi, seen),
        "total_variation": collapse.total_variation(shares, truth),
        "missing_modes": collapse.missing_modes(shares, truth),
        "reverse_kl": collapse.reverse_kl(shares, truth),
        "rank_ratio": collapse.rank_ratio(phi, seen),
        "coverage": collapse.coverage(phi, seen),
        "birthday": collapse.birthday(phi, seen),
    }


def _context(ground: ProbeReference, made: Tensor) -> dict[str, float]:
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


def _balance(
    nets: Nets, ground: ProbeReference, made: Tensor, phi: Floats, old: Tensor | None
) -> dict[str, float]:
    nets.train()
    score = _scorer(nets, ground)
    count = len(ground.z)
    train, fake = score(ground.real[:count], "real"), score(made, "made")
    values = _logit_gauges(ground, train, fake, ground.seen, phi)
    gap = (
        None if ground.held is None else balance.overfit_gap(train, score(ground.held[:count], "held"), fake)
    )
    if gap is not None:
        values["overfit_gap"] = gap
    if old is not None and ground.logits.targets is not None and motion.forgetting(fake) > RECOGNISED:
        values["forgetting"] = motion.forgetting(score(old, "made"))
    gradient = _gradient_norm(nets, ground)
    return values if gradient is None else {**values, "gradient": gradient}


def _logit_gauges(
    ground: ProbeReference, train: Floats, fake: Floats, seen: Floats, phi: Floats
) -> dict[str, float]:
    """Return the gauges of the discriminator's logits; only `twice` where its scores are not logits."""
    targets = ground.logits.targets
    twice = {"twice": float(ground.logits.double_sigmoid)}
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
        values["signal"] = balance.gradient_signal(fake, ground.logits.saturating)
    if values["accuracy"] >= balance.WEAK_ACCURACY:
        values["confidence"] = balance.confidence(train, fake)
    else:
        half = min(len(seen), len(phi)) // 2
        fresh = balance.two_sample_auc(seen[:half], phi[:half], seen[half:], phi[half:])
        values["weak_discriminator"] = fresh - balance.auc(train[len(train) // 2 :], fake[len(fake) // 2 :])
    return values


def _scorer(nets: Nets, ground: ProbeReference) -> Callable[[Tensor, str], Floats]:
    place = ground.real.device

    def score(x: Tensor, kind: str) -> Floats:
        y, starts = ground.labels[kind], range(0, len(x), AT_ONCE)
        batch = Batch.shown(x.to(place), None if y is None else y[: len(x)])
        parts = [ground.recipe.judge(nets, slice_batch(batch, start, start + AT_ONCE)) for start in starts]
        scores: Floats = torch.cat(parts).double().cpu().numpy()
        return scores

    return score


def _gradient_norm(nets: Nets, ground: ProbeReference) -> float | None:
    """Return the mean gradient norm of G's loss at its samples; None where there is none."""
    recipe, generator = ground.recipe, find_player(ground.recipe, "generator")
    if recipe.sampler is not generate or generator is None or ground.space.tokens:
        return None
    count = min(GRADIENTS, len(ground.z), len(ground.real))
    x = ground.real[:count]
    u = torch.rand(count, *[1] * (x.dim() - 1), generator=torch.Generator().manual_seed(0)).to(x.device)
    batch = replace(Batch.of(ground.z[:count]), x=x, u=u)
    leaves: list[Tensor] = []

    def cut(_net: object, _inputs: object, made: Tensor) -> Tensor:
        leaves.append(made.detach().requires_grad_())
        return leaves[-1]

    hook = nets[generator.net].register_forward_hook(cut)
    try:
        with torch.enable_grad():
            terms = recipe.turns[generator.turn].loss(nets, batch)
            loss = torch.stack([term.float() for term in terms.values()]).sum()
            if len(leaves) != 1 or not loss.requires_grad:
                return None
            (gradient,) = torch.autograd.grad(loss, leaves, allow_unused=True)
    finally:
        hook.remove()
    return None if gradient is None else balance.gradient_norm(gradient)


def _mmd_gauges(nets: Nets, ground: ProbeReference, phi: Floats, averages: Nets | None) -> dict[str, float]:
    seen = ground.seen[:KERNEL]
    last = motion.squared_mmd(phi[:KERNEL], seen, ground.scale)
    if averages is None or not len(averages):
        return {"mmd": last, "mmd_floor": ground.floor}
    averaged = Nets({**nets, **averages})
    with preserve_state(averaged):
        mean = motion.squared_mmd(ground.phi(_samples(averaged, ground))[:KERNEL], seen, ground.scale)
    return {"mmd": last, "mmd_floor": ground.floor, "ema_gap": motion.ema_gap(last, mean, ground.floor)}
