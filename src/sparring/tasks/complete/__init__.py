"""Completion: find z such that G(z) agrees with what is known of a damaged picture, and fill the hole."""
