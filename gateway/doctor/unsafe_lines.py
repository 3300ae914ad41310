"""Unsafe lines of an Asterisk's configuration: when each is wrong, what that means, what to write instead.

Read by ``asterisk_safety``. A line that is not there counts as stock Asterisk takes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

YES = frozenset({"yes", "true", "on", "1", "y", "t"})
PROBATION_MIN = 558
"""Packets in a row from which another source is never learnt: (n - 1) × 9 - 5 ms (``CALC_LEARNING_MIN_DURATION``) outlast the five
seconds of learning (``STRICT_RTP_LEARN_TIMEOUT``, ``res_rtp_asterisk.c``)."""
T1_MS = 500
"""RFC 3261 section 17.1.1.2."""
TEXT_CALLS = "没有 message_context：一条 SIP MESSAGE 就成为永不挂断的来电人 / no message_context that leads nowhere: one SIP MESSAGE becomes a caller who never hangs up"
SYMMETRIC = "rtp_symmetric 打开：被当作话机的地址会收到通话的声音 / rtp_symmetric is on: whoever is taken for the phone is sent the call's audio"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A phone, line or trunk of ``pjsip.conf``: its values by name, the last of each, and which module's keys it has."""

    name: str
    values: dict[str, str]
    keys: bool

    def says(self, name: str, otherwise: str = "") -> str:
        """A value in lower case."""
        return self.values.get(name, otherwise).lower()

    @property
    def closed(self) -> bool:
        """Whether nobody may come in by it."""
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
        "strictrtp 关闭：任何地址都能替坐席按键、听到通话 / strictrtp is off: any address presses a seat's keys and hears its calls",
        "strictrtp = yes",
    ),
    Line(
        "warning",
        lambda v: v.get("strictrtp", "yes").lower() == "seqno",
        "strictrtp = seqno 不看时间，一批同时到达的包就能冒充 / strictrtp = seqno asks no time: packets that come all at once pass",
        "strictrtp = yes",
    ),
    Line(
        "warning",
        lambda v: v.get("strictrtp", "yes").lower() in YES and _number(v.get("probation", ""), 4) < PROBATION_MIN,
        "probation 太小：话机的包迟到或丢失时，陌生地址会被当作话机 / probation is small: a stranger is learnt as the phone while the phone's packets are late or lost",
        "probation = 600；话机在 NAT 之后见 docs/security.md / phones behind NAT: docs/security.md",
    ),
)
MANAGER = (
    Line(
        "warning",
        lambda v: not _loopback(v.get("bindaddr", "")) and v.get("tlsenable", "no").lower() not in YES,
        "AMI 在网络上明文传送口令和号码 / AMI carries its secret and numbers over the network in the clear",
        "bindaddr = 127.0.0.1，或 tlsenable = yes、只放行网关 / or tlsenable = yes, and let the gateway's address in alone",
    ),
)
LOGGER = (
    Line(
        "warning",
        lambda v: v.get("queue_log", "yes").lower() in YES,
        "queue_log 记下每位来电人的号码，不会过期 / queue_log keeps every caller's number, for ever",
        "[general] queue_log = no",
    ),
)
LOGFILES = (
    Line(
        "warning",
        lambda v: any(re.search(r"verbose|debug|\*|dtmf", levels) for name, levels in v.items() if name != "console"),
        "日志文件里有 verbose、debug 或 dtmf：逐行记下号码和按键 / a log file takes verbose, debug or dtmf: numbers and keys, line by line",
        "messages.log => notice,warning,error",
    ),
)
CEL = (
    Line(
        "warning",
        lambda v: v.get("enable", "no").lower() in YES,
        "CEL 记下每路通话的号码和姓名，不会过期 / CEL records numbers and names of every call, for ever",
        "cel.conf: enable = no；要用就定期清除 / or remove its files regularly",
    ),
)
OPTIONS = (
    Line(
        "error",
        lambda v: v.get("live_dangerously", "no").lower() in YES,
        "live_dangerously 打开：AMI 能执行程序、读写文件 / live_dangerously is on: AMI runs programs, reads and writes files",
        "live_dangerously = no",
    ),
    Line(
        "warning",
        lambda v: v.get("execincludes", "no").lower() in YES,
        "execincludes 打开：配置文件能执行程序 / execincludes is on: a configuration file runs programs",
        "execincludes = no",
    ),
)
SYSTEM = (
    Line(
        "warning",
        lambda v: _number(v.get("timer_t1", ""), T1_MS) < T1_MS,
        "timer_t1 小于 500 ms：只宜在实验环境 / timer_t1 below 500 ms is for a lab",
        "删去 timer_t1 和 timer_b / remove timer_t1 and timer_b",
    ),
)
GLOBAL = (
    Line(
        "warning",
        lambda v: "user_agent" not in v,
        "没有 user_agent：每个应答都告诉陌生人 Asterisk 的版本 / no user_agent: every answer tells strangers Asterisk's version",
        "[global] user_agent = <不含版本的名字 / a name without a version>",
    ),
    Line(
        "warning",
        lambda v: v.get("allow_unauthenticated_options", "no").lower() in YES,
        "未登记者的 OPTIONS 得到应答 / OPTIONS of strangers are answered",
        "删去 allow_unauthenticated_options / remove it",
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
        "不是坐席却可以转接（REFER） / no seat, and may transfer callers (REFER)",
        "allow_transfer = no",
    ),
    EndpointLine(
        "error",
        lambda e: e.keys and e.says("context") in ("onekey-from-pstn", "onekey-from-trunk", "onekey-hotline"),
        "来电人或中继有坐席的按键 / a caller or a trunk has a seat's keys",
        "删去 set_var = DYNAMIC_FEATURES / remove that line",
    ),
    EndpointLine(
        "error",
        lambda e: (
            e.says("context") == "onekey-from-pstn" and e.says("trust_id_inbound", "no") in YES and "auth" in e.values
        ),
        "一部登记的话机可以自报号码 / a phone that registers names its own number",
        "trust_id_inbound = no",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("rtp_symmetric", "no") in YES,
        SYMMETRIC,
        "rtp_symmetric = no；话机在 NAT 之后见 docs/security.md / phones behind NAT: docs/security.md",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("media_encryption_optimistic", "no") in YES,
        "media_encryption_optimistic：路上的人删去一行就没有加密 / media_encryption_optimistic: whoever is on the way takes one line out, and nothing is encrypted",
        "media_encryption_optimistic = no",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("allow_subscribe", "yes") in YES,
        "可以订阅（SUBSCRIBE），没有谁需要 / may SUBSCRIBE, which nobody needs",
        "allow_subscribe = no",
    ),
)
