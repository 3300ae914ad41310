"""Notes that the dialplan has kept of presses that no gateway followed (``onekey-kept``): AstDB, read by ``DBGetTree``.

A list needs the right ``reporting`` only. What is not wholly in its alphabet is left out: the store, the log and the pages of people
get nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

from gateway.ami import wire
from gateway.ami.protocol import Reply
from gateway.core.messages.kept import LegKept, PressKept
from gateway.core.values.ids import ChannelUid, PressId, SeatId, TargetId

log = logging.getLogger(__name__)

FAMILY = "onekey-kept"
NOTES_AT_ONCE = 200
"""Entries that are read at a stretch, 1 ms."""
_KEY = re.compile(r"/onekey-kept/([0-9A-Za-z.-]{1,80})/(press|leg-[0-9]{1,3}|seat|caller|over)", re.ASCII)
_MS = re.compile(r"[0-9]{1,15}", re.ASCII)
_OVER = {"FENCED", "UNKNOWN_TARGET"}

Notes = dict[str, str]


def instant(ms: str) -> float:
    """Seconds since 1970; 0.0 for what is no number of milliseconds."""
    return int(ms) / 1000 if _MS.fullmatch(ms) else 0.0


async def presses(ask: Callable[..., Awaitable[Reply]], *, again: bool = False) -> tuple[PressKept, ...]:
    """Every press that is kept; none where the switchboard does not tell, which is said once (not ``again``)."""
    listed = await ask("DBGetTree", ("Family", FAMILY))
    if not listed.ok:
        log.log(
            logging.DEBUG if again else logging.WARNING,
            "what was pressed without a gateway is not known: DBGetTree: %s",
            listed.message,
        )
        return ()
    found: dict[str, Notes] = {}
    for number, frame in enumerate(listed.items, 1):
        key = _KEY.fullmatch((wire.raw(frame, b"\r\nKey:") or b"").decode("utf-8", "replace"))
        if key is not None:
            found.setdefault(key[1], {})[key[2]] = (wire.raw(frame, b"\r\nVal:") or b"").decode("utf-8", "replace")
        if number % NOTES_AT_ONCE == 0:
            await asyncio.sleep(0)
    read = (_press(press, notes) for press, notes in sorted(found.items()))
    return tuple(one for one in read if one is not None)


def _press(press: str, notes: Notes) -> PressKept | None:
    """One press; None where the entry that says what was pressed is not there, or is none."""
    target, name, uid, caller, plan, seat = (*notes.get("press", "").split(","), *("",) * 6)[:6]
    sound = (wire.ID.fullmatch(target), wire.UID.fullmatch(caller), wire.PLAN.fullmatch(plan))
    if not all(sound) or (name and not wire.CHANNEL.fullmatch(name)) or (uid and not wire.UID.fullmatch(uid)):
        log.warning("left out of the snapshot: press %s, of which no sound entry tells what was pressed", press)
        return None
    over = notes.get("over", "").split(",")
    legs = (_leg(int(what[4:]), note.split(",")) for what, note in notes.items() if what.startswith("leg-"))
    return PressKept(
        press=PressId(press),
        target=TargetId(target),
        presser_name=name,
        presser=ChannelUid(uid),
        caller_uid=ChannelUid(caller),
        plan=plan,
        legs=tuple(sorted((leg for leg in legs if leg is not None), key=lambda leg: leg.attempt)),
        presser_left_at=instant(notes.get("seat", "")),
        caller_left_at=instant(notes.get("caller", "")),
        over="" if "over" not in notes else over[-1] if over[-1] in _OVER else "NOBODY",
        far_seat=SeatId(seat if wire.SEAT.fullmatch(seat) else ""),
    )


def _leg(attempt: int, parts: list[str]) -> LegKept | None:
    if len(parts) != 8:
        return None
    at, cause, uid, target, joined, offered, answer, how = parts
    sound = (wire.UID.fullmatch(uid), wire.ID.fullmatch(target), not answer or wire.WORD.fullmatch(answer))
    if not all(sound) or how not in ("", "own", "back") or not instant(at) or not attempt:
        return None
    number = int(cause) if cause.isdecimal() and len(cause) <= 3 else 0
    return LegKept(
        attempt=attempt,
        ended_at=instant(at),
        cause=number,
        uid=ChannelUid(uid),
        target=TargetId(target),
        joined_at=instant(joined),
        offered=offered == "1",
        answer=answer,
        how=how,
    )
