"""Anomaly scores: how far a picture is from all that a generator makes."""
