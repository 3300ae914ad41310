"""Call-back tasks: callers who hung up while a transfer was under way."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.bodies import DialBody, DropBody, read
from gateway.api.queries import CallbacksQuery, full, read_query


class CallbackRoutes:
    """``/v1/callbacks``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/callbacks", self.callbacks),
            web.post("/v1/callbacks/{id}/dial", self.dial),
            web.post("/v1/callbacks/{id}/drop", self.drop),
        ]

    async def callbacks(self, request: web.Request) -> web.Response:
        """Tasks, newest first, numbers masked; ``full=true&purpose=…`` shows them and is audited."""
        query, purpose = read_query(request, CallbacksQuery), full(request)
        items = await self._services.callbacks.listed(
            query.limit, query.before, query.state, principal_of(request), bool(purpose)
        )
        if purpose and items:
            shown = ",".join(item["id"] for item in items)
            self._services.audit.write(audited(request), "callbacks_read_full", shown, purpose)
            await self._services.audit.durable()
        return web.json_response({"items": items})

    async def dial(self, request: web.Request) -> web.Response:
        """A seat takes the task: its phone rings, then the caller's."""
        body = await read(request, DialBody)
        id_, who = request.match_info["id"], audited(request)
        view = await self._services.callbacks.dial(id_, body.switchboard, body.seat, who, principal_of(request))
        return web.json_response(view, status=202)

    async def drop(self, request: web.Request) -> web.Response:
        """Nobody will call back; the note says why."""
        body = await read(request, DropBody)
        view = await self._services.callbacks.drop(
            request.match_info["id"], body.note, audited(request), principal_of(request)
        )
        return web.json_response(view, status=202)
