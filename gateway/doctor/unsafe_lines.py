"""Unsafe lines of an Asterisk's configuration: when each is wrong, what that means, what to write instead.

Read by ``asterisk_safety``. A line that is not there counts as stock Asterisk takes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.doctor import texts

YES = frozenset({"yes", "true", "on", "1", "y", "t"})
PROBATION_MIN = 558
"""Packets in a row from which another source is never learnt: (n - 1) × 9 - 5 ms (``CALC_LEARNING_MIN_DURATION``) outlast the five
seconds of learning (``STRICT_RTP_LEARN_TIMEOUT``, ``res_rtp_asterisk.c``)."""
T1_MS = 500
"""RFC 3261 section 17.1.1.2."""
TEXT_CALLS = texts.NO_MESSAGE_CONTEXT_THAT_LEADS_NOWHERE
SYMMETRIC = texts.RTP_SYMMETRIC


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A phone, line or trunk of ``pjsip.conf``: its values by name, the last of each, and which module's keys it has."""

    name: str
    values: dict[str, str]
    keys: bool
    trunk: str = ""
    """The switchboard at its other end, as it says itself (``ONEKEY_TRUNK``)."""

    def says(self, name: str, otherwise: str = "") -> str:
        """A value in lower case."""
        return self.values.get(name, otherwise).lower()

    @property
    def closed(self) -> bool:
        """True where nobody may come in by it."""
        return self.values.get("deny", "") in ("0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is looked for: whether a value is wrong, what that means, what to write."""

    level: str
    wrong: Callable[[dict[str, str]], bool]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """The same, of every endpoint."""

    level: str
    wrong: Callable[[Endpoint], bool]
    what: str
    remedy: str


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() else otherwise


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "localhost")


RTP = (
    Line(
        "error",
        lambda v: v.get("strictrtp", "yes").lower() not in YES | {"seqno"},
        texts.STRICTRTP_IS_OFF,
        "strictrtp = yes",
    ),
    Line(
        "warning",
        lambda v: v.get("strictrtp", "yes").lower() == "seqno",
        texts.STRICTRTP_SEQNO_ASKS_NO_TIME,
        "strictrtp = yes",
    ),
    Line(
        "warning",
        lambda v: v.get("strictrtp", "yes").lower() in YES and _number(v.get("probation", ""), 4) < PROBATION_MIN,
        texts.PROBATION_IS_SMALL,
        texts.SET_PROBATION,
    ),
)
MANAGER = (
    Line(
        "warning",
        lambda v: not _loopback(v.get("bindaddr", "")) and v.get("tlsenable", "no").lower() not in YES,
        texts.AMI_CARRIES_ITS_SECRET_AND_NUMBERS,
        texts.BIND_AMI_TO_LOOPBACK_OR_TLS,
    ),
)
LOGGER = (
    Line(
        "warning",
        lambda v: v.get("queue_log", "yes").lower() in YES,
        texts.QUEUE_LOG_KEEPS_EVERY_CALLERS_NUMBER,
        "[general] queue_log = no",
    ),
)
LOGFILES = (
    Line(
        "warning",
        lambda v: any(re.search(r"verbose|debug|\*|dtmf", levels) for name, levels in v.items() if name != "console"),
        texts.LOG_FILE_TAKES_VERBOSE,
        "messages.log => notice,warning,error",
    ),
)
CEL = (
    Line(
        "warning",
        lambda v: v.get("enable", "no").lower() in YES,
        texts.CEL_RECORDS_NUMBERS_AND_NAMES,
        texts.SWITCH_CEL_OFF,
    ),
)
OPTIONS = (
    Line(
        "error",
        lambda v: v.get("live_dangerously", "no").lower() in YES,
        texts.LIVE_DANGEROUSLY,
        "live_dangerously = no",
    ),
    Line(
        "warning",
        lambda v: v.get("execincludes", "no").lower() in YES,
        texts.EXECINCLUDES,
        "execincludes = no",
    ),
)
SYSTEM = (
    Line(
        "warning",
        lambda v: _number(v.get("timer_t1", ""), T1_MS) < T1_MS,
        texts.TIMER_T1_BELOW_500_MS,
        texts.REMOVE_TIMER_T1_AND_TIMER_B,
    ),
)
GLOBAL = (
    Line("warning", lambda v: "user_agent" not in v, texts.NO_USER_AGENT, texts.SET_USER_AGENT),
    Line(
        "warning",
        lambda v: v.get("allow_unauthenticated_options", "no").lower() in YES,
        texts.OPTIONS_OF_STRANGERS_ARE_ANSWERED,
        texts.REMOVE_UNAUTHENTICATED_OPTIONS,
    ),
)
ONE_SECTION: tuple[tuple[str, str, str, tuple[Line, ...]], ...] = (
    ("rtp", "general", "", RTP),
    ("manager", "general", "", MANAGER),
    ("logger", "general", "", LOGGER),
    ("logger", "logfiles", "", LOGFILES),
    ("cel", "general", "", CEL),
    ("asterisk", "options", "", OPTIONS),
    ("pjsip", "", "system", SYSTEM),
    ("pjsip", "", "global", GLOBAL),
)
"""File, section, and where the name of the section is the site's, its type."""

ENDPOINT = (
    EndpointLine(
        "error",
        lambda e: not e.keys and e.says("allow_transfer", "yes") in YES,
        texts.NO_SEAT,
        "allow_transfer = no",
    ),
    EndpointLine(
        "error",
        lambda e: e.keys and e.says("context") in ("onekey-from-pstn", "onekey-from-trunk", "onekey-hotline"),
        texts.CALLER_OR_A_TRUNK,
        texts.REMOVE_THAT_LINE,
    ),
    EndpointLine(
        "error",
        lambda e: (
            e.says("context") == "onekey-from-pstn" and e.says("trust_id_inbound", "no") in YES and "auth" in e.values
        ),
        texts.PHONE_THAT_REGISTERS_NAMES,
        "trust_id_inbound = no",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("rtp_symmetric", "no") in YES,
        SYMMETRIC,
        texts.SWITCH_RTP_SYMMETRIC_OFF,
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("media_encryption_optimistic", "no") in YES,
        texts.MEDIA_ENCRYPTION_OPTIMISTIC,
        "media_encryption_optimistic = no",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("allow_subscribe", "yes") in YES,
        texts.MAY_SUBSCRIBE,
        "allow_subscribe = no",
    ),
)
