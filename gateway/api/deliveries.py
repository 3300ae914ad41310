"""Deliveries to other platforms: what waits, what nobody took; and the client that posts them."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from aiohttp import web

from gateway.api.access import RECEIVED, holder_of
from gateway.api.parameters import LIMIT_MAX, Body, choice, number
from gateway.api.sources import Sources

ASK_S = 3.0
"""How long a platform may take to give a record: then it is asked again."""
ANSWER_BYTES_MAX = 256 * 1024
"""Of one record: its texts are bounded, and this is four times what they take."""
SEND_S = 10.0
"""How long a platform may take to answer."""


class DeliveryRoutes:
    """``/v1/deliveries``."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/deliveries", self.deliveries),
            web.post("/v1/deliveries/{id}/resend", self.resend),
            web.post(RECEIVED, self.received),
        ]

    async def deliveries(self, request: web.Request) -> web.Response:
        """Dead letters, or what waits, oldest first."""
        state = choice(request, "state", ("dead", "waiting")) or "dead"
        limit = number(request, "limit", int, 50, 1, LIMIT_MAX)
        return web.json_response({"items": await self._sources.deliveries.listed(state, limit, holder_of(request))})

    async def resend(self, request: web.Request) -> web.Response:
        """Try a dead letter again."""
        (await Body.of(request)).done()
        view = await self._sources.deliveries.resend(request.match_info["id"], holder_of(request))
        return web.json_response(view, status=202)

    async def received(self, request: web.Request) -> web.Response:
        """Another platform pushes a record of one of its callers; its signature is its right."""
        id_ = await self._sources.received(request.headers, await request.read())
        return web.json_response({"id": id_}, status=202)


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

    async def ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Another platform's answer: status (0: none in time), headers and body; one that is too large is none."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SEND_S))
        timeout = aiohttp.ClientTimeout(ASK_S)
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                read = await answer.content.read(ANSWER_BYTES_MAX + 1)
                while len(read) <= ANSWER_BYTES_MAX and (more := await answer.content.read(ANSWER_BYTES_MAX)):
                    read += more
                return (answer.status, answer.headers, read) if len(read) <= ANSWER_BYTES_MAX else (0, {}, b"")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return 0, {}, b""

    async def close(self) -> None:
        """Let go of its connections."""
        if self._session is not None:
            await self._session.close()
