"""Inverse problems with a generator: from what is seen of a picture to a latent that explains it."""
