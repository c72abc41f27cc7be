"""Sets of data: where they come from, what is kept aside, how batches are drawn."""
