"""Measurements. ``make bench`` writes each figure to ``build/bench/report.json``."""
