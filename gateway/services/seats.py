"""Seats, as they may be asked for: what each does, its presence, and what each press of it would do now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from gateway.core.messages.answers import CommandFailed, CommandSucceeded
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.requests import SeatAsked
from gateway.core.model.world import World
from gateway.core.queries.transfer_preview import preview_view, previews
from gateway.core.values.ids import SeatId, SwitchboardId
from gateway.problems import Problem
from gateway.security import rights
from gateway.security.principal import Principal
from gateway.services.known_seats import KnownSeats
from gateway.services.requests import SeatRequest
from gateway.views.plain import View
from gateway.views.switchboards import seat_view, seats_view

log = structlog.get_logger("asking")

QUEUE_ACTIONS = ("QueueAdd", "QueuePause", "QueueRemove")


class Seats:
    """Seats of one gateway. ``command`` submits an event and waits for the answers of the switchboard to what came of it; ``clock`` gives
    seconds since 1970; ``known`` says what is a seat."""

    def __init__(
        self,
        world: World,
        command: Callable[[AnyEvent], Awaitable[list[CommandSucceeded | CommandFailed]]],
        clock: Callable[[], float],
        known: KnownSeats,
    ) -> None:
        self._world, self._ask, self._clock, self._known = world, command, clock, known

    def now(self, principal: Principal) -> list[View]:
        """Every seat now: those of the principal's switchboard, or all for those who supervise."""
        seats = seats_view(self._world)
        return [seat for seat in seats if principal.may("supervise") or principal.sees([seat["switchboard"]])]

    async def ask(self, request: SeatRequest, who: str, principal: Principal) -> View:
        """A seat's presence. The switchboard is asked, and its refusal told; what comes of it is an event of the live feed."""
        rights.acts_for(principal, request.switchboard, request.seat)
        self._known.need_connected(request.switchboard)
        board = self._world.board(SwitchboardId(request.switchboard))
        seat = SeatId(request.seat)
        if request.action == "log_in":
            self._known.need(request.switchboard, request.seat)
        elif seat not in board.members:
            raise Problem("not_found", id=request.seat)
        log.info("asked", what=request.action, switchboard=board.id, seat=seat, reason=request.reason or None, who=who)
        answers = await self._ask(
            SeatAsked(
                board.id, self._clock(), seat=seat, action=request.action, queues=request.queues, reason=request.reason
            )
        )
        for answer in answers:
            if isinstance(answer, CommandFailed):
                raise _seat_refusal(answer.why)
        return seat_view(self._world, board.id, seat, self._clock())

    def targets(self, switchboard: str, seat: str, principal: Principal) -> list[View]:
        """The effect of each press of a seat now. Raises Problem for a switchboard that is not attached, and for what is no seat."""
        rights.acts_for(principal, switchboard, seat)
        self._known.need_switchboard(switchboard)
        self._known.need(switchboard, seat)
        found = previews(self._world, SwitchboardId(switchboard), SeatId(seat), self._clock())
        return [preview_view(prospect) for prospect in found]


def _seat_refusal(why: str) -> Problem:
    """The switchboard's own words, and for the refusal that every site meets what to do; without an answer, that."""
    action, _, said = why.partition(": ")
    if action not in QUEUE_ACTIONS:
        return Problem("no_answer", why=why)
    if action == "QueueRemove" and "dynamic" in said.lower():
        return Problem("static_member", why=said)
    return Problem("switchboard_refused", why=said)
