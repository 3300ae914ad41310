"""Presses of a tape that no gateway followed: who pressed for whom, by which plan, and what came of it, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway.core.messages.records import TransferRow
from gateway.core.values.instants import iso
from gateway.observability import texts
from gateway.observability.replay import read

BY_PLAN = "by_plan"
"""The word of a transfer's history for a press that the dialplan carried out alone."""


def explained(paths: Iterable[Path]) -> list[str]:
    """A line or more for each such press, in the order in which they were made."""
    rows: dict[str, TransferRow] = {}
    for kind, value in read(*paths):
        if kind == "out" and isinstance(value, TransferRow) and any(step[1] == BY_PLAN for step in value.history):
            rows[value.id] = value
    return [line for row in sorted(rows.values(), key=lambda row: row.pressed_at) for line in _lines(row)]


def _lines(row: TransferRow) -> list[str]:
    plan = next(reason for _, state, reason in row.history if state == BY_PLAN)
    who = f"{row.transferer_switchboard}/{row.transferer or '?'} → {row.target}"
    head = texts.PRESSED_WITH_NO_GATEWAY(iso=iso(row.pressed_at), id=row.id, who=who, plan=plan, tag=row.terms.tag)
    steps = [
        f"    {iso(at)} {state}{f': {reason}' if reason else ''}"
        for at, state, reason in row.history
        if state != BY_PLAN
    ]
    end = f"    {row.outcome.value}: {row.reason}" if row.outcome is not None else texts.NOT_OVER_YET
    return [head, *steps, end]
