"""Log-likelihoods of codes and the lower bound of the mutual information of code and sample.

For any Q, I(c; x) >= E log Q(c | x) + H(c), with equality if Q is the posterior.
Barber and Agakov 2003, The IM Algorithm; Chen et al. 2016, arXiv:1606.03657, equation 4.
"""

from __future__ import annotations

from math import log, pi

from torch import Tensor

from sparring.core.codes import Codes


def categorical_log_likelihood(logits: Tensor, chosen: Tensor) -> Tensor:
    """log Q of one-hot vectors `chosen` (n, choices, categories) under softmax(logits), in nats, (n,)."""
    return (logits.float().log_softmax(2) * chosen).sum((1, 2))


def gaussian_log_likelihood(mean: Tensor, value: Tensor, std: float = 1.0) -> Tensor:
    """log N(value; mean, std^2 I) for values and means (n, k), in nats, (n,)."""
    squares = ((value - mean.float()) / std).square() + log(2 * pi * std**2)
    return -squares.sum(1) / 2


def choice_information(codes: Codes, guess: Tensor, z: Tensor) -> Tensor:
    """The bound for the choices in z (n, size): E log Q(c | x) + H(c) in nats, a scalar of at most H(c).

    `guess` (n, codes.length) holds the logits of the choices and the means of the scales.
    """
    _, logits, _ = codes.parts(guess)
    _, chosen, _ = codes.parts(z)
    return categorical_log_likelihood(logits, chosen).mean() + codes.choice_entropy


def scale_information(codes: Codes, guess: Tensor, z: Tensor, std: float = 1.0) -> Tensor:
    """The bound for the scales in z under a Gaussian Q of fixed standard deviation `std`, in nats, a scalar.

    At most -log(std sqrt(pi / 2)) for each scale: about -0.23 for std 1, with which Q can never be sure.
    """
    _, _, mean = codes.parts(guess)
    _, _, value = codes.parts(z)
    return gaussian_log_likelihood(mean, value, std).mean() + codes.scale_entropy
