"""A context as another platform shows it, read back into a row: the inverse of ``views.contexts.context_view``.

Whatever does not fit is refused whole (law 8). Numbers and places are what that platform has let us see: masked, unless it lets us
see all; a row from another home is never more than its own view of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, Unfit, patched
from gateway.core.values.ids import ContextId, PressId, SeatId, SwitchboardId
from gateway.core.values.uui import is_at
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits

TEXT_CHARS_MAX = 200
_ID = re.compile(r"[0-9a-z-]{1,64}")
_NAME = re.compile(r"[0-9A-Za-z._-]{1,80}")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PRESS = re.compile(r"[0-9A-Za-z.-]{1,100}")


def row_of(view: Any, at: float, limits: DoorLimits = DOOR_LIMITS) -> ContextRow:
    """The row of a view that comes at the instant ``at``. Raises Unfit naming the first field that does not fit."""
    items, until = limits.record_items_max, at + limits.clock_ahead_s
    if not isinstance(view, dict):
        raise Unfit("data", "a context")
    home, call = _word(view, "home", _NAME), _text(view, "call")
    id_ = _word(view, "id", _ID)
    if not is_at(home, id_, call):
        raise Unfit("id", "the one that its home and its call make")  # so no home can speak of another's callers
    seats = _items(view, "seats", items)
    queues = _items(view, "queues", items)
    return ContextRow(
        id=ContextId(id_),
        version=_whole(view, "version"),
        at=_instant(view, "changed_at", until),
        home=SwitchboardId(home),
        call=call,
        caller_number=_text(view, "caller_number"),
        caller_name=_text(view, "caller_name"),
        queue=_text(view, "queue"),
        arrived_at=_instant(view, "arrived_at", until),
        wait_s=_whole(view, "wait_s", -1),
        seats=tuple(
            (_board(one), SeatId(_word(one, "seat", _NAME)), _instant(one, "answered_at", until)) for one in seats
        ),
        transfers=tuple(PressId(word) for word in _words(view, "transfers", _PRESS, items)),
        owner=SwitchboardId(_word(view, "owner", _NAME)),
        ended_at=_instant(view, "ended_at", until),
        said=patched(NOTHING_SAID, {name: view[name] for name in FIELDS if view.get(name) is not None}),
        organisations=tuple(SwitchboardId(word) for word in _words(view, "organisations", _NAME, items)),
        queues=tuple(
            (_board(one), _text(one, "queue"), _whole(one, "wait_s", -1), _instant(one, "answered_at", until))
            for one in queues
        ),
        by=_text(view, "changed_by"),
    )


def _board(view: Mapping[str, Any]) -> SwitchboardId:
    return SwitchboardId(_word(view, "switchboard", _NAME))


def _word(view: Mapping[str, Any], name: str, alphabet: re.Pattern[str]) -> str:
    value = view.get(name)
    if not isinstance(value, str) or not alphabet.fullmatch(value):
        raise Unfit(name, f"a text that matches {alphabet.pattern}")
    return value


def _text(view: Mapping[str, Any], name: str) -> str:
    """As a home takes it from its own wire: a number may be ``anonymous``, a name may have spaces of any width."""
    value = view.get(name)
    if (
        not isinstance(value, str)
        or len(value) > TEXT_CHARS_MAX
        or any(unicodedata.category(c) in _HIDDEN for c in value)
    ):
        raise Unfit(name, f"a text of at most {TEXT_CHARS_MAX} visible characters")
    return value


def _whole(view: Mapping[str, Any], name: str, missing: int | None = None) -> int:
    value = view.get(name)
    if value is None and missing is not None:
        return missing
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise Unfit(name, "a whole number that is not negative")
    return value


def _instant(view: Mapping[str, Any], name: str, until: float) -> float:
    """Seconds since 1970; 0.0 for null, which means "not yet". It has been by ``until``, as far as clocks agree: beyond the year 9999 nothing
    can show it."""
    value = view.get(name)
    if value is None:
        return 0.0
    try:
        said = datetime.fromisoformat(value)
        at = said.timestamp()
    except (TypeError, ValueError, OverflowError):
        raise Unfit(name, "an instant in ISO 8601 with its offset, or null") from None
    if said.tzinfo is None:
        raise Unfit(name, "an instant with its offset from UTC")
    if not 0.0 < at <= until:
        raise Unfit(name, "an instant after 1970 that is not to come")
    return at


def _items(view: Mapping[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    value = view.get(name)
    if not isinstance(value, list) or len(value) > most or not all(isinstance(one, dict) for one in value):
        raise Unfit(name, f"a list of at most {most} objects")
    return value


def _words(view: Mapping[str, Any], name: str, alphabet: re.Pattern[str], most: int) -> list[str]:
    value = view.get(name)
    words: list[Any] = value if isinstance(value, list) and len(value) <= most else [None]
    if all(isinstance(one, str) and alphabet.fullmatch(one) for one in words):
        return words
    raise Unfit(name, f"a list of at most {most} texts that match {alphabet.pattern}")
