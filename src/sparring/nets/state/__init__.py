"""State: nets without parameters that remember something from round to round."""
