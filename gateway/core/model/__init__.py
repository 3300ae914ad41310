"""What is known: calls, switchboards, their load, and who is with whom."""
