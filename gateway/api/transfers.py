"""Transfers: begin one, read them, and say something of one that runs."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.parameters import (
    DIVISION,
    ID,
    LANGUAGE,
    MATTER,
    MODES,
    SEAT,
    UID,
    WORD,
    Body,
    choice,
    idempotency_key,
    number,
    pattern,
    rows,
)
from gateway.core.machines.transfer import DECISIONS
from gateway.problems import Problem
from gateway.services.requests import TransferQuery, TransferRequest

OUTCOMES = tuple(sorted(DECISIONS))
WHOSE = ("call", "seat", "channel")
SAID = {"matter": MATTER, "urgency": WORD, "district": DIVISION, "language": LANGUAGE}
"""Fields that may be recorded of the matter; the rules know which words there are."""


class TransferRoutes:
    """``/v1/transfers``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/transfers", self.transfers),
            web.post("/v1/transfers", self.begin),
            web.get("/v1/transfers/{id}", self.transfer),
            web.post("/v1/transfers/{id}/cancel", self.cancel),
            web.post("/v1/transfers/{id}/accept", self.accept),
            web.post("/v1/transfers/{id}/decline", self.decline),
            web.post("/v1/transfers/{id}/release", self.release),
            web.post("/v1/transfers/{id}/resolve", self.resolve),
        ]

    async def transfers(self, request: web.Request) -> web.Response:
        """Transfers, newest first."""
        limit = rows(request)
        before = number(request, "before", float, None, 0, 1e12)
        state = choice(request, "state", ("running", "ended"))
        running = None if state is None else state == "running"
        call, seat = pattern(request, "call", UID), pattern(request, "seat", SEAT)
        items = await self._services.transfers.listed(
            TransferQuery(limit, before, running, call, seat), principal_of(request)
        )
        return web.json_response({"items": items})

    async def transfer(self, request: web.Request) -> web.Response:
        """One transfer with its history."""
        return web.json_response(await self._services.transfers.found(request.match_info["id"], principal_of(request)))

    async def begin(self, request: web.Request) -> web.Response:
        """Begin a transfer; ``Idempotency-Key`` makes a second try harmless."""
        key = idempotency_key(request)
        body = await Body.of(request)
        whose = [name for name in WHOSE if body.has(name)]
        if len(whose) != 1:
            raise Problem("bad_parameter", parameter="call", exactly_one_of=list(WHOSE))
        target, mode = body.word("target", ID), body.choice("mode", MODES, "")
        name = whose[0]
        given = {name: body.word(name, SEAT if name == "seat" else UID)}
        if name != "call":
            given["switchboard"] = body.word("switchboard", ID)
        given.update({name: body.word(name, alphabet, "") for name, alphabet in SAID.items()})
        body.done()
        view = self._services.transfers.begin(
            TransferRequest(target, mode, **given), key, audited(request), principal_of(request)
        )
        if key:
            await self._services.durability.kept()
        return web.json_response(view, status=202, headers={"Location": f"/v1/transfers/{view['id']}"})

    async def cancel(self, request: web.Request) -> web.Response:
        """End a transfer, or take the caller back out of a three-party call."""
        return await self._act(request, "cancel", "", await Body.of(request))

    async def accept(self, request: web.Request) -> web.Response:
        """The target accepts an offer; in a consultation it takes the matter."""
        return await self._act(request, "accept", "", await Body.of(request))

    async def decline(self, request: web.Request) -> web.Response:
        """The target declines an offer, with a word why; in a consultation the matter stays."""
        body = await Body.of(request)
        return await self._act(request, "decline", body.word("reason", WORD), body)

    async def release(self, request: web.Request) -> web.Response:
        """The transferring seat leaves a three-party call."""
        return await self._act(request, "release", "", await Body.of(request))

    async def resolve(self, request: web.Request) -> web.Response:
        """The parties of a consultation have agreed."""
        body = await Body.of(request)
        return await self._act(request, "resolve", body.choice("outcome", OUTCOMES), body)

    async def _act(self, request: web.Request, action: str, word: str, body: Body) -> web.Response:
        body.done()
        id_, who = request.match_info["id"], audited(request)
        view = await self._services.transfers.act(id_, action, word, who, principal_of(request))
        return web.json_response(view, status=202)
