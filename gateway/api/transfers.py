"""Transfers: begin one, read them, and say something of one that runs."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.bodies import DeclineBody, Nothing, ResolveBody, TransferBody, read
from gateway.api.parameters import idempotency_key
from gateway.api.queries import TransfersQuery, read_query
from gateway.services.requests import TransferQuery, TransferRequest


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
        query = read_query(request, TransfersQuery)
        running = None if query.state is None else query.state == "running"
        wanted = TransferQuery(query.limit, query.before, running, query.call, query.seat)
        items = await self._services.transfers.listed(wanted, principal_of(request))
        return web.json_response({"items": items})

    async def transfer(self, request: web.Request) -> web.Response:
        """One transfer with its history."""
        return web.json_response(await self._services.transfers.found(request.match_info["id"], principal_of(request)))

    async def begin(self, request: web.Request) -> web.Response:
        """Begin a transfer; ``Idempotency-Key`` makes a second try harmless."""
        key = idempotency_key(request)
        body = await read(request, TransferBody)
        view = self._services.transfers.begin(
            TransferRequest(**dict(body)), key, audited(request), principal_of(request)
        )
        if key:
            await self._services.durability.kept()
        return web.json_response(view, status=202, headers={"Location": f"/v1/transfers/{view['id']}"})

    async def cancel(self, request: web.Request) -> web.Response:
        """End a transfer, or take the caller back out of a three-party call."""
        await read(request, Nothing)
        return await self._act(request, "cancel")

    async def accept(self, request: web.Request) -> web.Response:
        """The target accepts an offer; in a consultation it takes the matter."""
        await read(request, Nothing)
        return await self._act(request, "accept")

    async def decline(self, request: web.Request) -> web.Response:
        """The target declines an offer, with a word why; in a consultation the matter stays."""
        body = await read(request, DeclineBody)
        return await self._act(request, "decline", body.reason)

    async def release(self, request: web.Request) -> web.Response:
        """The transferring seat leaves a three-party call."""
        await read(request, Nothing)
        return await self._act(request, "release")

    async def resolve(self, request: web.Request) -> web.Response:
        """The parties of a consultation have agreed."""
        body = await read(request, ResolveBody)
        return await self._act(request, "resolve", body.outcome)

    async def _act(self, request: web.Request, action: str, word: str = "") -> web.Response:
        id_, who = request.match_info["id"], audited(request)
        view = await self._services.transfers.act(id_, action, word, who, principal_of(request))
        return web.json_response(view, status=202)
