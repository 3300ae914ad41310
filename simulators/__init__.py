"""Simulated people and phones, strangers to the gateway."""
