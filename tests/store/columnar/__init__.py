"""The columns of the store."""
