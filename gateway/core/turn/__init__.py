"""The effect of an event."""
