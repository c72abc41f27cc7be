"""Blend a generated picture into a hole: Poisson, spline, Wiener (measured errors) and feathered blending."""
