"""Every gauge of the house, by name, with the limits that it starts with."""

from __future__ import annotations

from sparring.diagnostics.finding import Gauge, Limits

COLLAPSE = (
    Gauge(
        "distance_ratio",
        "mean distance of two samples over that of two data, in features; 1 of the truth, 0 of one point",
        "house",
        Limits(low=0.8),
        Limits(low=0.5),
        only_with=("total_variation", "missing_modes"),
    ),
    Gauge(
        "total_variation",
        "total variation between the shares of samples and of data in classes or cells, 0 to 1",
        "house",
        Limits(high=0.15),
        Limits(high=0.35),
    ),
    Gauge(
        "missing_modes",
        "part of the classes or cells that get less than a fifth of their share, 0 to 1",
        "house",
        Limits(high=0.0),
        Limits(high=0.2),
    ),
    Gauge(
        "reverse_kl",
        "KL of the samples' shares of classes or cells from the data's, nats",
        "house",
        Limits(high=0.2),
        Limits(high=0.7),
    ),
    Gauge(
        "rank_ratio",
        "effective number of directions that samples vary in, over that of data",
        "Roy and Vetterli 2007",
        Limits(low=0.7),
        Limits(low=0.4),
    ),
    Gauge(
        "coverage",
        "part of the data that have a sample among their five nearest, 0 to 1",
        "2002.09797",
        Limits(low=0.6),
        Limits(low=0.3),
    ),
    Gauge(
        "birthday",
        "number of samples among which two near-duplicates are as likely as not",
        "1706.08224",
        Limits(low=64),
        Limits(low=20),
        only_with=("distance_ratio",),
    ),
    Gauge(
        "latent_sensitivity",
        "how far samples of one condition differ, over how far its data do",
        "house",
        Limits(low=0.1),
        Limits(low=0.02),
    ),
)
"""Samples that are alike, and modes that are missed."""

MOTION = (
    Gauge(
        "mode_hopping",
        "total variation from check to check between the cells that fixed latents fall into, 0 to 1",
        "house",
        Limits(high=0.1),
        Limits(high=0.25),
    ),
    Gauge(
        "flip_rate",
        "part of the fixed latents that changed their class or cell since the last check, 0 to 1",
        "house",
        Limits(high=0.3),
        Limits(high=0.6),
    ),
    Gauge(
        "forgetting",
        "part of fakes of long ago that the critic still tells, while it tells present ones, 0 to 1",
        "1807.04015",
        Limits(low=0.6),
        Limits(low=0.4),
    ),
    Gauge(
        "ema_gap",
        "squared MMD to the data of the last weights' samples over that of the averaged ones'",
        "1806.04498",
        Limits(high=1.5),
        Limits(high=3.0),
    ),
    Gauge(
        "path_efficiency",
        "how far the weights went over how long their way was, while samples do not improve, 0 to 1",
        "house",
        Limits(low=0.08),
        Limits(low=0.03),
    ),
    Gauge(
        "loss_cycle",
        "largest correlation of the critic's loss with itself 20 steps or more later, -1 to 1",
        "house",
        Limits(high=0.5),
        Limits(high=0.6),
    ),
    Gauge(
        "past_best",
        "squared MMD to the data of the last three looks' samples over that of the best three's, medians",
        "house",
        Limits(high=1.5),
        Limits(high=3.0),
    ),
    Gauge(
        "duality_rises",
        "how often in a row the duality gap has risen",
        "1811.05512",
        Limits(high=1),
        Limits(high=3),
    ),
    Gauge(
        "divergence",
        "checks in 1000 steps with a value not finite, a gradient above 100 or a logit beyond 50",
        "house",
        Limits(high=0),
        Limits(high=9),
    ),
)
"""Training that turns in circles or flies off."""

BALANCE = (
    Gauge(
        "accuracy_high",
        "the critic's accuracy on data and fakes, averaged over some 100 steps; healthy 0.55 to 0.9",
        "house",
        Limits(high=0.95),
        Limits(high=0.99),
    ),
    Gauge(
        "accuracy_low",
        "the same accuracy, too near to chance",
        "house",
        Limits(low=0.52),
    ),
    Gauge(
        "divergence_level",
        "the critic's bound of the Jensen-Shannon divergence over log 2, at most 1",
        "1406.2661",
        Limits(high=0.9),
    ),
    Gauge(
        "lasting_divergence",
        "the least of that level in the last 500 steps",
        "1406.2661",
        fail=Limits(high=0.98),
    ),
    Gauge(
        "signal",
        "what of the loss's slope reaches the generator, 0 to 1",
        "1406.2661",
        Limits(low=0.05),
        Limits(low=0.01),
    ),
    Gauge(
        "slope_ratio",
        "mean slope of the generator's loss at a sample, over its median in the first 500 steps",
        "house",
        Limits(0.05, 20),
        Limits(0.005, 200),
    ),
    Gauge(
        "weak_critic",
        "how much better a fresh classifier tells fakes than a critic of accuracy below 0.6, AUC; 0.5: all",
        "1610.06545",
        Limits(high=0.15),
        Limits(high=0.6),
    ),
    Gauge(
        "twice",
        "1 where the critic's loss takes logits and is given probabilities",
        "house",
        fail=Limits(high=0.5),
    ),
    Gauge(
        "confidence",
        "how far from one half the probabilities are of a critic whose accuracy is 0.6 or more, 0 to 1",
        "house",
        Limits(low=0.01),
        Limits(low=0.002),
    ),
    Gauge(
        "overfit_sign",
        "r_t: mean sign of the critic's logits of training data, -1 to 1",
        "2006.06676",
        Limits(high=0.6),
        Limits(high=0.9),
        only_with=("overfit_gap",),
    ),
    Gauge(
        "overfit_gap",
        "r_v: how much higher training data score than held-out ones, over how much than fakes",
        "2006.06676",
        Limits(high=0.3),
        Limits(high=0.6),
    ),
    Gauge(
        "step_balance",
        "relative step of the critic's weights over that of the generator's",
        "house",
        Limits(0.1, 10),
        Limits(0.01, 100),
    ),
)
"""One player that wins, so that nobody learns."""

CONTEXT = (
    Gauge(
        "completion_ratio",
        "error of completed holes over that of a copy from the nearest training picture",
        "1607.07539",
        Limits(high=1.0),
        Limits(high=1.5),
    ),
    Gauge(
        "range_gap",
        "how far the samples' 1 % and 99 % quantiles lie from the data's, in the range of the data, 0 to 1",
        "house",
        Limits(high=0.15),
        Limits(high=0.35),
    ),
    Gauge(
        "correlation_gap",
        "mean difference from data in the correlation of pixels 1, 2 and 4 apart, 0 to 2",
        "house",
        Limits(high=0.05),
        Limits(high=0.15),
    ),
    Gauge(
        "entropy_gap",
        "what a pixel's entropy given its neighbour exceeds the data's by, bits",
        "house",
        Limits(high=0.15),
        Limits(high=0.4),
    ),
    Gauge(
        "pixel_gap",
        "what the R^2 of a linear guess at a pixel from its 8 neighbours lacks on fakes",
        "house",
        Limits(high=0.05),
        Limits(high=0.15),
    ),
    Gauge(
        "spectrum_gap",
        "mean difference from data in log10 power, upper half of the frequencies",
        "2003.01826",
        Limits(high=0.2),
        Limits(high=0.5),
    ),
)
"""Pixels that do not go with their neighbours."""

GAUGES = (*COLLAPSE, *MOTION, *BALANCE, *CONTEXT)
