from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.unit.practice.games import NAMES, renamed
from torch import nn

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.latent import Normal
from sparring.core.space import Space
from sparring.data.toys import digits, mixture, ring8_modes
from sparring.diagnostics.duality import duality_gap
from sparring.diagnostics.features import features
from sparring.diagnostics.finding import Level, findings
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.probe import preserve_state, probe, probe_reference
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import gan
from sparring.zoo.sngan import sngan
from sparring.zoo.wgan import wgan

RING = mixture(ring8_modes(), 0.02, 1200, seed=1)
POINTS = Space((2,), 2)
LEVELS = {gauge.name for gauge in GAUGES}


def ring_game(recipe=gan, **kinds):
    nets = {"G": mlp.Generator(16), "D": mlp.Discriminator(16)}
    game = Game(replace(recipe, latent=Normal(2), nets=nets), POINTS)
    z = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    real, held = torch.from_numpy(RING.x[:800]), torch.from_numpy(RING.x[800:])
    return game, probe_reference(game.recipe, POINTS, z, real, held, y=RING.y[:800], **kinds)


def played_by(ground, samples):
    """The same ground, its fixed latents turned to `samples` by a sampler that looks them up."""
    place = {tuple(z.tolist()): x for z, x in zip(ground.z, samples, strict=True)}
    sampler = lambda _, b: torch.stack([place[tuple(z.tolist())] for z in b.z])  # noqa: E731
    return replace(ground, recipe=replace(ground.recipe, sampler=sampler))


def alarms(moment):
    return {f.gauge.name for f in findings(moment.values, GAUGES) if f.level is Level.FAIL}


def test_samples_of_the_truth_are_well_and_of_one_mode_are_not():
    game, found = ring_game()
    fresh = mixture(ring8_modes(), 0.02, 400, seed=5)
    collapse = {gauge.name for gauge in GAUGES[:7]}
    truth = probe(game.nets, played_by(found, torch.from_numpy(fresh.x)))
    assert not {f.gauge.name for f in findings(truth.values, GAUGES) if f.level} & collapse
    assert (truth.cells == fresh.y).all()
    one = probe(game.nets, played_by(found, found.real[RING.y[:800] == 2].repeat(5, 1)[:400]))
    assert {"distance_ratio", "total_variation", "missing_modes", "reverse_kl", "coverage"} <= alarms(one)
    assert one.values["missing_modes"] == 7 / 8
    lost = probe(game.nets, played_by(found, torch.full((400, 2), torch.nan)))
    assert {"distance_ratio", "total_variation", "coverage", "birthday", "rank_ratio"} <= alarms(lost)


@pytest.mark.parametrize("recipe", [dcgan, sngan], ids=["batch norm", "spectral norm"])
def test_a_probe_leaves_nets_and_chance_as_they_were(recipe):
    space = Space((1, 8, 8), recipe.latent.size)
    game = Game(recipe, space)
    x = torch.from_numpy(digits().x[:200]).permute(0, 3, 1, 2).float() / 127.5 - 1
    z = recipe.latent.sample(64, torch.Generator().manual_seed(0))
    game.nets["D"].train()
    game.nets["G"].eval()
    before = {key: value.clone() for key, value in game.nets.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    base = probe_reference(game.recipe, space, z, x[:150], x[150:])
    first = probe(game.nets, base, averages=game.averages)
    again = probe(game.nets, base, averages=game.averages)
    assert first.values == again.values
    assert torch.equal(states[0], torch.get_rng_state())
    assert (states[1] == np.random.get_state()[1]).all()
    assert all(torch.equal(value, before[key]) for key, value in game.nets.state_dict().items())
    assert game.nets["D"].training
    assert not game.nets["G"].training
    assert not game.nets["G"]._forward_hooks
    assert first.values.keys() <= LEVELS | {"mmd", "mmd_floor", "gradient", "logit", "accuracy"}
    assert {"correlation_gap", "entropy_gap", "pixel_gap", "spectrum_gap", "gradient"} <= first.values.keys()
    assert ("accuracy" in first.values) is (recipe is dcgan)
    assert np.isfinite(list(first.values.values())).all()


def test_batches_of_noise_are_undisturbed_too():
    net = nn.ModuleDict({"D": nn.Sequential(nn.BatchNorm1d(2), nn.Dropout())})
    before = [buffer.clone() for buffer in net.buffers()]
    with preserve_state(net):
        net["D"](torch.randn(50, 2))
        assert not torch.equal(before[0], next(net.buffers()))
    assert all(torch.equal(a, b) for a, b in zip(before, net.buffers(), strict=True))


def test_the_slope_is_that_of_the_loss_at_the_samples():
    game, found = ring_game()
    slope = probe(game.nets, found).values["gradient"]
    x = game.nets["G"](found.z[:64]).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(nn.functional.softplus(-game.nets["D"](x)).sum(), x)
    assert slope == pytest.approx(float(gradient.norm(dim=1).mean()), rel=1e-4)


def test_a_sure_discriminator_a_weak_one_and_one_without_logits():
    game, found = ring_game()
    with torch.no_grad():
        game.nets["G"].body[-2].weight.zero_()  # every sample in the middle of the ring
        game.nets["G"].body[-2].bias.zero_()
    weak = probe(game.nets, found).values
    assert weak["weak_discriminator"] > 0.15
    sure = replace(found.recipe, judge=lambda n, b: 20 * (b.x.norm(dim=1) - 1))
    old = torch.cat([torch.zeros(50, 2), torch.full((150, 2), 3.0)])
    won = probe(game.nets, replace(found, recipe=sure), old=old).values
    assert won["accuracy"] == 1
    assert won["signal"] > 0.99
    assert won["divergence_level"] == pytest.approx(1, abs=1e-6)
    assert won["logit"] == pytest.approx(21, abs=2)
    assert won["forgetting"] == 0.25
    assert "weak_discriminator" not in won
    _, discriminator = ring_game(wgan)
    assert discriminator.logits.targets is None
    values = probe(game.nets, discriminator).values
    assert not {"accuracy", "divergence_level", "overfit_sign", "signal", "logit"} & values.keys()
    assert {"gradient", "mmd", "coverage"} <= values.keys()


def test_a_discriminator_that_recites_is_seen_on_held_out_data():
    game, found = ring_game()
    known = {tuple(x.tolist()) for x in found.real}
    reciting = lambda _, b: torch.tensor([5.0 if tuple(p) in known else -5.0 for p in b.x.tolist()])  # noqa: E731
    found = replace(found, recipe=replace(found.recipe, judge=reciting))
    values = probe(game.nets, found).values
    assert values["overfit_gap"] == pytest.approx(1)
    assert values["overfit_sign"] == 1
    assert "overfit_gap" not in probe(game.nets, replace(found, held=None)).values


def test_features_of_pictures_are_fixed_and_of_points_themselves():
    x = torch.rand(4, 3, 16, 16) * 2 - 1
    read = features(Space((3, 16, 16), 8))
    assert read(x).shape == (4, 64)
    np.testing.assert_array_equal(read(x), features(Space((3, 16, 16), 8))(x))
    assert np.abs(read(x) - features(Space((3, 16, 16), 8), seed=1)(x)).max() > 0.01
    np.testing.assert_array_equal(features(POINTS)(x[:, 0, 0, :2]), x[:, 0, 0, :2].double())
    assert features(Space((3,), 8, tokens=4))(torch.tensor([[0, 3, 1]])).tolist() == [
        [1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]
    ]


@pytest.mark.parametrize(("z", "n", "says"), [(40, 800, "at least 64"), (80, 40, "at least 64")])
def test_too_little_to_go_by_is_refused(z, n, says):
    game, found = ring_game()
    with pytest.raises(BadInput, match=says):
        probe_reference(game.recipe, POINTS, found.z[:z], found.real[:n])
    with pytest.raises(BadInput, match=r"takes \(n, 2\)"):
        probe_reference(game.recipe, POINTS, torch.randn(100, 3), found.real)


def test_the_duality_gap_grows_with_what_can_be_won():
    game, _ = ring_game()
    data = torch.from_numpy(RING.x)

    def batches(seed):
        draw = torch.Generator().manual_seed(seed)

        def next_one():
            rows = torch.randint(len(data), (64,), generator=draw)
            return Batch(data[rows], torch.randn(64, 2, generator=draw), torch.rand(64, 1, generator=draw))

        return next_one

    before = {key: value.clone() for key, value in game.nets.state_dict().items()}
    short, longer = (duality_gap(game.recipe, game.nets, POINTS, batches(0), steps) for steps in (5, 100))
    assert 0 < short < longer
    assert duality_gap(game.recipe, game.nets, POINTS, batches(0), 0) == pytest.approx(0, abs=1e-6)
    assert all(torch.equal(value, before[key]) for key, value in game.nets.state_dict().items())
    with pytest.raises(BadInput, match="one turn for all discriminators"):
        duality_gap(replace(gan, turns={"D": gan.turns["D"]}), game.nets, POINTS, batches(0))


def test_the_players_are_found_by_their_roles():
    game, _ = ring_game()
    other = renamed(game.recipe)
    nets = Nets({NAMES[key]: net for key, net in game.nets.items()})
    data = torch.from_numpy(RING.x)

    def gap(recipe, nets):
        draw = torch.Generator().manual_seed(0)

        def next_one():
            rows = torch.randint(len(data), (64,), generator=draw)
            return Batch(data[rows], torch.randn(64, 2, generator=draw), torch.rand(64, 1, generator=draw))

        return duality_gap(recipe, nets, POINTS, next_one, 5)

    assert gap(other, nets) == gap(game.recipe, game.nets)
