"""Parts of a request beside its query: its body's fields, unread, and what stands in its head and path."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from gateway.api.access import principal_of
from gateway.api.alphabets import SEAT
from gateway.guards.door_limits import DoorLimits
from gateway.guards.strangers_json import Unreadable, read_object
from gateway.problems import Problem

LIMITS = web.AppKey("limits", DoorLimits)
"""Limits of the server that a request has come to."""
SITE_ZONE = web.AppKey("zone", str)
"""Zone of instants that name none."""
JSON_TYPES = ("application/json", "application/merge-patch+json", "application/emergency.eido+json")
"""Content types that a body may declare. A page of another origin may send ``text/plain`` and forms without asking, and no client that means JSON
says so."""

_KEY = re.compile(r"[!-~]{1,200}")


async def fields_of(request: web.Request) -> dict[str, Any]:
    """The fields of a JSON object; an empty body has none. Bounds come before content: what a stranger may not write is refused whole.
    Raises Problem."""
    data = await request.read()
    if data and request.content_type not in JSON_TYPES:
        raise Problem("bad_body", rule="Content-Type", allowed=list(JSON_TYPES))
    limits = request.app[LIMITS]
    try:
        return read_object(data, limits.body_bytes_max, limits.json) if data else {}
    except Unreadable as unreadable:
        raise Problem("bad_body", rule=unreadable.rule)


def idempotency_key(request: web.Request) -> str:
    """The key that makes a second try harmless, of this holder's alone; empty where none is given. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not _KEY.fullmatch(key):
        raise Problem("bad_key")
    return f"{key} {principal_of(request).name}"


def seat_of(request: web.Request) -> tuple[str, str]:
    """Switchboard and seat of an address. Raises Problem."""
    switchboard, seat = request.match_info["switchboard"], request.match_info["seat"]
    if not SEAT.fullmatch(seat):
        raise Problem("bad_parameter", parameter="seat", pattern=SEAT.pattern)
    return switchboard, seat
