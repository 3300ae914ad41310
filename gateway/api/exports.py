"""Contexts in bulk: the search of ``/v1/contexts`` as a file for spreadsheets and for analysis."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from gateway.api.access import audited, holder_of
from gateway.api.contexts import wish_of
from gateway.api.errors import Problem
from gateway.api.parameters import choice, full
from gateway.api.sources import Sources
from gateway.core.view import search_view

KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
CHUNK_BYTES = 256 * 1024


class ExportRoutes:
    """``/v1/exports``."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def routes(self) -> list[web.RouteDef]:
        """The addresses. A HEAD would make a file that nobody reads: there is none."""
        return [web.get("/v1/exports/contexts", self.contexts, allow_head=False)]

    async def contexts(self, request: web.Request) -> web.StreamResponse:
        """All contexts that fit, masked; ``full=true&purpose=…`` shows numbers and places and is audited: before it begins, and how many it
        are before one is sent."""
        format_ = choice(request, "format", KINDS) or "csv"
        wish, purpose = wish_of(request), full(request)
        holder = holder_of(request)
        if purpose and holder.seat:  # in bulk nobody asks whether this seat talks with each of them
            raise Problem("not_your_call", seat=holder.seat, needs="a_token_without_a_seat")

        async def begins() -> None:
            if purpose:
                given = search_view({**asdict(wish), "organisation": holder.switchboard})
                self._sources.audit(audited(request), "contexts_exported_full", format_, purpose, **given)
                await self._sources.audited()

        path, count = await self._sources.export(wish, format_, bool(purpose), holder, begins)
        with await asyncio.to_thread(_taken, path) as file:
            if purpose:
                self._sources.audit(audited(request), "contexts_export_made", format_, purpose, contexts=str(count))
                await self._sources.audited()
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
    while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
        await response.write(chunk)
    await response.write_eof()
    return response
