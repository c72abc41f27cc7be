"""Metrics: functions of samples and data."""
