"""Calibration of a run's completion on its held-out pictures."""
