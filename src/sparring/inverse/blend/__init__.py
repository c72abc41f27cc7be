"""How a found picture is put into a hole: Poisson, spline, measured (Wiener) and feathered blending."""
