"""Loads and traps at the door: long texts, half requests, endless answers; no press comes late for them."""

from __future__ import annotations
