"""Tokens that ask for what is not theirs: the object found decides, never the name in the request."""

from __future__ import annotations
