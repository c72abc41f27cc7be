"""Editing by constraints: a search in latent space that follows strokes."""
