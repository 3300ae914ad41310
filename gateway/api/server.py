"""The HTTP server: who may come in, and what is read; each route is in ``openapi.yaml``."""

from __future__ import annotations

import asyncio
import errno

from aiohttp import web

from gateway.api import texts
from gateway.api.access import Access, principal_of
from gateway.api.asked import Services
from gateway.api.buttons import ButtonRoutes
from gateway.api.callbacks import CallbackRoutes
from gateway.api.connections import Connection, Door, bodies, gate
from gateway.api.contexts import ContextRoutes
from gateway.api.deliveries import DeliveryRoutes
from gateway.api.denials import Denials
from gateway.api.errors import ApiError, errors
from gateway.api.exports import ExportRoutes
from gateway.api.feed import Feed
from gateway.api.parameters import LIMITS, SITE_ZONE
from gateway.api.rules import RulesRoutes
from gateway.api.seats import SeatRoutes
from gateway.api.transfers import TransferRoutes
from gateway.problems import Problem

READERS_AGAIN_S = 30
"""When to ask again for the live feed where it has its readers."""
STOP_S = 1.0
"""Longest time that answers that are under way may take when the server stops; a reader that is stuck is not waited for."""


async def _nameless(_request: web.Request, response: web.StreamResponse) -> None:
    """No answer tells which versions of what run here."""
    response.headers.popall("Server", None)


class ApiServer:
    """An HTTP server on ``host:port``; ``token`` opens everything under ``/v1``, an empty one nothing; others are the services'."""

    def __init__(self, host: str, port: int, token: str, services: Services, door: Door | None = None) -> None:
        self.host, self.port = host, port
        self.door = door if door is not None else Door()
        self._services = services
        self._access = Access(token, services.tokens.principal)
        self.denials = Denials(limits=self.door.limits)
        middlewares = [gate, errors, self.denials.middleware, self._access.middleware, bodies(self.door)]
        self.app = web.Application(middlewares=middlewares, client_max_size=self.door.limits.body_bytes_max)
        self.app[LIMITS] = self.door.limits
        self.app[SITE_ZONE] = services.zone
        self.app.on_response_prepare.append(_nameless)
        self.app.add_routes(
            [
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
                web.get("/metrics", self.metrics),
                web.get("/v1/calls", self.calls),
                web.get("/v1/switchboards", self.switchboards),
                web.get("/v1/events", self.events, allow_head=False),
                *SeatRoutes(services).routes(),
                *ContextRoutes(services).routes(),
                *ExportRoutes(services).routes(),
                *DeliveryRoutes(services).routes(),
                *TransferRoutes(services).routes(),
                *CallbackRoutes(services).routes(),
                *RulesRoutes(services).routes(),
                *ButtonRoutes(services, self._base, self.denials).routes(),
            ]
        )
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; port 0 takes a free one. Raises ApiError if the port is taken or the address is not this machine's."""
        runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=STOP_S)
        await runner.setup()
        server, loop = runner.server, asyncio.get_running_loop()
        assert server is not None
        try:
            self._listening = await loop.create_server(
                lambda: Connection(server, loop, self.door), self.host, self.port, reuse_address=True
            )
        except OSError as error:
            await runner.cleanup()
            taken = error.errno == errno.EADDRINUSE
            what = texts.APIS_PORT_IS_TAKEN if taken else texts.CANNOT_LISTEN(error=error)
            remedy = texts.STOP_THAT_PROGRAM_OR_MOVE
            raise ApiError(what, f"{self.host}:{self.port}", remedy) from None
        self._runner = runner
        self.port = self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening; live readers end."""
        self._services.feed.close()
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _base(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self._services.public_url or f"http://{host}:{self.port}"

    # --- health -------------------------------------------------------------------------------------------------------

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process runs."""
        return web.json_response({"status": "ok"})

    async def readyz(self, request: web.Request) -> web.Response:
        """Readiness for transfers; to a token that supervises, also why not and what to do: accounts, addresses and paths are in it."""
        ready, problems = self._services.readiness.now()
        shown = {"problems": problems} if await self._access.supervises(request) else {}
        return web.json_response({"ready": ready, **shown}, status=200 if ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text format; what is about a person, to a token that supervises."""
        text = self._services.metrics(await self._access.supervises(request))
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    # --- reading ------------------------------------------------------------------------------------------------------

    async def calls(self, request: web.Request) -> web.Response:
        """Live calls."""
        return web.json_response({"items": self._services.live.calls(principal_of(request))})

    async def switchboards(self, request: web.Request) -> web.Response:
        """Every switchboard now."""
        return web.json_response({"items": self._services.live.switchboards(principal_of(request))})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The live feed as server-sent events; ``Last-Event-ID`` resumes it. A reader that is too slow is cut off."""

        def cut_off() -> None:
            if request.transport is not None:
                request.transport.abort()

        last = request.headers.get("Last-Event-ID")
        if last is not None and not (last.isascii() and last.isdigit() and len(last) < 16):
            raise Problem("bad_parameter", parameter="Last-Event-ID")
        feed: Feed = self._services.feed
        principal = principal_of(request)
        if not feed.room(principal.name):
            limits = self.door.limits
            most = {"readers_max": limits.feed_readers_max, "per_token_max": limits.feed_readers_per_token_max}
            raise Problem("too_many_readers", **most, retry_after_s=READERS_AGAIN_S)
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)

        def sees(kind: str, organisations: frozenset[str] | None) -> bool:
            return principal.sees(organisations) or (kind == "seat" and principal.may("supervise"))

        reader = feed.join(
            int(last) if last is not None else None, cut_off, sees, principal.name, principal.switchboard
        )
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        try:
            await response.prepare(request)
            await response.write(b": onekey\n\n")
            while True:
                try:
                    async with asyncio.timeout(self._services.heartbeat_s):
                        frames = await reader.take()
                except TimeoutError:
                    frames = b": beat\n\n"
                if not frames:
                    break
                if loop.time() - checked_at >= self._services.heartbeat_s:
                    checked_at = loop.time()
                    await self._access.principal(request)  # a token that was revoked ends the reading, too
                await response.write(frames)
                if reader.queue.empty():
                    await asyncio.sleep(feed.pace_s)
        except Problem:
            cut_off()
        except (ConnectionError, RuntimeError):
            pass  # the client has gone
        finally:
            feed.leave(reader)
        return response
