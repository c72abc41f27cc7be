"""Anomaly scores: the distance of a picture from all pictures that a generator can make."""
