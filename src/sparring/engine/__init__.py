"""The interpreter of recipes: the only place that freezes, steps, averages, logs and moves devices."""
