"""The commands walk, arithmetic, direction and invert."""
