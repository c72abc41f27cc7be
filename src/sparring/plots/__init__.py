"""Functions that return figures and need no run directory."""
