"""Heads: the last layers of nets, with their output ranges and their inputs beside the sample."""
