"""Reasons why another platform gave no answer, or not the one that is wanted: said to people with a remedy each.

A call to a stranger fails in the resolver, at the port, in TLS, in HTTP or by the clock, and each of them is mended by somebody else: whoever
runs the name server, the firewall, the certificates, the platform. One word for all of them sends everybody.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

from gateway.contexts import texts
from gateway.core.values.bilingual import Pair

DETAIL_CHARS_MAX = 120
_ERRNO = re.compile(r"\[Errno (\d+)\]")


class NoAnswer(StrEnum):
    """The place at which a request failed."""

    NAME = "name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    AUTHORITY = "authority"
    TLS = "tls"
    NOT_HTTP = "not_http"
    CLOSED = "closed"
    TOO_LONG = "too_long"
    LATE = "late"
    ADDRESS = "address"
    PROCESS = "process"


class Unreadable(Exception):
    """An answer that is not read on, and for which of the reasons."""

    def __init__(self, reason: NoAnswer, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason, self.detail = reason, detail


def reason_of(error: BaseException) -> tuple[NoAnswer, str]:
    """The reason that an error stands for, and its own words where they say more; bounded, for a stranger may have written them."""
    match error:
        case Unreadable():
            return error.reason, error.detail
        case TimeoutError():
            return NoAnswer.LATE, ""
        case ssl.SSLCertVerificationError():
            return NoAnswer.CERTIFICATE, error.verify_message[:DETAIL_CHARS_MAX]
        case ssl.SSLError():
            return NoAnswer.TLS, str(getattr(error, "reason", None) or "")[:DETAIL_CHARS_MAX]  # one by hand has none
        case socket.gaierror():
            return NoAnswer.NAME, (error.strerror or "")[:DETAIL_CHARS_MAX]
        case ConnectionResetError() | BrokenPipeError():
            return NoAnswer.CLOSED, ""
        case OSError():
            return _of_socket(error)
        case ValueError():
            return NoAnswer.ADDRESS, str(error)[:DETAIL_CHARS_MAX]
    return NoAnswer.PROCESS, type(error).__name__


def _of_socket(error: OSError) -> tuple[NoAnswer, str]:
    """Place of a failure at a socket. Where a name has several addresses asyncio says every one's error in one text, without a number of its own."""
    numbers = {int(number) for number in _ERRNO.findall(str(error))} or {error.errno or 0}
    if numbers == {errno.ECONNREFUSED}:
        return NoAnswer.REFUSED, ""
    if numbers & {errno.ENOENT, errno.EACCES} and error.filename is not None:
        return NoAnswer.AUTHORITY, str(error)[:DETAIL_CHARS_MAX]
    return NoAnswer.UNREACHABLE, (error.strerror or str(error))[:DETAIL_CHARS_MAX]


class Down(NamedTuple):
    """A platform takes or gives nothing: since when, why, and what to do about it."""

    since: float
    why: Pair
    remedy: Pair


def down(since: float, status: int, reason: str = "", detail: str = "") -> Down:
    """State after an answer that is not the one that is wanted: its status, or the reason why there is none."""
    if not status:
        return Down(since, words(reason, detail), texts.NO_ANSWER_REMEDIES.get(reason, _ANY_REMEDY))
    meaning = texts.STATUSES.get(status)
    why = Pair(f"{status} {meaning.zh}", f"{status} {meaning.en}") if meaning else Pair(str(status), str(status))
    known = texts.STATUS_REMEDIES
    return Down(since, why, known.get(status) or known.get(status // 100) or _ANY_REMEDY)


def words(reason: str, detail: str = "") -> Pair:
    """A reason in both languages, with its detail."""
    found = texts.NO_ANSWER.get(reason, texts.NO_ANSWER[NoAnswer.PROCESS])
    return texts.REASON_WITH_DETAIL(zh=found.zh, en=found.en, detail=detail) if detail else found


_ANY_REMEDY = texts.NO_ANSWER_REMEDIES[NoAnswer.PROCESS]


def patience_s(value: str, now: float, most_s: float) -> float:
    """Seconds that a ``Retry-After`` asks for (RFC 9110, section 10.2.3: seconds, or an HTTP date), from 0 to ``most_s``. What is neither
    asks for nothing."""
    if re.fullmatch("[0-9]{1,9}", value):
        return min(float(value), most_s)
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - now), most_s)
    except (ValueError, TypeError, OverflowError):
        return 0.0
