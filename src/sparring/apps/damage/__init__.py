"""Damage: what was done to pictures, as differentiable values that compose, y = A(x) + noise."""
