"""Words and numbers that everything else is made of."""
