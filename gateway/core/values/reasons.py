"""Reasons for which a transfer has ended, was refused, or has passed over a rung; and verdicts on a press that has not been made."""

from __future__ import annotations

import enum
from typing import NewType


class Reason(enum.StrEnum):
    """A reason of ours. ``texts.REASONS`` has its words for people; records and the API have its value."""

    ALREADY_RINGING = "already_ringing"
    BUSY = "busy"
    CALLER_ENDED_THREE_PARTY = "caller_ended_three_party"
    CALLER_GONE = "caller_gone"
    CALLER_HUNG_UP = "caller_hung_up"
    CALLER_HUNG_UP_UNNUMBERED = "caller_hung_up_unnumbered"
    CLOSED = "closed"
    CONFERENCED = "conferenced"
    CONGESTION = "congestion"
    DECIDED = "decided"
    DECISION_TIME_UP = "decision_time_up"
    DECLINED = "declined"
    DOWN = "down"
    FULL = "full"
    HANDED_OVER = "handed_over"
    HELD_BACK = "held_back"
    NO_ACCEPT = "no_accept"
    NO_ANSWER = "no_answer"
    NO_CALLER = "no_caller"
    NO_RESPONSE = "no_response"
    NO_RULE = "no_rule"
    NOT_RUNG = "not_rung"
    NOT_SEEN = "not_seen"
    SPLIT = "split"
    TAKEN_BACK = "taken_back"
    TARGET_LEFT = "target_left"
    TOO_MANY_BY_RULE = "too_many_by_rule"
    TOO_MANY_PARTIES = "too_many_parties"
    TOO_MANY_PRESSES = "too_many_presses"
    TRANSFERER_LEFT = "transferer_left"
    TRUNK_DOWN = "trunk_down"
    TRUNK_FULL = "trunk_full"
    UNKNOWN_TARGET = "unknown_target"
    UNREACHABLE = "unreachable"


class Verdict(enum.StrEnum):
    """Verdict on a press that has not been made."""

    RINGS = "rings"
    BUSY = "busy"
    """Rung, but no seat is free."""
    DOWN = "down"
    """Rung, but that switchboard is not reached."""
    UNKNOWN = "unknown"
    """Rung, and nothing is known of its seats."""
    REFUSED = "refused"


GivenReason = NewType("GivenReason", str)
"""A reason in words that are not ours: of a rules file that refuses, of a target that declines, of Asterisk. It is shown as it is."""

AnyReason = Reason | GivenReason

_BY_WORD: dict[str, Reason] = {str(reason): reason for reason in Reason}


def as_reason(word: str) -> AnyReason:
    """The reason of a word from a record, a wire or a rules file."""
    return _BY_WORD.get(word) or GivenReason(word)
