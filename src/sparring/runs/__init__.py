"""The run directory: files, record, event log, data split, pictures, progress."""
