"""Opening a run: look up its recipe, set up its training, load its nets."""
