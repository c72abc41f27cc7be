"""Figures of matplotlib that need no run directory.

>>> from sparring import plots
>>> figure = plots.orbit_figure(rounds=100)
>>> figure.savefig("orbits.png")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
