"""Inverse problems with a generator: find a latent whose picture agrees with a measurement."""
