"""Nets for sequences of tokens: an autoregressive generator, a discriminator, and the noise of the samples.

Yu et al. 2017, SeqGAN, arXiv:1609.05473, section 3, and its appendix for the discriminator.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.batch import Nets
from sparring.core.errors import BadInput
from sparring.core.latent import UniformCube
from sparring.core.space import Space
from sparring.nets.heads.heads import Score

State = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class SequenceNoise(UniformCube):
    """z ~ U[-1, 1]: (`rolls` + 1) times the length of a sequence, for the sample and for its roll-outs.

    Tokens are sampled by inverting their distribution function, so that a sequence is a function of the
    weights and z.
    """

    rolls: int = 16
    """Roll-outs of each prefix."""
    size: int = 0
    """Size of z; 0 until the prior is fitted to the data."""

    def fit_to(self, space: Space) -> SequenceNoise:
        return replace(self, size=space.shape[0] * (1 + self.rolls))


@dataclass(frozen=True)
class SequenceGenerator:
    """Build G: an LSTM of `width` units on embeddings of that size samples each token from those before it.

    Raises `BadInput` for data that are not sequences of tokens.
    """

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        return SequenceNet(_Policy(_sequences(space), self.width), space.shape[0])


@dataclass(frozen=True)
class SequenceDiscriminator:
    """Build D: convolutions over 1 to `span` tokens, maximum over positions, a highway layer, a logit.

    `width` is the number of channels for each span and the size of the embedding.  Raises `BadInput` for data
    that are not sequences of tokens.  Kim 2014, arXiv:1408.5882; Srivastava et al. 2015, arXiv:1505.00387.
    """

    width: int = 32
    span: int = 4

    def __call__(self, space: Space) -> nn.Module:
        spans = range(1, min(self.span, space.shape[0]) + 1)
        trunk = _TextConvolutions(_sequences(space), self.width, spans)
        return Score(trunk, nn.Linear(self.width * len(spans), 1))


def reset_lagged(nets: Nets, draw: object) -> None:
    """Set the lagged copy in every `SequenceNet` to the current weights of its policy; `draw` is not used.

    It is a `Stage.enter`.
    """
    for part in nets.modules():
        if isinstance(part, SequenceNet):
            part.follow(1.0)


def _sequences(space: Space) -> int:
    if not space.tokens:
        raise BadInput("sequence nets need data of tokens; give whole numbers (n, length), such as chains")
    return space.tokens


@final
class SequenceNet(nn.Module):
    """A policy and its lagged copy for roll-outs, whose weights are buffers that `follow` updates."""

    def __init__(self, policy: _Policy, length: int) -> None:
        super().__init__()
        self.policy, self.length = policy, length
        self.lagged = _copy_as_buffers(policy)

    def forward(self, z: Tensor) -> Tensor:
        """Sequences, int64 (n, length), for z (n, size); only the first `length` numbers of z are used."""
        with torch.no_grad():
            return self.policy.sample((z[:, : self.length] + 1) / 2)

    def log_probability(self, x: Tensor) -> Tensor:
        """log G(x_t | x_<t), in nats, float32 (n, length)."""
        log_probability: Tensor = self.policy(x)
        return log_probability

    @torch.no_grad()
    def follow(self, share: float) -> None:
        """Move the lagged copy's weights towards the policy's by `share` of the difference; 1: copy them."""
        for name, weight in self.policy.named_parameters():
            self.lagged.get_buffer(name).lerp_(weight, share)

    @torch.no_grad()
    def roll_out(self, x: Tensor, z: Tensor) -> Tensor:
        """Roll-outs of every proper prefix of x (n, length) by the lagged copy.

        int64 (length - 1, rolls, n, length): row t has the continuations of the first t + 1 tokens.  The
        noise is the part of z (n, size) that the sample itself does not use, the same for all prefixes of a
        sequence.
        """
        noise = (torch.unflatten(z[:, self.length :], 1, (-1, self.length)) + 1) / 2
        return self.lagged.complete_prefixes(x, noise)


@final
class _Policy(nn.Module):
    """p(x_t | x_<t); the last row of the embedding is the start token."""

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.start, self.width = tokens, width
        self.embedding = nn.Embedding(tokens + 1, width)
        self.cell = nn.LSTMCell(width, width)
        self.head = nn.Linear(width, tokens)

    def forward(self, x: Tensor) -> Tensor:
        """log p(x_t | x_<t) of each token of x (n, length), in nats, (n, length)."""
        state, log_probabilities = self._start_state(x), []
        for t in range(x.shape[1]):
            log_probabilities.append(self.head(state[0]).float().log_softmax(1).gather(1, x[:, t, None]))
            state = self._step(x[:, t], state)
        return torch.cat(log_probabilities, 1)

    def sample(self, u: Tensor) -> Tensor:
        """Sequences, int64 (n, length), sampled with the uniform numbers u (n, length) in [0, 1)."""
        state, tokens = self._start_state(u), []
        for t in range(u.shape[1]):
            tokens.append(self._sample_token(state[0], u[:, t]))
            state = self._step(tokens[-1], state)
        return torch.stack(tokens, 1)

    def complete_prefixes(self, x: Tensor, u: Tensor) -> Tensor:
        """Completions of every proper prefix of x (n, length), sampled with u (n, rolls, length) in [0, 1).

        int64 (length - 1, rolls, n, length).  The LSTM reads each prefix once; at each step the sequences of
        the next prefix, one for each roll, join those in progress.
        """
        n, rolls, length = u.shape
        completions = x.expand(length - 1, rolls, n, length).clone()
        prefix = self._start_state(x)
        in_progress: State = (prefix[0].new_empty(0, self.width), prefix[1].new_empty(0, self.width))
        for t in range(1, length):
            prefix = self._step(x[:, t - 1], prefix)
            joined = [torch.cat([a, b.repeat(rolls, 1)]) for a, b in zip(in_progress, prefix, strict=True)]
            token = self._sample_token(joined[0], u[:, :, t].t().reshape(-1).repeat(t))
            completions[:t, :, :, t] = token.view(t, rolls, n)
            in_progress = self._step(token, (joined[0], joined[1]))
        return completions

    def _start_state(self, like: Tensor) -> State:
        zeros = self.embedding.weight.new_zeros(len(like), self.width)
        start = torch.full((len(like),), self.start, device=like.device)
        return self._step(start, (zeros, zeros))

    def _step(self, token: Tensor, state: State) -> State:
        h, c = self.cell(self.embedding(token), state)
        return h, c

    def _sample_token(self, h: Tensor, u: Tensor) -> Tensor:
        """The first token whose cumulative probability exceeds u (n,)."""
        cumulative = self.head(h).float().softmax(1).cumsum(1)
        token: Tensor = (cumulative <= u[:, None]).sum(1).clamp_max(self.start - 1)
        return token


def _copy_as_buffers(policy: _Policy) -> _Policy:
    """A copy whose weights are buffers: saved and moved to devices with the net, never trained."""
    copied = copy.deepcopy(policy)
    for layer in copied.modules():
        for name, weight in list(layer.named_parameters(recurse=False)):
            delattr(layer, name)
            layer.register_buffer(name, weight.detach().clone())
    return copied


@final
class _TextConvolutions(nn.Module):
    """Tokens (n, length) -> features (n, maps): each map's maximum over positions, then a highway layer."""

    def __init__(self, tokens: int, width: int, spans: range) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.spans = nn.ModuleList(nn.Conv1d(width, width, span) for span in spans)
        maps = width * len(spans)
        self.change, self.gate = nn.Linear(maps, maps), nn.Linear(maps, maps)

    def forward(self, x: Tensor) -> Tensor:
        embedded = self.embedding(x).transpose(1, 2)
        features = torch.cat([span(embedded).relu().amax(2) for span in self.spans], 1)
        share = (self.gate(features) - 2).sigmoid()  # - 2: a new net passes most of the features unchanged
        output: Tensor = share * self.change(features).relu() + (1 - share) * features
        return output
