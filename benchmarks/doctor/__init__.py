"""Runs with planted failures, and healthy ones: what the doctor finds, how late, and what it repairs."""
