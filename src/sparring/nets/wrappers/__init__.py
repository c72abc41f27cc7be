"""Wrappers: builders that put a net inside another."""
