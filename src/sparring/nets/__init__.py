"""Builders of nets: frozen dataclasses that build an `nn.Module` for a `Space`."""
