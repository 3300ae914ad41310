"""What stays behind: numbers and secrets in logs, answers and files."""

from __future__ import annotations
