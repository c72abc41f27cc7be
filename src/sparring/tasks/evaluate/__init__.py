"""Evaluation: numbers of a trained run, by a stated protocol and beside what real data would score."""
