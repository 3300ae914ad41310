"""Patterns of seats in the site's file: which are too wide to be meant."""

from __future__ import annotations

import fnmatch

from gateway.core.model.board import TRUNK

NO_SEATS = ("13800000001", "02212345678", "87654321", f"{TRUNK}110", "pstn")
"""A pattern that takes one of these for a seat takes callers for seats: the configuration refuses it."""


def too_wide(pattern: str) -> bool:
    """True where a pattern takes more than seats for seats."""
    return any(fnmatch.fnmatchcase(name, pattern) for name in NO_SEATS)
