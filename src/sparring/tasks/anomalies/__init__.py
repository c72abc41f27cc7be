"""Anomalies: how far a picture is from all that a generator makes, and where."""
