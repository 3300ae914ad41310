"""Deliveries to other platforms: what waits, what nobody took; and the client that posts them."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from gateway.api.parameters import LIMIT_MAX, Body, choice, number
from gateway.api.sources import Sources

SEND_S = 10.0
"""How long a platform may take to answer."""


class DeliveryRoutes:
    """``/v1/deliveries``."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [web.get("/v1/deliveries", self.deliveries), web.post("/v1/deliveries/{id}/resend", self.resend)]

    async def deliveries(self, request: web.Request) -> web.Response:
        """Dead letters, or what waits, oldest first."""
        state = choice(request, "state", ("dead", "waiting")) or "dead"
        limit = number(request, "limit", int, 50, 1, LIMIT_MAX)
        return web.json_response({"items": await self._sources.deliveries.listed(state, limit)})

    async def resend(self, request: web.Request) -> web.Response:
        """Try a dead letter again."""
        (await Body.of(request)).done()
        return web.json_response(await self._sources.deliveries.resend(request.match_info["id"]), status=202)


class Sender:
    """An HTTP client that answers with a status and never raises."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Post; the status, or 0 where there was no answer in time. No redirect is followed: it could lead anywhere."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SEND_S))
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return 0

    async def close(self) -> None:
        """Let go of its connections."""
        if self._session is not None:
            await self._session.close()
