"""Target that a key means, and the reason."""
