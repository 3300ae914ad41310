"""Platforms of other homes, which have the records of callers who are put through to us: asked, listened to, and told of edits.

A record reaches us in two ways, and either does: we fetch it (``GET`` with ``ETag``, again and again while the call lasts), or that platform
pushes it (a CloudEvents envelope, signed as Standard Webhooks has it). Nothing here stands in the way of a call: it rings meanwhile, and the
seat reads that the record is on its way (law 5). The home's answer also says whether the leg that brought the id is that caller's:
where it is another's, the id has been replayed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from gateway.config.settings import PeerConfig
from gateway.contexts import texts
from gateway.contexts.field_rules import problem_of
from gateway.contexts.http_client import Answer
from gateway.contexts.no_answer import Down, down
from gateway.contexts.peer_record import row_of
from gateway.contexts.webhooks import signature
from gateway.core.messages.answers import CommandSucceeded
from gateway.core.messages.commands import FetchContext
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import ContextRow
from gateway.core.messages.requests import ContextDoubted, ContextReceived
from gateway.core.values.bilingual import both
from gateway.core.values.case_details import Unfit
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.guards.strangers_json import read, read_object
from gateway.problems import Problem
from gateway.views.plain import View

log = structlog.get_logger("peers")

FIRST_S, LAST_S = 0.1, 5.0
"""Pauses after a platform that did not answer double from the first to the last: a record that is late should be no later than need be."""
DETAIL_CHARS_MAX = 200
DETAILS_MAX = 20
"""Fields of an edit that a home says are wrong, as many as are passed on: a case has no more."""
KEPT = "kept_confidential"
"""The error of a home that lets nobody lift a caller's wish from whom it keeps the number."""
NOT_GIVEN = (401, 403)
"""Statuses by which a platform gives its records to nobody who has our token."""
PURPOSE = "transfer"
"""For the audit log of a platform that lets us see numbers and places."""

Ask = Callable[[str, str, dict[str, str], bytes | None, str], Awaitable[Answer]]
"""Method, URL, headers, body and the file of a private authority (empty: none) to an answer. Never raises."""


class Peers:
    """``here`` are the attached switchboards; ``submit`` takes events into the core, ``lives`` says whether an arrival is still there,
    ``flushed`` returns when what was submitted is durable (raises Problem if it cannot be), ``newest`` finds the stored version of
    a record; ``poll_s`` is how often a record is asked for again. ``clock``: seconds since 1970; ``monotonic`` is never set, for spans."""

    def __init__(
        self,
        peers: Sequence[PeerConfig],
        here: Sequence[SwitchboardId],
        ask: Ask,
        submit: Callable[[AnyEvent], None],
        lives: Callable[[ChannelUid], bool],
        flushed: Callable[[], Awaitable[None]],
        newest: Callable[[str], Awaitable[ContextRow | None]],
        poll_s: float,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        limits: DoorLimits = DOOR_LIMITS,
    ) -> None:
        self._limits = limits
        self._peers = {peer.switchboard: peer for peer in peers}
        self._here = here
        self._ask, self._submit, self._lives, self._flushed = ask, submit, lives, flushed
        self._newest, self._poll_s, self._clock, self._monotonic = newest, poll_s, clock, monotonic
        self._tasks: set[asyncio.Task[None]] = set()
        self._down: dict[str, Down] = {}

    async def stop(self) -> None:
        """Ask no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- fetching ---------------------------------------------------------------------------------------------------------

    def execute(self, command: FetchContext) -> CommandSucceeded:
        """Begin to ask; what comes is told by events of its own."""
        task = asyncio.get_running_loop().create_task(self._follow(command), name=f"record {command.context}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return CommandSucceeded(command.switchboard, self._clock(), command.id)

    async def _follow(self, command: FetchContext) -> None:
        """Ask whoever may know, until one does; then that one again, as long as the arrival is there, and a while longer: what the home
        writes when the call has ended is part of the record."""
        asked = [peer for peer in self._peers.values() if peer.url]
        tag, pause_s, stop_at = "", FIRST_S, math.inf
        while asked and self._monotonic() < stop_at:
            if stop_at == math.inf and not self._lives(command.uid):
                stop_at = self._monotonic() + self._limits.record_follow_s
            # A leg that is over proves nothing any more: without it the home judges by the token alone.
            leg = command.leg if stop_at == math.inf else ""
            answered = False
            for peer in asked:
                status, headers, body = (await self._get(peer, command.context, leg, tag))[:3]
                row = self._record(peer, command.context, body) if status == 200 else None
                if row is not None:
                    self._tell(row)
                    asked, tag = [peer], headers.get("ETag", "")
                    if row.ended_at:
                        return
                if row is not None or status == 304:
                    answered = True
                    break
                # The id is right and the leg another caller's: somebody has replayed it.
                if status == 409 and leg:
                    self._submit(ContextDoubted(command.switchboard, self._clock(), command.uid, "replayed"))
                    return
                if status not in (0, 200, 404):
                    log.warning("record_refused", peer=peer.switchboard, context=command.context, status=status)
            pause_s = self._poll_s if answered else min(LAST_S, pause_s * 2)
            await asyncio.sleep(pause_s)

    async def _get(self, peer: PeerConfig, id_: str, leg: str = "", tag: str = "") -> Answer:
        query = ({"leg": leg} if leg else {}) | ({"full": "true", "purpose": PURPOSE} if peer.full else {})
        headers = _bearer(peer) | ({"If-None-Match": tag} if tag else {})
        return await self._asked(peer, "GET", f"{_address(peer, id_)}?{urlencode(query)}", headers, None)

    async def _asked(
        self, peer: PeerConfig, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """A peer's answer. Whether it gives its records at all is an alarm: without them a seat asks the caller everything again."""
        answer = await self._ask(method, url, headers, body, str(peer.ca or ""))
        known = self._down.get(peer.switchboard)
        if answer.status and answer.status not in NOT_GIVEN and answer.status < 500:
            if known is not None:
                del self._down[peer.switchboard]
                log.warning("peer_back", peer=peer.switchboard)
        elif known is None:
            found = down(self._clock(), answer.status, answer.reason, answer.detail)
            log.warning("peer_down", peer=peer.switchboard, why=found.why.en, remedy=found.remedy.en)
            self._down[peer.switchboard] = found
        return answer

    def problems(self) -> list[View]:
        """Peers that give no records, as what, where and remedy."""
        return [
            {
                "what": texts.PEER_GIVES_NO_RECORDS(peer=peer, why=one.why.zh, why_en=one.why.en),
                "where": f"peers {peer}",
                "remedy": both(*one.remedy),
            }
            for peer, one in self._down.items()
        ]

    def _record(self, peer: PeerConfig, id_: str, body: bytes) -> ContextRow | None:
        """The record of this id in an answer; None where it is another's, or damaged."""
        try:
            row = self._read(peer, read(body, self._limits.platform_answer_bytes_max, self._limits.json))
            if row.id != id_ or not row.call:
                raise Unfit("id", id_)
        except (ValueError, Unfit) as error:
            log.warning("record_unfit", peer=peer.switchboard, context=id_, why=str(error))
            return None
        return row

    async def _whole(self, peer: PeerConfig, row: ContextRow) -> ContextRow:
        """A row as we may see it: where the peer shows us all, what it has pushed or answered masked is fetched in full."""
        if not (peer.full and peer.url):
            return row
        # It may have moved on meanwhile: a newer version is as good, an older one is late.
        status, _, body = (await self._get(peer, row.id))[:3]
        found = self._record(peer, row.id, body) if status == 200 else None
        return found if found is not None and found.version >= row.version else row

    def _read(self, peer: PeerConfig, view: Any) -> ContextRow:
        """A row from a peer. It speaks for its own callers and for nobody else's, and of what it has given to us."""
        row = row_of(view, self._clock(), self._limits)
        if row.home != peer.switchboard:
            raise Unfit("home", peer.switchboard)
        if not set(row.organisations) & set(self._here):
            raise Unfit("organisations", f"one of {', '.join(self._here)}: given to us")
        # what its home has shown us of it is ours to see
        sees = (row.home, *(one for one in self._here if one in row.organisations))
        return replace(row, shared=tuple((press, sees) for press in row.transfers))

    def _object(self, body: bytes) -> dict[str, Any]:
        """A peer's answer. Raises Unreadable, which is a ValueError."""
        return read_object(body, self._limits.platform_answer_bytes_max, self._limits.json)

    def _details(self, body: bytes) -> dict[str, Any]:
        """Fault that the home finds in an edit: the field and the rule, in words of a length that shows."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            details = dict(self._object(body)["details"])
            several = details.get("problems")
            given = several[:DETAILS_MAX] if isinstance(several, list) else []
            some = [_detail(one) for one in given if isinstance(one, dict)]
            return _detail(details) | ({"problems": some} if some else {})
        return {}

    def _error_id(self, body: bytes) -> str:
        """Error id that the home gives; empty where it says nothing that we read."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return str(self._object(body)["error_id"])
        return ""

    def _tell(self, row: ContextRow) -> None:
        where = next(id_ for id_ in self._here if id_ in row.organisations)
        self._submit(ContextReceived(where, self._clock(), row))

    # --- edits ------------------------------------------------------------------------------------------------------------

    async def edit(self, home: SwitchboardId, id_: str, version: int, patch: Mapping[str, Any]) -> ContextRow:
        """Carry out an edit where the record lives. Raises Changed where somebody was faster, else Problem."""
        peer = self._peers.get(home)
        if peer is None or not peer.url:
            raise Problem("not_home", home=home)
        headers = _bearer(peer) | {"If-Match": f'"{version}"', "Content-Type": "application/json"}
        said = json.dumps(patch).encode()
        status, _, body = (await self._asked(peer, "PATCH", _address(peer, id_), headers, said))[:3]
        if status == 400:
            raise Problem("bad_parameter", **self._details(body))
        if status == 403 and self._error_id(body) == KEPT:  # the home judges by whose token we hold, whoever edits here
            raise Problem(KEPT, home=home)
        if status not in (200, 412):
            log.warning("edit_refused", peer=home, context=id_, status=status)
            raise Problem("home_down" if status in (0, 503) else "not_home", home=home)
        try:
            answer = self._object(body)
            row = self._read(peer, answer if status == 200 else answer["details"]["context"])
            if row.id != id_:
                raise Unfit("id", id_)
        except (ValueError, KeyError, TypeError, Unfit):
            raise Problem("home_down", home=home) from None
        row = await self._whole(peer, row)
        self._tell(row)
        if status == 412:
            raise Changed(row)
        return row

    # --- what is pushed to us -----------------------------------------------------------------------------------------------

    async def take(self, headers: Mapping[str, str], body: bytes) -> str:
        """One pushed message: the context's id, once it is durable. Raises Problem where it is not believed or does not fit."""
        peer = self._sender(headers, body)
        try:
            event = read_object(body, self._limits.body_bytes_max, self._limits.json)
            kind = event.get("datacontenttype", "application/json")
            if event["specversion"] != "1.0" or event["type"] != "onekey.context.changed" or kind != "application/json":
                raise Unfit("type", "onekey.context.changed, data as application/json")
            row = self._read(peer, event["data"])
        except Unfit as unfit:
            raise problem_of(unfit, self._limits) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Problem("bad_parameter", parameter="body", rule="a CloudEvents 1.0 event in JSON") from None
        newest = await self._newest(row.id)
        if newest is not None and newest.home != row.home:
            raise Problem("bad_parameter", parameter="home", rule=newest.home)
        # Deliveries may overtake one another; an older one than ours is acknowledged and changes nothing.
        if newest is None or newest.version <= row.version:
            self._tell(await self._whole(peer, row))
        await self._flushed()
        return row.id

    def _sender(self, headers: Mapping[str, str], body: bytes) -> PeerConfig:
        """Peer whose secret has signed this. Raises Problem."""
        id_, at, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        within_s = self._limits.webhook_tolerance_s
        fresh = at.isascii() and at.isdigit() and len(at) < 16 and abs(int(at) - self._clock()) <= within_s
        if not fresh:
            raise Problem("bad_signature", rule=f"webhook-timestamp within {within_s:g} s")
        signed = [word.encode("utf-8", "surrogateescape") for word in given.split(" ")]
        # Every secret is tried, in constant time: how long it takes tells nothing of them.
        for peer in self._peers.values():
            mac = signature(peer.secret, id_, int(at), body).encode() if peer.secret else b""
            if mac and any(hmac.compare_digest(mac, word) for word in signed):
                return peer
        raise Problem("bad_signature", rule="webhook-signature: v1,… by a secret of [[peers]]")


class Changed(Exception):
    """Somebody was faster at home; ``row`` is the newest version."""

    def __init__(self, row: ContextRow) -> None:
        self.row = row
        super().__init__(row.id)


def _detail(details: Mapping[str, Any]) -> dict[str, str]:
    """Field and rule of one error, where both are said."""
    return {name: str(details[name])[:DETAIL_CHARS_MAX] for name in ("parameter", "rule") if name in details}


def _address(peer: PeerConfig, id_: str) -> str:
    return f"{peer.url}/v1/contexts/{quote(id_, safe='')}"


def _bearer(peer: PeerConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {peer.token}", "Accept": "application/json"}
