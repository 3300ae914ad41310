"""Contexts in bulk: the search of ``/v1/contexts`` as a file for spreadsheets and for analysis."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.contexts import wish_of
from gateway.api.parameters import LIMITS
from gateway.api.queries import KINDS, ExportQuery, full, read_query
from gateway.problems import Problem
from gateway.services.requests import ContextQuery
from gateway.views.contexts import search_view

CHUNK_BYTES = 256 * 1024
"""Bytes of a file that are sent at once: within ``answer_s`` a line of 70 kbit/s takes it."""


class ExportRoutes:
    """``/v1/exports``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._sending = 0

    def routes(self) -> list[web.RouteDef]:
        """The addresses. A HEAD would make a file that nobody reads: there is none."""
        return [web.get("/v1/exports/contexts", self.contexts, allow_head=False)]

    async def contexts(self, request: web.Request) -> web.StreamResponse:
        """All contexts that fit, masked; ``full=true&purpose=…`` shows numbers and places and is audited: before it begins, and how many it
        are before one is sent."""
        query = read_query(request, ExportQuery)
        format_, wish, purpose = query.format, wish_of(request, query), full(request)
        principal = principal_of(request)
        if purpose and principal.seat:  # in bulk nobody asks whether this seat talks with each of them
            raise Problem("not_your_call", seat=principal.seat, needs="a_token_without_a_seat")

        async def begins() -> None:
            if purpose:
                given = search_view({**asdict(wish), "organisation": principal.switchboard})
                self._services.audit.write(audited(request), "contexts_exported_full", format_, purpose, **given)
                await self._services.audit.durable()

        limits = request.app[LIMITS]
        if self._sending >= limits.exports_sent_max:
            raise Problem("export_running", retry_after_s=math.ceil(limits.answer_s))
        self._sending += 1
        try:
            return await self._made(request, wish, format_, purpose, begins)
        finally:
            self._sending -= 1

    async def _made(
        self,
        request: web.Request,
        wish: ContextQuery,
        format_: str,
        purpose: str,
        begins: Callable[[], Awaitable[None]],
    ) -> web.StreamResponse:
        """The file, made and sent."""
        path, count = await self._services.exports.made(wish, format_, bool(purpose), principal_of(request), begins)
        with await asyncio.to_thread(_taken, path) as file:
            if purpose:
                self._services.audit.write(
                    audited(request), "contexts_export_made", format_, purpose, contexts=str(count)
                )
                await self._services.audit.durable()
            return await _sent(request, file, format_)


def _taken(path: Path) -> BinaryIO:
    """The open file, which has no name any more: nothing is left behind, whatever becomes of the reader."""
    file = path.open("rb")
    path.unlink()
    return file


async def _sent(request: web.Request, file: BinaryIO, format_: str) -> web.StreamResponse:
    """The file, piece by piece as the reader takes it."""
    name = f'attachment; filename="contexts.{format_}"'
    response = web.StreamResponse(headers={"Content-Type": KINDS[format_], "Content-Disposition": name})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            async with asyncio.timeout(request.app[LIMITS].answer_s):
                await response.write(chunk)
    except TimeoutError:  # the end of the connection says that the file is not whole
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response
