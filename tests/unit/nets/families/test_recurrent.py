from itertools import product

import pytest
import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families.recurrent import (
    SequenceDiscriminator,
    SequenceGenerator,
    SequenceNet,
    SequenceNoise,
    reset_lagged,
)

TOKENS, LENGTH, ROLLS = 3, 4, 5
LATENT = SequenceNoise(ROLLS).fit_to(Space((LENGTH,), 0))
SPACE = Space((LENGTH,), LATENT.size, tokens=TOKENS)
EVERY = torch.tensor(list(product(range(TOKENS), repeat=LENGTH)))


def writer(sharp: float = 3.0) -> SequenceNet:
    """A writer whose odds depend visibly on what came before."""
    torch.manual_seed(0)
    made = SequenceGenerator(6)(SPACE)
    assert isinstance(made, SequenceNet)
    with torch.no_grad():
        for weight in made.policy.parameters():
            weight.mul_(sharp)
    made.follow(1.0)
    return made


def noise(n: int) -> Tensor:
    return LATENT.sample(n, torch.Generator().manual_seed(1))


def test_the_noise_is_as_long_as_the_data_ask() -> None:
    assert SequenceNoise(ROLLS).size == 0
    assert SequenceNoise(ROLLS, LENGTH * (1 + ROLLS)) == LATENT


def test_the_probabilities_of_all_sequences_add_up_to_one() -> None:
    log_p = writer().log_probability(EVERY)
    assert log_p.shape == EVERY.shape
    assert log_p.sum(1).exp().sum().item() == pytest.approx(1, abs=1e-5)
    assert log_p.sum(1).exp().std() > 1e-3


def test_a_token_depends_on_those_before_it_alone() -> None:
    net, changed = writer(), EVERY.clone()
    changed[:, 2] = (changed[:, 2] + 1) % TOKENS
    before, after = net.log_probability(EVERY), net.log_probability(changed)
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 3], after[:, 3])


def test_samples_have_the_probabilities_that_are_stated() -> None:
    net, n = writer(), 40_000
    places = net(noise(n)) @ TOKENS ** torch.arange(LENGTH - 1, -1, -1)
    share = torch.bincount(places, minlength=len(EVERY)) / n
    p = net.log_probability(EVERY).sum(1).exp()
    assert ((share - p).abs() < 5 * (p / n).sqrt() + 1e-4).all()


def test_only_the_first_numbers_decide_the_sample() -> None:
    net, z = writer(), noise(50)
    other = torch.cat([z[:, :LENGTH], -z[:, LENGTH:]], 1)
    assert torch.equal(net(z), net(other))
    assert not torch.equal(net(z), net(-z))


def test_roll_outs_keep_their_prefix() -> None:
    net, z = writer(), noise(50)
    x = net(z)
    ends = net.roll_out(x, z)
    assert ends.shape == (LENGTH - 1, ROLLS, 50, LENGTH)
    for t in range(LENGTH - 1):
        assert torch.equal(ends[t, ..., : t + 1], x[:, : t + 1].expand(ROLLS, -1, -1))
        assert not torch.equal(ends[t], x.expand(ROLLS, -1, -1))


def test_a_roll_out_with_the_samples_own_noise_is_the_sample() -> None:
    """Whatever the prefix: the state after it, the step and the noise must all be in their places."""
    net, z = writer(), noise(50)
    own = z[:, :LENGTH].repeat(1, 1 + ROLLS)
    x = net(own)
    assert (net.roll_out(x, own) == x).all()


def test_roll_outs_have_the_conditional_probabilities() -> None:
    net, n = writer(), 4000
    z = noise(n)
    x = torch.tensor([[2, 0, 1, 1]]).expand(n, -1)
    ends = net.roll_out(x, z)[1].flatten(0, 1)  # begins with 2, 0
    with_prefix = EVERY[(EVERY[:, :2] == x[0, :2]).all(1)]
    p = net.log_probability(with_prefix)[:, 2:].sum(1).exp()
    share = torch.stack([(ends == row).all(1).float().mean() for row in with_prefix])
    assert p.sum().item() == pytest.approx(1, abs=1e-5)
    assert ((share - p).abs() < 5 * (p / len(ends)).sqrt() + 1e-4).all()


def test_the_lagged_copy_has_buffers_alone_and_follows_a_share_of_the_way() -> None:
    net = writer()
    assert not list(net.lagged.parameters())
    old = {name: weight.clone() for name, weight in net.lagged.named_buffers()}
    with torch.no_grad():
        for weight in net.policy.parameters():
            weight.add_(1.0)
    net.follow(0.2)
    for name, weight in net.lagged.named_buffers():
        assert torch.allclose(weight, old[name] + 0.2, atol=1e-6)
    reset_lagged(torch.nn.ModuleDict({"G": net}), None)
    for name, weight in net.policy.named_parameters():
        assert torch.equal(weight, net.lagged.get_buffer(name))
    assert any(key.startswith("lagged.") for key in net.state_dict())


def test_roll_outs_are_the_lagged_copys() -> None:
    net, z = writer(), noise(50)
    before = net.roll_out(EVERY[:50], z)
    with torch.no_grad():
        for weight in net.policy.parameters():
            weight.neg_()
    assert torch.equal(net.roll_out(EVERY[:50], z), before)


def test_a_sequence_of_one_token_has_no_roll_outs() -> None:
    latent = SequenceNoise(ROLLS).fit_to(Space((1,), 0))
    net = SequenceGenerator(6)(Space((1,), latent.size, tokens=2))
    z = latent.sample(7, torch.Generator().manual_seed(0))
    assert net(z).shape == (7, 1)
    assert net.roll_out(net(z), z).shape == (0, ROLLS, 7, 1)


@pytest.mark.parametrize("length", [2, 12])
def test_the_discriminator_reads_spans_and_gives_one_logit(length: int) -> None:
    net = SequenceDiscriminator(8)(Space((length,), 0, tokens=TOKENS))
    x = torch.randint(TOKENS, (9, length), generator=torch.Generator().manual_seed(0))
    assert net(x).shape == (9,)
    assert net.features(x).shape == (9, 8 * min(4, length))
    x[1] = x[0].flip(0)
    apart = not torch.equal(x[1], x[0])
    assert torch.equal(net(x)[0], net(x)[1]) != apart


def test_pictures_and_points_are_refused() -> None:
    for builder in (SequenceGenerator(), SequenceDiscriminator()):
        for shape in ((1, 8, 8), (2,)):
            with pytest.raises(BadInput, match="tokens"):
                builder(Space(shape, 10))
