"""Completion: search for z such that G(z) agrees with the known pixels, and fill the hole with G(z)."""
