"""Figures that need no run directory: functions that return figures."""
