"""Requests to a gateway, as values: acts end in ``Wish``."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.values.ids import PressedBy


@dataclass(frozen=True, slots=True)
class TransferQuery:
    """Query for transfers: at most ``limit``, pressed before an instant (seconds since 1970; None: now), newest first."""

    limit: int
    before: float | None = None
    running: bool | None = None
    call: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """A transfer that somebody asks for. One of ``call``, ``seat`` and ``channel`` says whose call."""

    target: str
    mode: str = ""
    call: str = ""
    seat: str = ""
    channel: str = ""
    switchboard: str = ""
    """That of the seat or channel."""
    pressed_by: PressedBy = PressedBy.UNKNOWN
    """The hand that asks; not known: by the token, that of a seat is its console's."""
    matter: str = ""
    urgency: str = ""
    district: str = ""
    language: str = ""
    """Details to record of the call's matter; empty: nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRequest:
    """A button of a seat's desk phone."""

    action: str
    switchboard: str
    seat: str
    target: str
    mode: str
    ttl_s: int


@dataclass(frozen=True, slots=True)
class SeatRequest:
    """A seat shall be paused, put back, logged in or out, or end its wrap-up. No queue: all of the seat's."""

    switchboard: str
    seat: str
    action: str
    queues: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """Query for a report: its name, its time (text; None: today), by whom and in which steps."""

    name: str
    since: str | None = None
    until: str | None = None
    by: str | None = None
    step: str | None = None
    zone: str | None = None
    format: str = "json"
    lang: str = "zh"
    organisation: str = ""
    """Organisation whose transfers are counted; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextQuery:
    """Query for contexts, as in ``GET /v1/contexts``; instants are seconds since 1970."""

    number: str = ""
    tail: str = ""
    matter: str = ""
    district: str = ""
    seat: str = ""
    case: str = ""
    text: str = ""
    since: float = 0.0
    until: float = 9e99
    switchboard: str = ""
