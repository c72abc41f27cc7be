"""The nouns: recipe, batch, latent, optimiser values, run.  Imports nothing else of ours."""
