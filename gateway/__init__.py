"""onekey: one-key transfer between the 12345 hotline and the 110 police switchboard, on Asterisk."""

__version__ = "0.2.0"
