"""Anomalies: how far a picture is from the nearest that a generator makes, and where it differs."""
