"""Seats and reports: what seats do, who is asked to be there, and what they have done."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited, principal_of
from gateway.api.asked import Services
from gateway.api.parameters import SEAT, Body, choice
from gateway.core.messages.requests import SEAT_ACTIONS
from gateway.core.values.pause_reasons import PAUSE_REASON, is_pause_reason
from gateway.problems import Problem
from gateway.services.requests import ReportQuery, SeatRequest

QUEUES_MAX = 50
REPORTS = ("seats", "queues", "transfers", "capacity", "forecast")
BY = ("seat", "group", "queue", "switchboard", "matter", "target", "mode", "outcome")
STEPS = ("5m", "15m", "30m", "1h", "day", "month")


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
        switchboard, seat = request.match_info["switchboard"], request.match_info["seat"]
        if not SEAT.fullmatch(seat):
            raise Problem("bad_parameter", parameter="seat", pattern=SEAT.pattern)
        return web.json_response({"items": self._services.seats.targets(switchboard, seat, principal_of(request))})

    async def act(self, request: web.Request) -> web.Response:
        """Pause, unpause, log in, log out, or end a wrap-up."""
        switchboard, seat = request.match_info["switchboard"], request.match_info["seat"]
        action = request.path.rpartition("/")[2]
        if not SEAT.fullmatch(seat):
            raise Problem("bad_parameter", parameter="seat", pattern=SEAT.pattern)
        body = await Body.of(request)
        queues = body.words("queues", SEAT, QUEUES_MAX) if action != "ready" else ()
        reason = body.word("reason", PAUSE_REASON, "") if action == "pause" else ""
        body.done()
        if reason and not is_pause_reason(reason):  # a character that hides
            raise Problem("bad_parameter", parameter="reason", pattern=PAUSE_REASON.pattern)
        if action == "log_in" and not queues:
            raise Problem("bad_parameter", parameter="queues", minimum=1)
        wish = SeatRequest(switchboard, seat, action, queues, reason)
        view = await self._services.seats.ask(wish, audited(request), principal_of(request))
        return web.json_response(view, status=202)

    async def report(self, request: web.Request) -> web.Response:
        """A report, counted by another process."""
        name = request.match_info["name"]
        if name not in REPORTS:
            raise Problem("not_found", id=name)
        format_ = choice(request, "format", ("json", "csv")) or "json"
        query = request.query
        by, step = choice(request, "by", BY), choice(request, "step", STEPS)
        whose = principal_of(request).switchboard
        wish = ReportQuery(
            name,
            query.get("since"),
            until=query.get("until"),
            by=by,
            step=step,
            zone=query.get("zone"),
            format=format_,
            organisation=whose,
        )
        text = await self._services.reports.text(wish)
        kind = "text/csv" if format_ == "csv" else "application/json"
        return web.Response(text=text, content_type=kind, charset="utf-8")
