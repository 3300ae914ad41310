"""Records on a Redis server."""
