"""Editing in latent space: walks, sums, directions, and a search that follows a hand's strokes."""
