"""Log-likelihoods of codes and the lower bound of the mutual information of code and sample.

For any Q, I(c; x) >= E log Q(c | x) + H(c), with equality if Q is the posterior.
Barber and Agakov 2003, The IM Algorithm; Chen et al. 2016, arXiv:1606.03657, equation 4.
"""

from __future__ import annotations

from math import log, pi

from torch import Tensor

from sparring.core.codes import Codes


def categorical_log_likelihood(logits: Tensor, chosen: Tensor) -> Tensor:
    """Return log Q of categorical choices under softmax(logits), in nats, (n,): the sum over the choices.

    `logits` and the one-hot vectors `chosen` are (n, choices, categories).
    """
    return (logits.float().log_softmax(2) * chosen).sum((1, 2))


def gaussian_log_likelihood(mean: Tensor, value: Tensor, std: float = 1.0) -> Tensor:
    """Return log N(value; mean, std^2 I) for values and means (n, k), in nats, (n,); `std` > 0."""
    squares = ((value - mean.float()) / std).square() + log(2 * pi * std**2)
    return -squares.sum(1) / 2


def choice_information(codes: Codes, guess: Tensor, z: Tensor) -> Tensor:
    """Return the bound on the information of the choices, E log Q(c | x) + H(c), in nats, a scalar.

    `guess` (n, codes.length) has Q's logits of the choices and then its means of the scales, and z (n,
    codes.size) are the latents from which the samples x were generated.  The bound is at most H(c).
    """
    _, logits, _ = codes.parts(guess)
    _, chosen, _ = codes.parts(z)
    return categorical_log_likelihood(logits, chosen).mean() + codes.choice_entropy


def scale_information(codes: Codes, guess: Tensor, z: Tensor, std: float = 1.0) -> Tensor:
    """Return the bound on the information of the scales, E log Q(c | x) + H(c), in nats, a scalar.

    `guess` and `z` are as for `choice_information`; Q is Gaussian with the means in `guess` and the fixed
    standard deviation `std`.  The bound is at most -log(std sqrt(pi / 2)) for each scale: about -0.23 for std
    1, with which Q can never be sure.
    """
    _, _, mean = codes.parts(guess)
    _, _, value = codes.parts(z)
    return gaussian_log_likelihood(mean, value, std).mean() + codes.scale_entropy
