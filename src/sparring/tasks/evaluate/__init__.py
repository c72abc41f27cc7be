"""Evaluation of a trained run: metrics by a stated protocol, beside the values that real data give."""
