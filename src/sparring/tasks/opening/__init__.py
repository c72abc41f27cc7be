"""Opening a run: which recipe a word means, how a run is set up, how it is loaded."""
