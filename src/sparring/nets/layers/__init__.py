"""Layers from which families of nets are built."""
