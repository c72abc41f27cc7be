"""One folder or file for each command."""
