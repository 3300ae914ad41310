"""Call contexts: read, edited, found and traced."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from aiohttp import web

from gateway.api import texts
from gateway.api.access import audited, principal_of
from gateway.api.alphabets import ID
from gateway.api.asked import Services
from gateway.api.checked import check_count, check_names
from gateway.api.parameters import LIMITS, SITE_ZONE, fields_of, idempotency_key
from gateway.api.queries import (
    ContextConditions,
    ContextReading,
    ContextsQuery,
    EditQuery,
    ImportQuery,
    full,
    read_query,
)
from gateway.contexts.case_models import ContextPatch, NewCase
from gateway.contexts.field_rules import Unfits, problem_of
from gateway.contexts.formats.eido import MEDIA_TYPE, to_eido
from gateway.contexts.formats.eido_reading import NotEido
from gateway.contexts.formats.work_order import NO_FORM, Form, NotAnOrder, work_order
from gateway.contexts.imports import ImportedCase, of_eido, of_json, of_work_order
from gateway.core.values.numbers import TAIL_SHOWN_MAX
from gateway.problems import Problem
from gateway.services.requests import ContextQuery
from gateway.views.plain import View

_TAG = re.compile(r'"(\d{1,9})(?:-full)?"')
TAIL_RULE = texts.MORE_DIGITS_NEED_A_FULL_READING


def tag_of(view: View, format_: str = "json", form: Form = NO_FORM) -> str:
    """The ETag of a context: its version. A full reading and another format are other representations, and so is a work order by
    another form: that is loaded when it is saved."""
    other = "" if format_ == "json" else f"-{format_}"
    if format_ == "work_order":
        other += f"-{form.digest}"
    return f'"{view["version"]}{"-full" if view["full"] else ""}{other}"'


def wish_of(request: web.Request, query: ContextConditions) -> ContextQuery:
    """Contexts that a search or an export asks for. Raises Problem."""
    given = {name: getattr(query, name) for name in ContextConditions.model_fields}
    if len(query.tail) > TAIL_SHOWN_MAX and not full(request):
        raise Problem("bad_parameter", parameter="tail", digits_max=TAIL_SHOWN_MAX, rule=TAIL_RULE)
    return ContextQuery(**given)


class ContextRoutes:
    """``/v1/contexts``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/contexts", self.contexts),
            web.post("/v1/contexts", self.bring_in),
            web.get("/v1/contexts/{id}", self.context),
            web.patch("/v1/contexts/{id}", self.edit),
            web.get("/v1/contexts/{id}/history", self.history),
            web.get("/v1/contexts/{id}/trace", self.trace),
        ]

    async def contexts(self, request: web.Request) -> web.Response:
        """Contexts that fit, the newest first; ``next`` is the cursor of the next page."""
        query = read_query(request, ContextsQuery)
        wish, purpose = wish_of(request, query), full(request)
        items, following = await self._services.contexts.search(
            wish, query.limit, query.cursor, bool(purpose), principal_of(request)
        )
        if purpose and items:
            await self._audit(request, "contexts_read_full", ",".join(item["id"] for item in items), purpose)
        return web.json_response({"items": items, "next": following or None})

    async def context(self, request: web.Request) -> web.Response:
        """A call context, the number masked; ``full=true&purpose=…`` shows it and is audited. ``format`` says how it is written.

        ``leg`` is the uid here of the leg that brought the id: whoever got the call learns whether the id is that caller's."""
        purpose, query = full(request), read_query(request, ContextReading)
        format_ = query.format
        if query.leg:
            self._services.contexts.check_leg(request.match_info["id"], query.leg, principal_of(request))
        view = await self._services.contexts.get(request.match_info["id"], bool(purpose), principal_of(request))
        if view is None:
            raise Problem("not_found", id=request.match_info["id"])
        if purpose:
            await self._audit(request, "context_read_full", view["id"], purpose)
        form = self._services.form.now
        headers = {"ETag": tag_of(view, format_, form), "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        if format_ == "eido":
            return web.json_response(to_eido(view), headers=headers, content_type=MEDIA_TYPE)
        if format_ == "work_order":
            view, misfits = work_order(view, form)
            if misfits:  # ASCII, as a header must be
                headers["Onekey-Misfits"] = json.dumps([misfit.view() for misfit in misfits])
        return web.json_response(view, headers=headers)

    async def edit(self, request: web.Request) -> web.Response:
        """A JSON merge patch of what the caller said, for whoever has seen the newest version."""
        given = request.headers.get("If-Match")
        if given is None:
            raise Problem("no_if_match")
        match = _TAG.fullmatch(given.strip())
        if match is None:
            raise Problem("bad_parameter", parameter="If-Match", pattern=_TAG.pattern)
        patch = await fields_of(request)
        told = await self._told(request, patch, read_query(request, EditQuery).format)
        if told is not None:
            return await self._merge(request, int(match[1]), told)
        if not patch:
            raise Problem("bad_parameter", parameter="body", allowed=list(ContextPatch.model_fields))
        check_names(patch, ContextPatch.model_fields, request.app[LIMITS])
        id_, principal = request.match_info["id"], principal_of(request)
        view = await self._services.contexts.edit(id_, int(match[1]), patch, principal)
        self._services.audit.write(audited(request), "context_edited", f"{id_} {','.join(sorted(patch))}", "")
        if "owner" in patch:
            self._services.audit.write(audited(request), "context_handed_over", f"{id_} {patch['owner']}", "")
        return web.json_response(view, headers={"ETag": tag_of(view)})

    async def _merge(self, request: web.Request, version: int, told: ImportedCase) -> web.Response:
        """An edit in the words of another platform: what of it is not taken stands beside the context."""
        id_ = request.match_info["id"]
        view, left = await self._services.contexts.merge(id_, version, told, principal_of(request))
        self._services.audit.write(audited(request), "context_edited", f"{id_} {','.join(sorted(told.details))}", "")
        return web.json_response({"context": view, "left": left}, headers={"ETag": tag_of(view)})

    async def bring_in(self, request: web.Request) -> web.Response:
        """A context that another platform tells of: an EIDO by its media type, a work order, or our own words. ``Idempotency-Key``
        makes a second try harmless."""
        query = read_query(request, ImportQuery)
        home = query.switchboard or principal_of(request).switchboard
        if not home:
            raise Problem("bad_parameter", parameter="switchboard", pattern=ID.pattern)
        fields = await fields_of(request)
        told = await self._told(request, fields, query.format)
        if told is None:
            check_count(fields, NewCase.model_fields, request.app[LIMITS])
            try:
                told = of_json(fields, request.app[SITE_ZONE])
            except Unfits as unfits:
                raise problem_of(unfits, request.app[LIMITS])
        if not (told.details or told.caller_number):
            raise Problem("nothing_told", left=list(told.left))
        view, new = await self._services.contexts.bring_in(told, home, principal_of(request), idempotency_key(request))
        if new:
            about = f"{view['id']} {','.join(sorted(told.details))}"
            self._services.audit.write(audited(request), "context_brought_in", about, "")
        headers = {"ETag": tag_of(view), "Location": f"/v1/contexts/{view['id']}"}
        return web.json_response({"context": view, "left": list(told.left)}, status=201, headers=headers)

    async def _told(self, request: web.Request, fields: dict[str, Any], format_: str) -> ImportedCase | None:
        """Case that a body in the words of another platform tells; None for one in ours. Checking an EIDO of 64 KB takes a tenth of a
        second: a thread does it, calls go on (law 5)."""
        try:
            if request.content_type == MEDIA_TYPE:
                return await asyncio.to_thread(of_eido, fields)
            return of_work_order(fields, self._services.form.now) if format_ == "work_order" else None
        except (NotEido, NotAnOrder) as error:
            raise Problem("bad_parameter", parameter=error.where, rule=error.rule)

    async def history(self, request: web.Request) -> web.Response:
        """Changes with author and instant, oldest first."""
        purpose = full(request)
        items = await self._services.contexts.history(request.match_info["id"], bool(purpose), principal_of(request))
        if not items:
            raise Problem("not_found", id=request.match_info["id"])
        if purpose:
            await self._audit(request, "context_history_read_full", request.match_info["id"], purpose)
        return web.json_response({"items": items})

    async def trace(self, request: web.Request) -> web.Response:
        """One matter over all calls and transfers."""
        view = await self._services.contexts.trace(request.match_info["id"], principal_of(request))
        if view is None:
            raise Problem("not_found", id=request.match_info["id"])
        return web.json_response(view)

    async def _audit(self, request: web.Request, what: str, about: str, purpose: str) -> None:
        """A full reading is durable in the audit log before it is shown."""
        self._services.audit.write(audited(request), what, about, purpose)
        await self._services.audit.durable()
