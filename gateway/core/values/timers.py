"""Timers: each has a kind, which says what happens when it fires, and a subject (a press, a channel, a switchboard, …)."""

from __future__ import annotations

import enum


class TimerKind(enum.StrEnum):
    """The purpose of a timer. Its name in commands and events is the kind, a colon and the subject."""

    TRANSFER = "transfer"
    RESTORED = "restored"
    CALLBACK = "callback"
    UNATTENDED = "unattended"
    LEG = "leg"
    RECORD = "record"
    MUSIC = "music"
    MEDIA = "media"
    LONE = "lone"
    PLANS = "plans"
    COMPARE = "compare"
    HEARTBEAT = "heartbeat"
    SENT = "sent"
    KEPT = "kept"
    SETTLE = "settle"
    WRAP_UP = "wrap_up"

    def of(self, subject: str) -> str:
        """The name of the timer of this kind that is about a subject."""
        return f"{self}:{subject}"


def read(timer: str) -> tuple[TimerKind, str]:
    """Kind and subject of a timer by its name. Raises ValueError for a kind that is none."""
    kind, _, subject = timer.partition(":")
    return TimerKind(kind), subject
