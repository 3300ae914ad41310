"""Seats and reports: what seats do, who is asked to be there, and what they have done."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.bodies import Body, LogInBody, Nothing, PauseBody, QueuesBody, read
from gateway.api.errors import wants_english
from gateway.api.parameters import seat_of
from gateway.api.queries import ReportsQuery, read_query
from gateway.core.messages.requests import SEAT_ACTIONS
from gateway.problems import Problem
from gateway.services.requests import ReportQuery, SeatRequest

REPORTS = ("seats", "queues", "transfers", "capacity", "forecast")
BODIES: dict[str, type[Body]] = {
    "pause": PauseBody,
    "unpause": QueuesBody,
    "log_in": LogInBody,
    "log_out": QueuesBody,
    "ready": Nothing,
}


class SeatRoutes:
    """``/v1/seats`` and ``/v1/reports``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [
            web.get("/v1/seats", self.seats),
            web.get("/v1/seats/{switchboard}/{seat}/targets", self.targets),
            *(web.post(f"/v1/seats/{{switchboard}}/{{seat}}/{action}", self.act) for action in SEAT_ACTIONS),
            web.get("/v1/reports/{name}", self.report),
        ]

    async def seats(self, request: web.Request) -> web.Response:
        """Every seat now: those of one's own switchboard, or all for those who supervise."""
        items = self._services.seats.now(principal_of(request))
        return web.json_response({"items": items})

    async def targets(self, request: web.Request) -> web.Response:
        """The effect of each key of a seat now, and how busy its target is."""
        switchboard, seat = seat_of(request)
        return web.json_response({"items": self._services.seats.targets(switchboard, seat, principal_of(request))})

    async def act(self, request: web.Request) -> web.Response:
        """Pause, unpause, log in, log out, or end a wrap-up."""
        switchboard, seat = seat_of(request)
        action = request.path.rpartition("/")[2]
        body = await read(request, BODIES[action])
        wish = SeatRequest(switchboard, seat, action, **dict(body))
        view = await self._services.seats.ask(wish, audited(request), principal_of(request))
        return web.json_response(view, status=202)

    async def report(self, request: web.Request) -> web.Response:
        """A report, counted by another process."""
        name = request.match_info["name"]
        if name not in REPORTS:
            raise Problem("not_found", id=name)
        query, texts = read_query(request, ReportsQuery), request.query
        wish = ReportQuery(
            name=name,
            since=texts.get("since"),
            until=texts.get("until"),
            by=query.by,
            step=query.step,
            zone=texts.get("zone"),
            format=query.format,
            lang="en" if wants_english(request) else "zh",
            organisation=principal_of(request).switchboard,
        )
        text = await self._services.reports.text(wish)
        kind = "text/csv" if query.format == "csv" else "application/json"
        return web.Response(text=text, content_type=kind, charset="utf-8")
