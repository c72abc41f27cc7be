"""State: nets without parameters whose buffers remember something from step to step."""
