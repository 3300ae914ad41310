"""Lines of an Asterisk's configuration that let strangers in, or that leave callers' numbers lying about. Part of the doctor.

What ships has none of them (``docs/security.md``, "Media", "Signalling", "Asterisk's own files"). A table for each file: what is looked for,
what it means, what to write instead. Values of passwords are never shown.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.asterisk_files import Finding, Sections, sections, text_of

YES = frozenset({"yes", "true", "on", "1", "y", "t"})
PROBATION_MIN = 558
"""Packets in a row from which another source is never learnt: (n - 1) × 9 - 5 ms (``CALC_LEARNING_MIN_DURATION``) outlast the five
seconds of learning (``STRICT_RTP_LEARN_TIMEOUT``, ``res_rtp_asterisk.c``)."""
T1_MS = 500
"""RFC 3261 section 17.1.1.2."""
SECRET_MIN = 12
NAMES_SHOWN = 6
LOGS = ("queue_log*", "messages*", "full*", "debug*", "cel-custom/*", "cdr-custom/*", "cdr-csv/*")
"""Asterisk's own records that hold numbers, below ``astlogdir``."""
SECRET_FILES = ("pjsip.conf", "manager.conf")
FILES = ("rtp", "manager", "logger", "cel", "asterisk", "pjsip", "extensions")


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
        lambda e: e.says("message_context", e.says("context", "default")) == e.says("context", "default"),
        "没有 message_context：一条 SIP MESSAGE 就成为永不挂断的来电人 / no message_context of its own: one SIP MESSAGE becomes a caller who never hangs up",
        "message_context = onekey-none",
    ),
    EndpointLine(
        "error",
        lambda e: not e.keys and e.says("allow_transfer", "yes") in YES,
        "不是坐席却可以转接（REFER） / no seat, and may transfer callers (REFER)",
        "allow_transfer = no",
    ),
    EndpointLine(
        "error",
        lambda e: e.keys and e.says("context") in ("from-pstn", "from-trunk", "hotline"),
        "来电人或中继有坐席的按键 / a caller or a trunk has a seat's keys",
        "删去 set_var = DYNAMIC_FEATURES / remove that line",
    ),
    EndpointLine(
        "error",
        lambda e: e.says("context") == "from-pstn" and e.says("trust_id_inbound", "no") in YES and "auth" in e.values,
        "一部登记的话机可以自报号码 / a phone that registers names its own number",
        "trust_id_inbound = no",
    ),
    EndpointLine(
        "warning",
        lambda e: e.says("rtp_symmetric", "no") in YES,
        "rtp_symmetric 打开：被当作话机的地址会收到通话的声音 / rtp_symmetric is on: whoever is taken for the phone is sent the call's audio",
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


def unsafe(folder: Path) -> list[Finding]:
    """All that is unsafe in one switchboard's files. ``folder`` is its etc; a file that is not there counts as stock."""
    texts = {name: text_of(folder, f"{name}.conf") for name in FILES}
    read = {name: sections(text) for name, text in texts.items()}
    templates = re.findall(r"^\[([^\]]+)\]\(!", texts["pjsip"], re.M)
    found: list[Finding] = []
    for name, section, kind, lines in ONE_SECTION:
        values = _of_type(read[name], kind) if kind else dict(read[name].get(section, []))
        place = f"{folder / name}.conf [{kind or section}]"
        found += [Finding(line.level, line.what, place, line.remedy) for line in lines if line.wrong(values)]
    if read["pjsip"]:
        found += _pjsip(read["pjsip"], read["extensions"], frozenset(templates), str(folder / "pjsip.conf"))
    found += _accounts(read["manager"], str(folder / "manager.conf"))
    return found + list(_modes(folder, read["asterisk"]))


def endpoints(pjsip: Sections, templates: Iterable[str]) -> list[Endpoint]:
    """Everybody who may speak SIP to this Asterisk."""
    found = []
    for name, values in pjsip.items():
        if ("type", "endpoint") in values and name not in set(templates):
            features = [value for key, value in values if key == "set_var" and value.startswith("DYNAMIC_FEATURES")]
            found.append(Endpoint(name, dict(values), any(value.partition("=")[2].strip() for value in features)))
    return found


def _of_type(pjsip: Sections, kind: str) -> dict[str, str]:
    return dict(next((values for values in pjsip.values() if ("type", kind) in values), []))


def _pjsip(pjsip: Sections, extensions: Sections, templates: frozenset[str], where: str) -> Iterator[Finding]:
    known = [endpoint for endpoint in endpoints(pjsip, templates) if not endpoint.closed]
    for line in ENDPOINT:
        wrong = [endpoint.name for endpoint in known if line.wrong(endpoint)]
        if wrong:
            yield Finding(line.level, f"{line.what}: {_some(wrong)}", where, line.remedy)
    yield from _weak(pjsip, where)
    yield from _taken_over(pjsip, where)
    yield from _by_address(pjsip, extensions, known, where)
    if any(endpoint.name == "anonymous" for endpoint in known):
        what = "有 [anonymous]：不登记也能呼入 / there is [anonymous]: calls come in without an account"
        yield Finding("error", what, where, "删去 [anonymous] / remove it")


def _some(names: list[str]) -> str:
    left = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" … +{left}" if left > 0 else "")


def _weak(pjsip: Sections, where: str) -> Iterator[Finding]:
    weak = [name for name, values in pjsip.items() if _is_weak(dict(values))]
    if weak:
        what = f"话机口令太弱（空、与号码相同、少于 {SECRET_MIN} 位或 change-me） / weak passwords (empty, the number itself, below {SECRET_MIN} characters, change-me): {_some(weak)}"
        yield Finding("error", what, where, "换成随机口令 / use random ones")


def _is_weak(values: dict[str, str]) -> bool:
    password = values.get("password")
    return password is not None and (
        len(password) < SECRET_MIN or password == values.get("username") or password.startswith("change-me")
    )


def _taken_over(pjsip: Sections, where: str) -> Iterator[Finding]:
    """Whether an INVITE with Replaces is refused, whoever sends it."""
    order = _of_type(pjsip, "global").get("endpoint_identifier_order", "ip,username").replace(" ", "").split(",")
    caught = any(dict(values).get("match_header", "").lower().startswith("replaces:") for values in pjsip.values())
    if not caught or order[0] != "header":
        what = "带 Replaces 的 INVITE 能接管别人的通话 / an INVITE with Replaces takes over calls of others"
        remedy = "从 asterisk-conf/both/pjsip.conf 取 [refused]，endpoint_identifier_order 以 header 开头 / take [refused] from there, and let endpoint_identifier_order begin with header"
        yield Finding("warning", what, where, remedy)


def _by_address(pjsip: Sections, extensions: Sections, known: list[Endpoint], where: str) -> Iterator[Finding]:
    """Whoever is known by an address alone: that address is asked for at one transport only, and not at the seats'."""
    at = dict(extensions.get("globals", [])).get("ONEKEY_TRUNK_AT", "")
    matched = {dict(values).get("endpoint") for values in pjsip.values() if "match" in dict(values)}
    seats = {endpoint.values.get("transport") for endpoint in known if endpoint.keys}
    for endpoint in known:
        if endpoint.name not in matched or "auth" in endpoint.values:
            continue
        transport = dict(pjsip.get(endpoint.values.get("transport", ""), []))
        if endpoint.values.get("transport") in seats:
            what = f"{endpoint.name} 只凭地址识别，又与坐席同一 transport：地址可以伪造 / {endpoint.name} is known by its address alone, on the seats' transport: addresses are forged"
            yield Finding(
                "warning", what, where, "另设 transport，最好用 TLS / give it a transport of its own, TLS at best"
            )
        elif transport.get("protocol") == "tls" and transport.get("require_client_cert", "no").lower() not in YES:
            what = f"{endpoint.name} 的 TLS 不查对方证书 / the TLS of {endpoint.name} asks for no certificate"
            yield Finding("warning", what, where, "verify_client = yes, require_client_cert = yes, ca_list_file")
        if endpoint.says("context") == "from-trunk" and not at:
            what = "没有 ONEKEY_TRUNK_AT：中继的地址在哪个端口都算数 / no ONEKEY_TRUNK_AT: the trunk's address counts at every transport"
            yield Finding(
                "warning", what, where, "ONEKEY_TRUNK_AT = <中继 transport 的 bind / the bind of the trunk's transport>"
            )


def _accounts(manager: Sections, where: str) -> Iterator[Finding]:
    for account, pairs in manager.items():
        values = dict(pairs)
        if "secret" not in values:
            continue
        if len(values["secret"]) < SECRET_MIN or values["secret"].startswith("change-me"):
            what = f"AMI 账号 {account} 的口令太弱 / the secret of AMI account {account} is weak"
            yield Finding(
                "error",
                what,
                where,
                f"用 {SECRET_MIN} 位以上的随机口令 / use a random one of {SECRET_MIN} characters or more",
            )
        if not values.keys() & {"deny", "acl"}:
            what = f"AMI 账号 {account} 从任何地址都能登录 / AMI account {account} logs in from any address"
            yield Finding(
                "warning", what, where, "deny = 0.0.0.0/0.0.0.0, permit = <网关的地址 / the gateway's address>"
            )


def _modes(folder: Path, asterisk: Sections) -> Iterator[Finding]:
    """Files with passwords or numbers that others than Asterisk may read, where we can see them."""
    for path in (folder / name for name in SECRET_FILES):
        if _open_to_all(path):
            what = "有口令的文件人人可读 / everybody may read this file of passwords"
            yield Finding("warning", what, str(path), f"chmod 640 {path}")
    logs = dict(asterisk.get("directories", [])).get("astlogdir", "")
    if not logs:
        return
    readable = sorted(str(path) for pattern in LOGS for path in Path(logs).glob(pattern) if _open_to_all(path))
    if readable:
        what = f"来电人的号码人人可读 / everybody may read callers' numbers: {_some([os.path.basename(path) for path in readable])}"
        remedy = f"chmod o-rwx {logs} {logs}/*；systemd 单元加 UMask=0027 / and UMask=0027 in the systemd unit"
        yield Finding("warning", what, logs, remedy)


def _open_to_all(path: Path) -> bool:
    """Whether everybody may read this file, and reach it: a closed folder above it closes it."""
    try:
        if not stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH:
            return False
        return all(stat.S_IMODE(above.stat().st_mode) & stat.S_IXOTH for above in path.absolute().parents)
    except OSError:
        return False
