"""The model: calls, switchboards, their load, and who is with whom."""
