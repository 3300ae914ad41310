"""Lines of an Asterisk's configuration that let strangers in, or that leave callers' numbers lying about. Part of the doctor.

What ships has none of them (``docs/security.md``, "Media", "Signalling", "Asterisk's own files"). ``unsafe_lines`` has the tables; here they are
laid on a site's files, with what takes more than one line to tell, and what an Asterisk that runs says of itself. No password is shown.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.ami import Link
from gateway.doctor.asterisk_files import Sections, by_wizard, sections, text_of
from gateway.doctor.asterisk_logs import PATTERNS
from gateway.doctor.findings import Finding
from gateway.doctor.unsafe_lines import ENDPOINT, ONE_SECTION, SYMMETRIC, TEXT_CALLS, YES, Endpoint

SECRET_MIN = 12
"""Characters of a password or secret. Digests of a shorter one are guessed from one recorded registration."""
WORD_MIN = 16
"""Of the word of a trunk: guessed one call at a time, and each is a line of the log."""
TRUNK = "trunk-"
NAMES_SHOWN = 6
ASKED_MAX = 40
"""Seats of a running Asterisk that are asked about: those of one site come from one template."""


CLOSED = ("pjsip.conf", "manager.conf")
"""Files with passwords."""
FILES = ("rtp", "manager", "logger", "cel", "asterisk", "pjsip", "extensions")


def unsafe(folder: Path) -> list[Finding]:
    """All that is unsafe in one switchboard's files. ``folder`` is its etc; a file that is not there counts as stock."""
    texts = {name: text_of(folder, f"{name}.conf") for name in FILES}
    read = {name: sections(text) for name, text in texts.items()}
    wizard = text_of(folder, "pjsip_wizard.conf")
    for name, values in by_wizard(wizard).items():
        read["pjsip"].setdefault(name, []).extend(values)
    templates = re.findall(r"^\[([^\]\n]+)\]\([^)\n]*!", f"{texts['pjsip']}\n{wizard}", re.M)
    found: list[Finding] = []
    for name, section, kind, lines in ONE_SECTION:
        values = _of_type(read[name], kind) if kind else dict(read[name].get(section, []))
        place = f"{folder / name}.conf [{kind or section}]"
        found += [Finding(line.level, line.what, place, line.remedy) for line in lines if line.wrong(values)]
    if read["pjsip"]:
        found += _pjsip(read["pjsip"], read["extensions"], frozenset(templates), str(folder / "pjsip.conf"))
    found += _accounts(read["manager"], str(folder / "manager.conf"))
    return found + list(_modes(folder, read["asterisk"]))


def records(folder: Path, wanted: Iterable[str]) -> list[Finding]:
    """Addresses of records (URLs) that calls over the trunk may bring, and that this switchboard's dialplan would drop."""
    globals_ = dict(sections(text_of(folder, "extensions.conf")).get("globals", []))
    known = {host.strip() for host in globals_.get("ONEKEY_EIDO_HOSTS", "").split(",")}
    missing = sorted({host for url in wanted if (host := urlsplit(url).netloc) and host not in known})
    if not missing:
        return []
    what = f"ONEKEY_EIDO_HOSTS 里没有 {_some(missing)}：对方来电的档案地址到不了话机 / ONEKEY_EIDO_HOSTS lacks it: the address of its records never reaches a seat's phone"
    remedy = f"ONEKEY_EIDO_HOSTS = {','.join(sorted({*known, *missing} - {''}))}"
    return [Finding("warning", what, f"{folder / 'extensions.conf'} [globals]", remedy)]


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
    yield from _texts(extensions, known, where)
    yield from _weak(pjsip, where)
    yield from _taken_over(pjsip, where)
    yield from _by_address(pjsip, extensions, known, where)
    if any(endpoint.name == "anonymous" for endpoint in known):
        what = "有 [anonymous]：不登记也能呼入 / there is [anonymous]: calls come in without an account"
        yield Finding("error", what, where, "删去 [anonymous] / remove it")


def _some(names: list[str]) -> str:
    left = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" … +{left}" if left > 0 else "")


def _texts(extensions: Sections, known: list[Endpoint], where: str) -> Iterator[Finding]:
    """Where a SIP MESSAGE of an endpoint leads: it must be a context without an extension, or it runs there as a call."""
    wrong = []
    for endpoint in known:
        context = endpoint.values.get("message_context") or endpoint.values.get("context", "default")
        if context not in extensions or any(word == "exten" for word, _ in extensions[context]):
            wrong.append(endpoint.name)
    if wrong:
        what = f"{TEXT_CALLS}: {_some(wrong)}"
        yield Finding("error", what, where, "message_context = onekey-none")


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
    globals_ = dict(extensions.get("globals", []))
    at = globals_.get("ONEKEY_TRUNK_AT", "")
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
        certified = transport.get("protocol") == "tls" and transport.get("require_client_cert", "no").lower() in YES
        word = globals_.get(f"ONEKEY_TRUNK_WORD_{endpoint.name[len(TRUNK) :]}", "")
        if endpoint.says("context") == "from-trunk" and not certified and len(word) < WORD_MIN:
            what = f"{endpoint.name} 没有口令（ONEKEY_TRUNK_WORD，至少 {WORD_MIN} 位）：伪造其地址者可冒充对方总机 / {endpoint.name} has no word of {WORD_MIN} characters (ONEKEY_TRUNK_WORD): whoever forges its address is the other switchboard"
            remedy = "openssl rand -hex 24，两边同写，见 asterisk-conf/both / on both sides, see asterisk-conf/both; or TLS with certificates"
            yield Finding("warning", what, where, remedy)
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
    for path in (folder / name for name in CLOSED):
        if _open_to_all(path):
            what = "有口令的文件人人可读 / everybody may read this file of passwords"
            yield Finding("warning", what, str(path), f"chmod 640 {path}")
    logs = dict(asterisk.get("directories", [])).get("astlogdir", "")
    if not logs:
        return
    readable = sorted({str(path) for pattern in PATTERNS for path in Path(logs).glob(pattern) if _open_to_all(path)})
    if readable:
        what = f"来电人的号码人人可读 / everybody may read callers' numbers: {_some([Path(path).name for path in readable])}"
        remedy = f"chmod o-rwx {logs} {logs}/*；systemd 单元加 UMask=0027 / and UMask=0027 in the systemd unit"
        yield Finding("warning", what, logs, remedy)


async def running(link: Link, seats: Iterable[str], where: str) -> list[Finding]:
    """Findings of a running Asterisk about its seats' endpoints, with the rights that the gateway has: ``Getvar`` of ``PJSIP_ENDPOINT``.

    Nothing where it does not tell (``func_pjsip_endpoint.so`` is not loaded). Raises ``LinkDown`` and ``NoAnswer``.
    """
    texts, symmetric = [], []
    for seat in list(seats)[:ASKED_MAX]:
        told = {name: await _told(link, seat, name) for name in ("context", "message_context", "rtp_symmetric")}
        if told["context"] and told["message_context"] in ("", told["context"]):
            texts.append(seat)
        if told["rtp_symmetric"] in ("true", "yes"):
            symmetric.append(seat)
    found = []
    if texts:
        found.append(Finding("error", f"{TEXT_CALLS}: {_some(texts)}", where, "message_context = onekey-none"))
    if symmetric:
        what = f"{SYMMETRIC}: {_some(symmetric)}"
        found.append(
            Finding(
                "warning",
                what,
                where,
                "rtp_symmetric = no；话机在 NAT 之后见 docs/security.md / phones behind NAT: there",
            )
        )
    return found


async def _told(link: Link, seat: str, name: str) -> str:
    reply = await link.request("Getvar", ("Variable", f"PJSIP_ENDPOINT({seat},{name})"))
    return reply.get("Value") if reply.ok else ""


def _open_to_all(path: Path) -> bool:
    """Whether everybody may read this file, and reach it: a closed folder above it closes it."""
    try:
        if not stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH:
            return False
        return all(stat.S_IMODE(above.stat().st_mode) & stat.S_IXOTH for above in path.absolute().parents)
    except OSError:
        return False
