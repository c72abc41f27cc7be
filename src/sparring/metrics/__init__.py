"""Metrics: functions of two samples, or of pictures and their truth.

>>> from sparring import metrics
>>> metrics.frechet([[0.0], [2.0]], [[3.0], [5.0]])  # equal spread, means 3 apart
9.0
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
