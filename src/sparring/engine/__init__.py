"""Training: the only place that freezes nets, steps optimisers, averages weights, logs and moves devices."""
