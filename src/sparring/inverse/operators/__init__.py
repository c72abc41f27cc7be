"""Measurement operators: what was done to a picture, y = A(x) + noise, as differentiable values."""
