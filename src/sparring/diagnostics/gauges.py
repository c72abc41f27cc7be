"""All gauges by name, with their default limits."""

from __future__ import annotations

from sparring.diagnostics.finding import Gauge, Limits

COLLAPSE = (
    Gauge(
        "distance_ratio",
        "mean distance of two samples over that of two data, in feature space; 1 if equal, 0 for one point",
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
        "share of the classes or cells with less than a fifth of the data's share, 0 to 1",
        "house",
        Limits(high=0.0),
        Limits(high=0.2),
    ),
    Gauge(
        "reverse_kl",
        "KL divergence of the samples' shares of classes or cells from the data's, nats",
        "house",
        Limits(high=0.2),
        Limits(high=0.7),
    ),
    Gauge(
        "rank_ratio",
        "effective rank of the samples' covariance over that of the data's",
        "Roy and Vetterli 2007",
        Limits(low=0.7),
        Limits(low=0.4),
    ),
    Gauge(
        "coverage",
        "share of the data with a sample nearer than their fifth nearest datum, 0 to 1",
        "2002.09797",
        Limits(low=0.6),
        Limits(low=0.3),
    ),
    Gauge(
        "birthday",
        "number of samples that contain a near-duplicate with probability 1/2",
        "1706.08224",
        Limits(low=64),
        Limits(low=20),
        only_with=("distance_ratio",),
    ),
    Gauge(
        "latent_sensitivity",
        "mean distance of samples with equal conditions over that of such data",
        "house",
        Limits(low=0.1),
        Limits(low=0.02),
    ),
)
"""Mode collapse: samples that are too similar, and missing modes."""

MOTION = (
    Gauge(
        "mode_hopping",
        "total variation between the cells of fixed latents at successive checks, 0 to 1",
        "house",
        Limits(high=0.1),
        Limits(high=0.25),
    ),
    Gauge(
        "flip_rate",
        "share of the fixed latents that changed their class or cell since the last check, 0 to 1",
        "house",
        Limits(high=0.3),
        Limits(high=0.6),
    ),
    Gauge(
        "forgetting",
        "share of old fakes that D still recognises, while it recognises present ones, 0 to 1",
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
        "distance over length of the weights' path, while samples do not improve, 0 to 1",
        "house",
        Limits(low=0.08),
        Limits(low=0.03),
    ),
    Gauge(
        "loss_cycle",
        "largest correlation of D's loss with itself 20 steps or more later, -1 to 1",
        "house",
        Limits(high=0.5),
        Limits(high=0.6),
    ),
    Gauge(
        "past_best",
        "squared MMD to the data at the last three checks over that at the best three, medians",
        "house",
        Limits(high=1.5),
        Limits(high=3.0),
    ),
    Gauge(
        "duality_rises",
        "number of latest consecutive rises of the duality gap",
        "1811.05512",
        Limits(high=1),
        Limits(high=3),
    ),
    Gauge(
        "divergence",
        "records in 1000 steps with a value not finite, a gradient norm above 100 or a logit beyond 50",
        "house",
        Limits(high=0),
        Limits(high=9),
    ),
)
"""Training that cycles or diverges."""

BALANCE = (
    Gauge(
        "accuracy_high",
        "D's accuracy on data and fakes, averaged over about 100 steps; healthy 0.55 to 0.9",
        "house",
        Limits(high=0.95),
        Limits(high=0.99),
    ),
    Gauge(
        "accuracy_low",
        "the same accuracy, as a warning where it is close to chance",
        "house",
        Limits(low=0.52),
    ),
    Gauge(
        "divergence_level",
        "D's lower bound of the Jensen-Shannon divergence over log 2, at most 1",
        "1406.2661",
        Limits(high=0.9),
    ),
    Gauge(
        "lasting_divergence",
        "minimum of divergence_level in the last 500 steps",
        "1406.2661",
        fail=Limits(high=0.98),
    ),
    Gauge(
        "signal",
        "share of the loss's gradient that reaches the generator, 0 to 1",
        "1406.2661",
        Limits(low=0.05),
        Limits(low=0.01),
    ),
    Gauge(
        "gradient_ratio",
        "mean gradient norm of G's loss at a sample, over its median in the first 500 steps",
        "house",
        Limits(0.05, 20),
        Limits(0.005, 200),
    ),
    Gauge(
        "weak_discriminator",
        "AUC of a fresh classifier minus that of a D with accuracy below 0.6; at most 0.5 for a D at chance",
        "1610.06545",
        Limits(high=0.15),
        Limits(high=0.6),
    ),
    Gauge(
        "twice",
        "1 where D's loss takes logits but receives probabilities",
        "house",
        fail=Limits(high=0.5),
    ),
    Gauge(
        "confidence",
        "distance of D's probabilities from one half, where its accuracy is 0.6 or more, 0 to 1",
        "house",
        Limits(low=0.01),
        Limits(low=0.002),
    ),
    Gauge(
        "overfit_sign",
        "r_t: mean sign of D's logits on training data, -1 to 1",
        "2006.06676",
        Limits(high=0.6),
        Limits(high=0.9),
        only_with=("overfit_gap",),
    ),
    Gauge(
        "overfit_gap",
        "r_v: score gap of training and held-out data over that of training data and fakes",
        "2006.06676",
        Limits(high=0.3),
        Limits(high=0.6),
    ),
    Gauge(
        "step_balance",
        "relative step of D's weights over that of G's",
        "house",
        Limits(0.1, 10),
        Limits(0.01, 100),
    ),
)
"""One player that wins, so that neither learns."""

CONTEXT = (
    Gauge(
        "completion_ratio",
        "error of inpainted holes over that of a copy from the nearest training picture",
        "1607.07539",
        Limits(high=1.0),
        Limits(high=1.5),
    ),
    Gauge(
        "range_gap",
        "mean distance of the samples' 1 % and 99 % quantiles from the data's, over the data's range, 0 to 1",
        "house",
        Limits(high=0.15),
        Limits(high=0.35),
    ),
    Gauge(
        "correlation_gap",
        "mean difference from the data in the correlation of pixels 1, 2 and 4 apart, 0 to 2",
        "house",
        Limits(high=0.05),
        Limits(high=0.15),
    ),
    Gauge(
        "entropy_gap",
        "excess of a pixel's entropy given its neighbour over the data's, bits",
        "house",
        Limits(high=0.15),
        Limits(high=0.4),
    ),
    Gauge(
        "pixel_gap",
        "R^2 on data minus R^2 on fakes of a linear prediction of a pixel from its 8 neighbours",
        "house",
        Limits(high=0.05),
        Limits(high=0.15),
    ),
    Gauge(
        "spectrum_gap",
        "mean difference from the data in log10 power, upper half of the frequencies",
        "2003.01826",
        Limits(high=0.2),
        Limits(high=0.5),
    ),
)
"""Pixels that do not match their neighbours."""

GAUGES = (*COLLAPSE, *MOTION, *BALANCE, *CONTEXT)
