"""Interactive editing: a search in latent space under constraints on the picture."""
