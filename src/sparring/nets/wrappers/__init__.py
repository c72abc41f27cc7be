"""Wrappers: builders that change or wrap the net of another builder."""
