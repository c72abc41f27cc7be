"""Measurement operators (damages) of pictures, y = A(x) + noise, differentiable in x."""
