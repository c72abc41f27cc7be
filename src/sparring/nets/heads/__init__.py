"""Heads: what the last layers of a net return, and what they read beside the sample."""
