"""Layers that a family is built from."""
