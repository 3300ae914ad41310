"""Values that decide: a transfer, and a seat."""
