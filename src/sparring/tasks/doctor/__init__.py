"""Diagnose a run, during or after training, and repair it with remedies."""
