"""What one writes by hand: float32, contiguous, eager, two optimisers, a `DataLoader`, losses by `.item()`.

In the style of PyTorch's public DCGAN tutorial; each loop plays the game of one recipe on that recipe's nets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus
from torch.utils.data import DataLoader, TensorDataset

Nets = Mapping[str, nn.Module]
Noise = Callable[[int], Tensor]
Round = Callable[[], None]


def batches(x: Tensor, batch: int) -> Iterator[Tensor]:
    """Shuffled batches of `x` without end."""
    loader = DataLoader(TensorDataset(x), batch, shuffle=True, drop_last=True)
    while True:
        for (found,) in loader:
            yield found


def held(x: Tensor, batch: int) -> Iterator[Tensor]:
    """The same of data on a GPU, picked there."""
    while True:
        for index in torch.randperm(len(x), device=x.device).split(batch):
            if len(index) == batch:
                yield x[index]


def original(
    nets: Nets, data: Iterator[Tensor], noise: Noise, lr: float, betas: tuple[float, float]
) -> Round:
    """The non-saturating game of GAN and DCGAN."""
    bce = binary_cross_entropy_with_logits
    adam = {key: torch.optim.Adam(nets[key].parameters(), lr, betas) for key in "DG"}
    kept: list[float] = []

    def once() -> None:
        x = next(data)
        ones, zeros = torch.ones(len(x), device=x.device), torch.zeros(len(x), device=x.device)
        fake = nets["G"](noise(len(x)))
        nets["D"].zero_grad()
        on_real, on_fake = bce(nets["D"](x), ones), bce(nets["D"](fake.detach()), zeros)
        on_real.backward()
        on_fake.backward()
        adam["D"].step()
        nets["G"].zero_grad()
        loss = bce(nets["D"](fake), ones)
        loss.backward()
        adam["G"].step()
        kept[:] = [on_real.item() + on_fake.item(), loss.item()]

    return once


def regularised(
    nets: Nets, data: Iterator[Tensor], noise: Noise, lr: float, betas: tuple[float, float]
) -> Round:
    """The same with R1, gamma 0.5, in every eighth round, eight times as strong."""
    game = original(nets, data, noise, lr, betas)
    adam = torch.optim.Adam(nets["D"].parameters(), lr, betas)
    count = 0

    def once() -> None:
        nonlocal count
        game()
        if count % 8 == 0:
            x = next(data).requires_grad_()
            score = nets["D"](x)
            (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
            nets["D"].zero_grad()
            (8 * 0.5 * slope.flatten(1).square().sum(1).mean() / 2).backward()
            adam.step()
        count += 1

    return once


def penalised(
    nets: Nets, data: Iterator[Tensor], noise: Noise, lr: float, betas: tuple[float, float]
) -> Round:
    """WGAN-GP with five steps of the critic to one of the generator."""
    adam = {key: torch.optim.Adam(nets[key].parameters(), lr, betas) for key in "DG"}
    kept: list[float] = []

    def once() -> None:
        for _ in range(5):
            x = next(data)
            fake = nets["G"](noise(len(x))).detach()
            between = x.lerp(fake, torch.rand(len(x), 1, 1, 1, device=x.device)).requires_grad_()
            score = nets["D"](between)
            (slope,) = torch.autograd.grad(score, between, torch.ones_like(score), create_graph=True)
            penalty = 10 * (slope.flatten(1).norm(dim=1) - 1).square().mean()
            critic = nets["D"](fake).mean() - nets["D"](x).mean() + penalty
            nets["D"].zero_grad()
            critic.backward()
            adam["D"].step()
        loss = -nets["D"](nets["G"](noise(len(x)))).mean()
        nets["G"].zero_grad()
        loss.backward()
        adam["G"].step()
        kept[:] = [critic.item(), loss.item()]

    return once


def relativistic(
    nets: Nets, data: Iterator[Tensor], noise: Noise, lr: float, betas: tuple[float, float]
) -> Round:
    """R3GAN: the relativistic pair with R1 and R2, gamma 0.5, in every step."""
    adam = {key: torch.optim.Adam(nets[key].parameters(), lr, betas) for key in "DG"}
    kept: list[float] = []

    def sloped(x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.detach().requires_grad_()
        score = nets["D"](x)
        (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
        return score, slope.flatten(1).square().sum(1).mean() / 2

    def once() -> None:
        x = next(data)
        (real, r1), (fake, r2) = sloped(x), sloped(nets["G"](noise(len(x))))
        critic = softplus(fake - real).mean() + 0.5 * (r1 + r2)
        nets["D"].zero_grad()
        critic.backward()
        adam["D"].step()
        loss = softplus(nets["D"](x) - nets["D"](nets["G"](noise(len(x))))).mean()
        nets["G"].zero_grad()
        loss.backward()
        adam["G"].step()
        kept[:] = [critic.item(), loss.item()]

    return once
