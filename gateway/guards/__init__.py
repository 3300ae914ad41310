"""Bounds for what strangers send and what programs of others run: every limit at the door with its reason, files that are read, JSON, cells
of spreadsheets.
"""
