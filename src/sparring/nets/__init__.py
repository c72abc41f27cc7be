"""Builders of nets: frozen dataclasses that make a module for a space; one family a file."""
