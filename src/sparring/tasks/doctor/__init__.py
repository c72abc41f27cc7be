"""The doctor: watches a run, says what is wrong with it, mends it."""
