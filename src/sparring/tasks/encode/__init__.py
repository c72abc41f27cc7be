"""An encoder for a run's generator: from a damaged picture and its mask to a search's starting point."""
