"""Diagnosis of a run: measures of its samples, its motion and its balance, and the limits for alarms."""
