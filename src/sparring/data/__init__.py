"""Data sets: sources, readers, the held-out part, and the stream of batches."""
