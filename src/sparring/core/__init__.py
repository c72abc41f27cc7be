"""The value types: recipe, batch, latent, optimiser settings, run.  Imports no other subpackage."""
