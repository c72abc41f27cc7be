"""Uses of a trained run: complete, edit, walk, search."""
