"""Inverse problems with a generator: find z such that A(G(z)) agrees with a measurement y.

`solve` is the entry; `operators` holds the maps A, and `PRESETS` the searches by name:

>>> from sparring import inverse
>>> inverse.PRESETS["yeh2017"].steps
1500
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
