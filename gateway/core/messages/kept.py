"""Presses that no gateway followed, as the dialplan has kept them."""

from __future__ import annotations

from gateway.core.values.ids import (
    ChannelUid,
    PressId,
    SeatId,
    TargetId,
)
from gateway.core.values.value import named_value


@named_value
class LegKept:
    """Course of one leg of a press that no gateway followed. ``how``: ``own`` where its phone has ended it, ``back`` where it was taken
    back; ``answer`` is what its target said to an offer."""

    attempt: int
    ended_at: float
    cause: int
    uid: ChannelUid
    target: TargetId
    joined_at: float = 0.0
    offered: bool = False
    answer: str = ""
    how: str = ""


@named_value
class PressKept:
    """A press that no gateway followed, as the dialplan has kept it (``onekey-kept``). Instants are 0.0 where it did not come to that."""

    press: PressId
    target: TargetId
    presser_name: str
    presser: ChannelUid
    """Empty: the presser had left before (a phone's own button)."""
    caller_uid: ChannelUid
    plan: str
    legs: tuple[LegKept, ...] = ()
    presser_left_at: float = 0.0
    caller_left_at: float = 0.0
    over: str = ""
    """Why nobody was rung: ``FENCED``, ``UNKNOWN_TARGET``, ``NOBODY``; empty where somebody was."""
    far_seat: SeatId = SeatId("")
    """Seat that has pressed, where that came over the trunk and the other switchboard says so."""
