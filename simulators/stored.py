"""A stage's records as its store has them, whole: the API shows people less of a transfer (no terms, no ladder)."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import datetime
from typing import Any

from simulators.stage import AsteriskStage

SAME = ("home", "transferer_switchboard", "transferer", "target", "mode", "by", "outcome", "reason", "ladder", "terms")
"""What a record says of a press, whoever has written it. Not instants, and not that a phone was seen ringing."""


def transfers(stage: AsteriskStage, since: str) -> list[dict[str, Any]]:
    """The transfers that were pressed at or after an instant (ISO 8601), in their order."""
    with contextlib.closing(sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True, timeout=5)) as database:
        wanted = "select row from transfer where pressed_at >= ? order by pressed_at"
        rows = database.execute(wanted, (datetime.fromisoformat(since).timestamp(),)).fetchall()
    return [json.loads(row) for (row,) in rows]


def failed_rungs(row: dict[str, Any]) -> list[str]:
    """Which rungs failed or were passed over, each with its reason."""
    return [reason for _, state, reason in row["history"] if state in ("rung_failed", "rung_skipped")]


def said(row: dict[str, Any]) -> dict[str, Any]:
    """What a record says of its press."""
    return {**{name: row[name] for name in SAME}, "rungs": failed_rungs(row)}
