"""A small generator whose pictures are mostly dark, and a discriminator that says its features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sparring.nets.heads.heads import Score


def nets(channels: int = 1) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        G = nn.Sequential(
            nn.Linear(8, 16 * 36),
            nn.Unflatten(1, (16, 6, 6)),
            nn.BatchNorm2d(16),
            nn.Tanh(),
            nn.ConvTranspose2d(16, channels, 4, 2, 1),
            nn.Tanh(),
        )
        trunk = nn.Sequential(nn.Conv2d(channels, 8, 4, 2, 1), nn.Dropout(0.5), nn.Flatten())
        D = Score(trunk, nn.Linear(8 * 36, 1))
    G[4].weight.data *= 3
    G[4].bias.data -= 0.8
    return G, D


def made(n: int = 5, channels: int = 1) -> tuple[nn.Module, nn.Module, Tensor]:
    G, D = nets(channels)
    with torch.no_grad():
        return G, D, G.eval()(torch.randn(n, 8, generator=torch.Generator().manual_seed(9)))
