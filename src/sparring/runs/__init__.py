"""The run directory: files, record, events, data split, pictures, progress."""
