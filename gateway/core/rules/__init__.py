"""Which target a key means, and why."""
