"""Deliveries to other platforms: what waits, what nobody took."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import RECEIVED, principal_of
from gateway.api.asked import Services
from gateway.api.bodies import Nothing, read
from gateway.api.queries import DeliveriesQuery, read_query


class DeliveryRoutes:
    """``/v1/deliveries``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/deliveries", self.deliveries),
            web.post("/v1/deliveries/{id}/resend", self.resend),
            web.post(RECEIVED, self.received),
        ]

    async def deliveries(self, request: web.Request) -> web.Response:
        """Dead letters, or what waits, oldest first."""
        query = read_query(request, DeliveriesQuery)
        items = await self._services.deliveries.listed(query.state, query.limit, principal_of(request))
        return web.json_response({"items": items})

    async def resend(self, request: web.Request) -> web.Response:
        """Try a dead letter again."""
        await read(request, Nothing)
        view = await self._services.deliveries.resend(request.match_info["id"], principal_of(request))
        return web.json_response(view, status=202)

    async def received(self, request: web.Request) -> web.Response:
        """Another platform pushes a record of one of its callers; its signature is its right."""
        id_ = await self._services.peers.take(request.headers, await request.read())
        return web.json_response({"id": id_}, status=202)
