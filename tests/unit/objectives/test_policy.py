import pytest
import torch

from sparring.objectives.policy import (
    negative_log_likelihood,
    reinforce_loss,
    reward_to_go,
    subtract_baseline,
)


def test_likelihood_is_the_mean_surprise_of_a_token() -> None:
    assert negative_log_likelihood(torch.tensor([[0.5, 0.25]]).log()).item() == pytest.approx(1.5 * 0.6931472)


def test_a_reward_weighs_the_choice_in_its_own_place() -> None:
    log_p = torch.zeros(3, 4, requires_grad=True)
    reward = torch.zeros(3, 4)
    reward[1, 2] = 5.0
    (slope,) = torch.autograd.grad(reinforce_loss(log_p, reward), log_p)
    assert torch.allclose(slope, -reward / 3)


def test_a_reward_with_a_graph_or_of_another_shape_is_refused() -> None:
    log_p = torch.zeros(3, 4)
    with pytest.raises(ValueError, match="graph"):
        reinforce_loss(log_p, torch.zeros(3, 4, requires_grad=True))
    with pytest.raises(ValueError, match="shape"):
        reinforce_loss(log_p, torch.zeros(3, 1))


def test_the_mean_is_taken_off_place_by_place() -> None:
    reward = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    assert subtract_baseline(reward).tolist() == [[-1, -10], [1, 10]]


def test_a_prefix_earns_the_mean_of_its_roll_outs_and_the_whole_its_own() -> None:
    rolled = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [5.0, 8.0]]])  # 2 prefixes, 2 rolls, n = 2
    assert reward_to_go(rolled, torch.tensor([9.0, 10.0])).tolist() == [[2, 5, 9], [3, 7, 10]]
