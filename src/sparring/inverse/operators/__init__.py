"""Operators: differentiable maps A of pictures, and the damage that each models.

>>> import torch
>>> from sparring.inverse import operators
>>> blurred_and_small = operators.Composed((operators.GaussianBlur(2.0), operators.Downsample(4)))
>>> blurred_and_small(torch.zeros(1, 3, 64, 64)).shape
torch.Size([1, 3, 16, 16])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
