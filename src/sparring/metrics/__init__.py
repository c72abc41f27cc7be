"""Functions of samples: how near, how varied, how alike."""
