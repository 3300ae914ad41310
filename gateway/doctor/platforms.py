"""Other platforms, each asked as the gateway asks it: its way out over HTTP, its certificates, its tokens and secrets, and no record.

A ``[[peers]]`` with a ``url`` is asked for a record of an id that nobody has: who knows our token answers that there is none. A ``[[push]]``
is asked ``OPTIONS``, signed as a push is; where a onekey answers, it gets a signed message of a type that it refuses, and it looks at the
signature first. No other platform is sent a message: one that looks at nothing would keep it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shlex
import time
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from gateway.config.settings import Config, PeerConfig, PushTarget
from gateway.contexts.http_client import Answer, Outward
from gateway.contexts.no_answer import NoAnswer, down
from gateway.contexts.webhooks import signature
from gateway.core.values.bilingual import Pair
from gateway.doctor import texts
from gateway.doctor.findings import Finding
from gateway.guards.strangers_json import read_object

NOBODYS = "onekey-doctor"
"""An id that no record has: those of records begin with ``C``."""
TYPE = "onekey.doctor.asked"
"""Type of the message that a gateway refuses: it has no record."""
RECEIVED = "/v1/received"
"""Where a gateway takes pushes."""
PASSING = frozenset({NoAnswer.REFUSED, NoAnswer.UNREACHABLE, NoAnswer.LATE, NoAnswer.CLOSED, NoAnswer.PROCESS})
"""Reasons that may be gone tomorrow without a line of ours: warnings, where all others are errors."""
NO_OPTIONS = frozenset({400, 405, 406, 411, 415, 422, 501})
"""Statuses of a server that is there and knows no ``OPTIONS`` at this address, or misses what a push has."""


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform of the configuration: its table, its switchboard, its URL and the file of its authority."""

    table: str
    board: str
    url: str
    ca: str

    @property
    def where(self) -> str:
        """Its table and its address; a name and a password in the URL are not shown."""
        return f"{self.table} {self.board} {_shown(self.url)}".rstrip()

    def found(self, level: str, what: str, remedy: str = "") -> Asked:
        """A finding about it."""
        return Asked(self, Finding(level, what, self.where, remedy))

    def wrong(self, why: Pair, remedy: str, level: str = "error") -> Asked:
        """A finding that says why no record goes to it, or comes from it."""
        text = texts.PUSH_CANNOT_ARRIVE if self.table == "push" else texts.PEER_CANNOT_BE_ASKED
        return self.found(level, text(why=why.zh, why_en=why.en), remedy)


@dataclass(frozen=True, slots=True)
class Asked:
    """A finding about a platform; where it gave no answer, the reason with its detail."""

    platform: Platform
    finding: Finding
    reason: str = ""
    detail: str = ""

    @property
    def cause(self) -> tuple[str, ...]:
        """Its cause: an authority's file, our own process, or one server. Two platforms of one cause are one finding."""
        if not self.reason:
            return (self.finding.where, self.finding.what)
        ca, server = self.platform.ca, urlsplit(self.platform.url).netloc
        at = {NoAnswer.AUTHORITY: ca, NoAnswer.PROCESS: ""}.get(NoAnswer(self.reason), server)
        return (self.reason, self.detail, at, ca)


async def findings(config: Config, site: Path | None = None) -> list[Finding]:
    """Findings of all platforms, which are asked at once: none takes longer than the gateway would give it."""
    if not (config.push or config.peers):
        return []
    files = _files(site)
    outward = Outward(config.door)
    try:
        asked = await asyncio.gather(
            *(_push(outward, target, config, files) for target in config.push),
            *(_peer(outward, peer, config, files) for peer in config.peers),
        )
    finally:
        await outward.close()
    causes: dict[tuple[str, ...], list[Asked]] = {}
    for one in asked:
        causes.setdefault(one.cause, []).append(one)
    return [replace(same[0].finding, where=", ".join(_places(same))) for same in causes.values()]


def but_for(told: Iterable[Finding], found: Iterable[Finding]) -> list[Finding]:
    """Findings of a running gateway, without the platforms of which it is found here, with a remedy to paste."""
    wrong = [f"{one.where} " for one in found if one.level in ("error", "warning")]
    return [one for one in told if not any(_platform(one.where) in where for where in wrong)]


def _platform(where: str) -> str:
    """``push 110`` of the place of a gateway's own finding; of others the whole place, which names no platform."""
    *_, table, board = ("", "", *where.split())
    return f"{table} {board} " if table in ("push", "peers") else f"{where} of another kind"


def _places(same: list[Asked]) -> list[str]:
    return list(dict.fromkeys(one.finding.where for one in same))


# --- a peer ---------------------------------------------------------------------------------------------------------------


async def _peer(outward: Outward, peer: PeerConfig, config: Config, files: Mapping[tuple[str, str, str], str]) -> Asked:
    board, its = peer.switchboard, Platform("peers", peer.switchboard, peer.url, str(peer.ca or ""))
    if not peer.url:
        return its.found("unknown", texts.PEER_ONLY_PUSHES, texts.ASK_OVER_THERE(peer=board))
    # As the gateway will read: the right to a full reading is looked at before the record is.
    query = f"?{urlencode({'full': 'true', 'purpose': 'doctor'})}" if peer.full else ""
    headers = {"Authorization": f"Bearer {peer.token}", "Accept": "application/json"}
    answer = await outward.ask("GET", f"{peer.url}/v1/contexts/{NOBODYS}{query}", headers, None, its.ca)
    error_id, details = _error(answer)
    if answer.status == 404 and error_id == "not_found" and details.get("id") == NOBODYS:
        return its.found("ok", texts.PEER_ANSWERS_IN_FULL if peer.full else texts.PEER_ANSWERS)
    if answer.status in (401, 403):
        file = files.get(("peers", board, "token_file"), "token_file")
        scope = _word(details.get("scope")) or ("full" if peer.full else "read")
        why = texts.TOKEN_IS_REFUSED() if answer.status == 401 else texts.TOKEN_LACKS_SCOPE(scope=scope)
        return its.wrong(why, _token_made(peer, config, file))
    if answer.status in range(200, 300) or answer.status == 404:
        parts = urlsplit(peer.url)
        root = texts.WRITE_ITS_ROOT(url=f"{parts.scheme}://{_place(peer.url)}")
        return its.wrong(texts.WHO_ANSWERS_IS_NO_GATEWAY(status=answer.status), root)
    return _as_told(its, answer)


def _token_made(peer: PeerConfig, config: Config, file: str) -> str:
    board = config.switchboards[0].id if config.switchboards else "12345"
    scopes = " ".join(f"--scope {one}" for one in ("read", "edit", *(("full",) if peer.full else ())))
    name = shlex.quote(config.name)
    return texts.MAKE_A_TOKEN(peer=peer.switchboard, file=file, name=name, board=board, scopes=scopes)


# --- a push ---------------------------------------------------------------------------------------------------------------


async def _push(
    outward: Outward, target: PushTarget, config: Config, files: Mapping[tuple[str, str, str], str]
) -> Asked:
    board, url, ca = target.switchboard, target.url, str(target.ca or "")
    its = Platform("push", board, url, ca)
    answer = await outward.ask("OPTIONS", url, _signed(target, b""), None, ca, sends=True)
    error_id, details = _error(answer)
    if error_id == "method_not_allowed" and "POST" in _words(details.get("allowed")):
        body = json.dumps(_message(config.name)).encode()
        headers = {"Content-Type": "application/cloudevents+json", **_signed(target, body)}
        answer = await outward.ask("POST", url, headers, body, ca, sends=True)
        error_id, details = _error(answer)
        if error_id == "bad_parameter" and details.get("parameter") == "type":
            return its.found("ok", texts.PUSH_IS_TAKEN)
        if error_id == "bad_signature":
            rule = _word(details.get("rule"))
            if "timestamp" in rule:
                return its.wrong(texts.CLOCKS_OF_PLATFORM_APART(rule=rule), texts.COMPARE_THE_CLOCKS)
            file = files.get(("push", board, "secret_file"), "secret_file")
            return its.wrong(texts.SECRET_IS_REFUSED(), texts.COMPARE_THE_SECRET(file=file))
    elif error_id in ("no_token", "no_route", "method_not_allowed", "scope_needed"):
        # A gateway, at another of its addresses: it asks for a token there, which no push has.
        goes = f"{urlsplit(url).scheme}://{_place(url)}{RECEIVED}"
        return its.wrong(texts.NO_ADDRESS_FOR_OPTIONS(), texts.WRITE_WHERE_PUSHES_GO(url=goes))
    elif answer.status in range(200, 300) or answer.status in NO_OPTIONS:
        api = f"http://{config.api_host}:{config.api_port}"
        return its.found("unknown", texts.PUSH_ANSWERS(status=answer.status), texts.LOOK_AT_THE_DELIVERIES(api=api))
    return _as_told(its, answer)


def _signed(target: PushTarget, body: bytes) -> dict[str, str]:
    """Headers of a push with this body."""
    id_, at = uuid.uuid4().hex, int(time.time())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(target.secret, id_, at, body),
    }


def _message(name: str) -> dict[str, str]:
    """An event without data."""
    return {"specversion": "1.0", "id": uuid.uuid4().hex, "source": f"/onekey/{name}", "type": TYPE}


# --- what an answer says --------------------------------------------------------------------------------------------------


def _as_told(its: Platform, answer: Answer) -> Asked:
    """An answer that is not the one that is wanted, in the words of the gateway, and its remedy with a command."""
    told = down(0.0, answer.status, answer.reason, answer.detail)
    # A platform that knows no OPTIONS may say 401 to 404 of it and take a push all the same.
    unsure = its.table == "push" and answer.status in (401, 403, 404)
    passing = answer.status >= 500 or answer.status == 429 or unsure or answer.reason in PASSING
    said = its.wrong(told.why, _remedy(its, answer, told.remedy), "warning" if passing else "error")
    return replace(said, reason=answer.reason, detail=answer.detail)


def _remedy(its: Platform, answer: Answer, told: Pair) -> str:
    """The remedy of an answer, with a line to paste."""
    board, url, ca = its.board, its.url, its.ca
    authority = f" -CAfile {shlex.quote(ca)}" if ca else ""
    shown = f"openssl s_client -connect {_place(url)}{authority} </dev/null"
    match answer.reason:
        case NoAnswer.CERTIFICATE if "mismatch" in answer.detail:
            return texts.ANOTHER_NAME(command=f"{shown} | openssl x509 -noout -subject -ext subjectAltName")
        case NoAnswer.CERTIFICATE if "expired" in answer.detail or "not yet valid" in answer.detail:
            return texts.ITS_DATES(command=f"{shown} | openssl x509 -noout -dates; date -u")
        case NoAnswer.CERTIFICATE:
            command = f"{shown} | openssl x509 -noout -issuer"
            if ca:
                return texts.ANOTHER_AUTHORITY(ca=ca, command=command)
            return texts.WRITE_ITS_AUTHORITY(board=board, command=command)
        case NoAnswer.AUTHORITY:
            command = f"openssl x509 -in {shlex.quote(ca)} -noout -subject -dates"
        case NoAnswer.NAME:
            command = f"getent ahosts {shlex.quote(urlsplit(url).hostname or '')}"
        case NoAnswer.TLS:
            command = shown
        case _:
            command = f"curl -sv -o /dev/null{f' --cacert {shlex.quote(ca)}' if ca else ''} {shlex.quote(_shown(url))}"
    return texts.AND_TRY(zh=told.zh, en=told.en, command=command)


def _error(answer: Answer) -> tuple[str, dict[str, Any]]:
    """The id of an error of onekey's interface and its details; empty where the answer is none."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        found = read_object(answer.body, len(answer.body))
        return str(found["error_id"]), dict(found["details"])
    return "", {}


def _word(given: object) -> str:
    """A word of a stranger's answer as it may be shown."""
    return "".join(sign for sign in str(given or "")[:60] if sign.isprintable())


def _words(given: object) -> list[object]:
    return given if isinstance(given, list) else []


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _place(url: str) -> str:
    """Host and port."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _files(site: Path | None) -> dict[tuple[str, str, str], str]:
    """Files of tokens and secrets as the site's own file names them, so that a remedy can be pasted."""
    try:
        raw = tomllib.loads(site.read_text(encoding="utf-8-sig")) if site is not None else {}
    except (OSError, ValueError):
        return {}  # it was read a moment ago
    return {
        (table, str(one.get("switchboard", "")), word): shlex.quote(str(site.parent / str(one[word])))
        for table in ("push", "peers")
        for one in raw.get(table, [])
        for word in ("token_file", "secret_file")
        if site is not None and word in one
    }
