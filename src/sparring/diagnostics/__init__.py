"""What is wrong with a run: measures of its samples, its motion and its balance, and when they alarm."""
