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
from gateway.doctor import texts
from gateway.doctor.asterisk_config import Sections, by_wizard, sections, text_of
from gateway.doctor.asterisk_logs import PATTERNS
from gateway.doctor.findings import Finding, some
from gateway.doctor.unsafe_lines import ENDPOINT, ONE_SECTION, SYMMETRIC, TEXT_CALLS, YES, Endpoint
from gateway.doctor.working.picture import SETS, TRUNK, leads_to, steps_of

SECRET_MIN = 12
"""Characters of a password or secret. Digests of a shorter one are guessed from one recorded registration."""
WORD_MIN = 16
"""Least length of the word of a trunk: guessed one call at a time, and each is a line of the log."""
SAYS = "ONEKEY_TRUNK="
"""Variable of an endpoint that says who is at its other end."""
NOWHERE = "onekey-none"
"""The context that leads nowhere."""
ASKED_MAX = 40
"""Seats of a running Asterisk that are asked about: those of one site come from one template."""


CLOSED = ("pjsip.conf", "manager.conf")
"""Files with passwords."""
FILES = ("rtp", "manager", "logger", "cel", "asterisk", "pjsip", "extensions")


def unsafe(folder: Path) -> list[Finding]:
    """All that is unsafe in one switchboard's files. ``folder`` is its etc; a file that is not there counts as stock."""
    written = {name: text_of(folder, f"{name}.conf") for name in FILES}
    read = {name: sections(text) for name, text in written.items()}
    wizard = text_of(folder, "pjsip_wizard.conf")
    for name, made in by_wizard(wizard).items():
        read["pjsip"].setdefault(name, []).extend(made)
    templates = re.findall(r"^\[([^\]\n]+)\]\([^)\n]*!", f"{written['pjsip']}\n{wizard}", re.M)
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
    what = texts.ONEKEY_EIDO_HOSTS_LACKS(some=some(missing))
    remedy = f"ONEKEY_EIDO_HOSTS = {','.join(sorted({*known, *missing} - {''}))}"
    return [Finding("warning", what, f"{folder / 'extensions.conf'} [globals]", remedy)]


def endpoints(pjsip: Sections, templates: Iterable[str]) -> list[Endpoint]:
    """Everybody who may speak SIP to this Asterisk."""
    found = []
    for name, values in pjsip.items():
        if ("type", "endpoint") in values and name not in set(templates):
            features = [value for key, value in values if key == "set_var" and value.startswith("DYNAMIC_FEATURES")]
            trunk = [
                value.partition("=")[2].strip() for key, value in values if key == "set_var" and value.startswith(SAYS)
            ]
            keys = any(value.partition("=")[2].strip() for value in features)
            found.append(Endpoint(name, dict(values), keys, "".join(trunk[-1:])))
    return found


def _of_type(pjsip: Sections, kind: str) -> dict[str, str]:
    return dict(next((values for values in pjsip.values() if ("type", kind) in values), []))


def _pjsip(pjsip: Sections, extensions: Sections, templates: frozenset[str], where: str) -> Iterator[Finding]:
    known = [endpoint for endpoint in endpoints(pjsip, templates) if not endpoint.closed]
    for line in ENDPOINT:
        wrong = [endpoint.name for endpoint in known if line.wrong(endpoint)]
        if wrong:
            yield Finding(line.level, f"{line.what}: {some(wrong)}", where, line.remedy)
    yield from _texts(extensions, known, where)
    yield from _weak(pjsip, where)
    yield from _taken_over(pjsip, where)
    yield from _by_address(pjsip, extensions, known, where)
    yield from _nobodys(extensions, known, where)
    if any(endpoint.name == "anonymous" for endpoint in known):
        what = texts.THERE_IS_ANONYMOUS
        yield Finding("error", what, where, texts.REMOVE)


def _texts(extensions: Sections, known: list[Endpoint], where: str) -> Iterator[Finding]:
    """Where a SIP MESSAGE of an endpoint leads: it must be a context without an extension, or it runs there as a call."""
    wrong = []
    for endpoint in known:
        context = endpoint.values.get("message_context") or endpoint.values.get("context", "default")
        if context == NOWHERE:
            continue  # where it is missing, the dialplan's part tells of it
        if context not in extensions or any(word == "exten" for word, _ in extensions[context]):
            wrong.append(endpoint.name)
    if wrong:
        what = f"{TEXT_CALLS}: {some(wrong)}"
        yield Finding("error", what, where, "message_context = onekey-none")


def _weak(pjsip: Sections, where: str) -> Iterator[Finding]:
    weak = [name for name, values in pjsip.items() if _is_weak(dict(values))]
    if weak:
        what = texts.WEAK_PASSWORDS(secret_min=SECRET_MIN, some=some(weak))
        yield Finding("error", what, where, texts.USE_RANDOM_ONES)


def _is_weak(values: dict[str, str]) -> bool:
    password = values.get("password")
    return password is not None and (
        len(password) < SECRET_MIN or password == values.get("username") or password.startswith("change-me")
    )


def _taken_over(pjsip: Sections, where: str) -> Iterator[Finding]:
    """True where an INVITE with Replaces is refused, whoever sends it."""
    order = _of_type(pjsip, "global").get("endpoint_identifier_order", "ip,username").replace(" ", "").split(",")
    caught = any(dict(values).get("match_header", "").lower().startswith("replaces:") for values in pjsip.values())
    if not caught or order[0] != "header":
        what = texts.INVITE_WITH_REPLACES_TAKES_OVER
        remedy = texts.TAKE_REFUSED
        yield Finding("warning", what, where, remedy)


def _by_address(pjsip: Sections, extensions: Sections, known: list[Endpoint], where: str) -> Iterator[Finding]:
    """Findings on those who are known by an address alone: that address is asked for at one transport only, and not at the seats'."""
    globals_ = dict(extensions.get("globals", []))
    at = globals_.get("ONEKEY_TRUNK_AT", "")
    matched = {dict(values).get("endpoint") for values in pjsip.values() if "match" in dict(values)}
    seats = {endpoint.values.get("transport") for endpoint in known if endpoint.keys}
    for endpoint in known:
        if endpoint.name not in matched or "auth" in endpoint.values:
            continue
        transport = dict(pjsip.get(endpoint.values.get("transport", ""), []))
        if endpoint.values.get("transport") in seats:
            what = texts.NAME_IS_KNOWN_BY_ITS_ADDRESS(name=endpoint.name)
            yield Finding("warning", what, where, texts.GIVE_IT_A_TRANSPORT)
        elif transport.get("protocol") == "tls" and transport.get("require_client_cert", "no").lower() not in YES:
            what = texts.TLS_OF_NAME_ASKS(name=endpoint.name)
            yield Finding("warning", what, where, "verify_client = yes, require_client_cert = yes, ca_list_file")
        certified = transport.get("protocol") == "tls" and transport.get("require_client_cert", "no").lower() in YES
        word = globals_.get(f"ONEKEY_TRUNK_WORD_{endpoint.trunk}", "")
        if endpoint.says("context") == "onekey-from-trunk" and not certified and len(word) < WORD_MIN:
            what = texts.TRUNK_HAS_NO_WORD(name=endpoint.name, word_min=WORD_MIN)
            remedy = texts.WRITE_THE_WORD_ON_BOTH_SIDES
            yield Finding("warning", what, where, remedy)
        if endpoint.says("context") == "onekey-from-trunk" and not at:
            what = texts.NO_ONEKEY_TRUNK_AT
            yield Finding("warning", what, where, texts.ONEKEY_TRUNK_AT_TRANSPORT_BIND_THE_BIND)


def _nobodys(extensions: Sections, known: list[Endpoint], where: str) -> Iterator[Finding]:
    """Trunks that do not say which switchboard is at their other end, however it is known to us (address, password, header): its word is asked for
    by that, and how its legs end is read by it."""
    steps = {name: tuple(steps_of(values)) for name, values in extensions.items() if name not in SETS}
    for endpoint in known:
        if not endpoint.trunk and TRUNK in leads_to(steps, endpoint.values.get("context", "default")):
            yield Finding("error", texts.TRUNK_SAYS_NOT_WHOSE(name=endpoint.name), where, texts.SAY_WHOSE_TRUNK)


def _accounts(manager: Sections, where: str) -> Iterator[Finding]:
    for account, pairs in manager.items():
        values = dict(pairs)
        if "secret" not in values:
            continue
        if len(values["secret"]) < SECRET_MIN or values["secret"].startswith("change-me"):
            what = texts.SECRET_OF_AMI_ACCOUNT(account=account)
            yield Finding("error", what, where, texts.USE_A_RANDOM_ONE_OF_SECRET_MIN(secret_min=SECRET_MIN))
        if not values.keys() & {"deny", "acl"}:
            what = texts.AMI_ACCOUNT_LOGS(account=account)
            yield Finding("warning", what, where, texts.LET_THE_GATEWAY_ALONE_IN)


def _modes(folder: Path, asterisk: Sections) -> Iterator[Finding]:
    """Files with passwords or numbers that others than Asterisk may read, where we can see them."""
    for path in (folder / name for name in CLOSED):
        if _open_to_all(path):
            what = texts.EVERYBODY_MAY_READ_THIS_FILE
            yield Finding("warning", what, str(path), f"chmod 640 {path}")
    logs = dict(asterisk.get("directories", [])).get("astlogdir", "")
    if not logs:
        return
    readable = sorted({str(path) for pattern in PATTERNS for path in Path(logs).glob(pattern) if _open_to_all(path)})
    if readable:
        what = texts.EVERYBODY_MAY_READ_CALLERS_NUMBERS(some=some([Path(path).name for path in readable]))
        remedy = texts.CLOSE_THE_LOGS(logs=logs)
        yield Finding("warning", what, logs, remedy)


async def running(link: Link, seats: Iterable[str], where: str) -> list[Finding]:
    """Findings of a running Asterisk about its seats' endpoints, with the rights that the gateway has: ``Getvar`` of ``PJSIP_ENDPOINT``.

    Nothing where it does not tell (``func_pjsip_endpoint.so`` is not loaded). Raises ``LinkDown`` and ``NoAnswer``.
    """
    open_to_messages, symmetric = [], []
    for seat in list(seats)[:ASKED_MAX]:
        told = {name: await _told(link, seat, name) for name in ("context", "message_context", "rtp_symmetric")}
        if told["context"] and told["message_context"] in ("", told["context"]):
            open_to_messages.append(seat)
        if told["rtp_symmetric"] in ("true", "yes"):
            symmetric.append(seat)
    found = []
    if open_to_messages:
        found.append(
            Finding("error", f"{TEXT_CALLS}: {some(open_to_messages)}", where, "message_context = onekey-none")
        )
    if symmetric:
        what = f"{SYMMETRIC}: {some(symmetric)}"
        found.append(Finding("warning", what, where, texts.RTP_SYMMETRIC_NO))
    return found


async def _told(link: Link, seat: str, name: str) -> str:
    reply = await link.request("Getvar", ("Variable", f"PJSIP_ENDPOINT({seat},{name})"))
    return reply.get("Value") if reply.ok else ""


def _open_to_all(path: Path) -> bool:
    """True where everybody may read this file, and reach it: a closed folder above it closes it."""
    try:
        if not stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH:
            return False
        return all(stat.S_IMODE(above.stat().st_mode) & stat.S_IXOTH for above in path.absolute().parents)
    except OSError:
        return False
