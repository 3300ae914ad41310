"""Transfers, as they may be asked for: looked at before it becomes an event, and answered with what came of it.

A turn of the core is synchronous: behind ``submit`` the world already shows what came of the event, and nothing can come
between the look and the turn. The core is right in the end; what is looked at here is what a person can be told.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import structlog

from gateway.core.machines.transfer import (
    Blonde,
    Cancelling,
    Consulting,
    Ended,
    Offered,
    ThreeParty,
    Transfer,
    state_name,
)
from gateway.core.messages.events import AnyEvent
from gateway.core.messages.records import TransferRow
from gateway.core.messages.requests import (
    ConsultationDecided,
    OfferAnswered,
    SeatReleased,
    TransferAsked,
    TransferTakenBack,
)
from gateway.core.model.call import Call
from gateway.core.model.conversation import calls_with
from gateway.core.model.world import World
from gateway.core.turn.transfer_commands import row
from gateway.core.values.case_details import URGENCIES, RoutingDetails
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.nearest import nearest
from gateway.problems import MESSAGES, Problem
from gateway.security import rights
from gateway.security.principal import Principal
from gateway.services.durability import Durability
from gateway.services.idempotency import IdempotencyKeys, digest
from gateway.services.known_seats import KnownSeats
from gateway.services.requests import TransferQuery, TransferRequest
from gateway.services.store_problems import store_errors_as_problems
from gateway.store import Store
from gateway.views.plain import View
from gateway.views.records import transfer_view

log = structlog.get_logger("asking")

SAID = ("matter", "urgency", "district", "language")
PRESSES_S = 60
"""The time over which the core counts a seat's presses."""


class Transfers:
    """Transfers of one gateway: those that the core runs, and those of the store. ``submit`` is the engine's; ``clock`` gives seconds
    since 1970; ``seats`` says what is a seat; ``keys`` are the answers that were given."""

    def __init__(
        self,
        world: World,
        store: Store,
        submit: Callable[[AnyEvent], None],
        clock: Callable[[], float],
        seats: KnownSeats,
        keys: IdempotencyKeys,
        durability: Durability,
    ) -> None:
        self._world, self._store, self._submit, self._clock = world, store, submit, clock
        self._seats, self._keys, self._durability = seats, keys, durability

    # --- one that begins --------------------------------------------------------------------------------------------------

    def begin(self, request: TransferRequest, key: str, who: str, principal: Principal) -> View:
        """Begin a transfer. Only what has begun is remembered under the key, which is the holder's own: an error may be tried again."""
        which = request.target, request.mode, request.call, request.seat, request.channel, request.switchboard
        asked = digest(*which, *(f"{word}={value}" for word in SAID if (value := getattr(request, word))))
        answer = self._keys.answer(key, asked, self._clock())
        if answer is None:
            answer = self.begin_now(request, who, principal)
            self._keys.keep(key, asked, answer, self._clock())
        return answer

    def begin_now(self, request: TransferRequest, who: str, principal: Principal) -> View:
        """Begin a transfer without a key: each one is another."""
        if request.switchboard:
            rights.acts_for(principal, request.switchboard, request.seat)
            self._seats.need_connected(request.switchboard)
        call = rights.visible(principal, self._call(request), "no_call")
        self._seats.need_connected(call.home)
        rights.need_in_call(self._world, call, principal)
        switchboard = SwitchboardId(request.switchboard) or call.home
        running = self._world.transfers.get(call.transfer) if call.transfer else None
        if running is not None and running.running:
            shown = {"transfer": running.id} if rights.sees(principal, running) else {}
            raise Problem("already_running", **shown)
        at = self._clock()
        press = self._press_id(switchboard, at)
        # The call that was found, however it was named: between the look and the turn there is no second look-up.
        event = TransferAsked(
            switchboard,
            at,
            press=press,
            target=TargetId(request.target),
            mode=request.mode,
            call=call.uid,
            said=self._said_of_matter(request),
            pressed_by=request.pressed_by or (PressedBy.CONSOLE if principal.seat else PressedBy.API),
        )
        log.info("asked", what="transfer", transfer=press, linkedid=call.uid, who=who)
        self._submit(event)
        transfer = self._world.transfers[press]
        if isinstance(transfer.state, Ended):
            raise _refusal(transfer.state.reason, press)
        return transfer_view(row(transfer))

    def _said_of_matter(self, request: TransferRequest) -> RoutingDetails:
        """Details of the matter that the request gives. Raises Problem for a word that the rules do not know, with the nearest that they do."""
        rules = self._world.rules
        for word, value, known in (
            ("matter", request.matter, rules.catalogue.matters),
            ("urgency", request.urgency, URGENCIES),
            ("district", request.district, rules.divisions or (request.district,)),
        ):
            if value and value not in known:
                raise Problem(f"unknown_{word}", **{word: value}, nearest=nearest(value, known, 3, 0.4))
        return RoutingDetails(request.matter, request.urgency, request.district, request.language)

    def _press_id(self, switchboard: SwitchboardId, at: float) -> PressId:
        """As the dialplan makes it: where, the microsecond, three digits."""
        while True:
            press = PressId(f"{switchboard}.{int(at * 1e6)}.{100 + secrets.randbelow(900)}")
            if press not in self._world.transfers:
                return press

    def _call(self, request: TransferRequest) -> Call | None:
        """The call that a request names: by itself, by a seat that talks in it, by a channel of the switchboard that is named with it."""
        if request.call:
            return self._world.calls.get(ChannelUid(request.call))
        board = self._world.board(SwitchboardId(request.switchboard))
        if request.channel:
            channel = ChannelUid(request.channel)
            return self._world.call_behind(board, channel) if channel in board.channels else None
        if not self._seats.known(request.switchboard, request.seat):
            return None
        return next(calls_with(self._world, board.id, SeatId(request.seat)), None)

    # --- reading --------------------------------------------------------------------------------------------------------

    async def listed(self, query: TransferQuery, principal: Principal) -> list[View]:
        """Transfers that the principal may see, newest first."""
        await self._durability.written()
        with store_errors_as_problems():
            rows = await self._store.transfers(
                query.limit,
                query.before,
                running=query.running,
                call=query.call,
                seat=query.seat,
                organisation=principal.switchboard or None,
            )
        return [transfer_view(one) for one in rows if rights.sees(principal, one)]

    async def found(self, id_: str, principal: Principal) -> View:
        """One transfer, as its holder may see it. Raises Problem."""
        return transfer_view(await self._row(id_, principal))

    async def _row(self, id_: str, principal: Principal) -> TransferRow:
        """A transfer that the holder sees. One that lives and is another's takes the way to the store as one that there is not: how long
        an answer takes tells nothing either."""
        live = self.running(id_)
        if live is not None and rights.sees(principal, live):
            return live
        await self._durability.written()
        with store_errors_as_problems():
            row = await self._store.transfer(id_)
        return rights.visible(principal, self.running(id_) or row, id=id_)

    def running(self, id_: str) -> TransferRow | None:
        """A transfer that the core knows."""
        transfer = self._world.transfers.get(PressId(id_))
        return row(transfer) if transfer is not None else None

    # --- what is said of one that runs ------------------------------------------------------------------------------------

    async def act(self, id_: str, action: str, word: str, who: str, principal: Principal) -> View:
        """Say something of a transfer; one that the core does not run has ended, or waits for its home after a restart."""
        row = await self._row(id_, principal)
        view = self.act_now(id_, action, word, who, principal)
        if view is not None:
            return view
        if row.state != "ended":
            self._seats.need_connected(row.home)
        raise Problem("wrong_state", state=row.state)

    def act_now(self, id_: str, action: str, word: str, who: str, principal: Principal) -> View | None:
        """Say something of a transfer that runs. None where the core does not know it (any more)."""
        transfer = self._world.transfers.get(PressId(id_))
        if transfer is None:
            return None
        rights.visible(principal, transfer, id=id_)
        rights.need_side(self._world, transfer, action, principal)
        self._allow(transfer, action)
        self._seats.need_connected(transfer.home)
        log.info("asked", what=action, transfer=transfer.id, linkedid=transfer.call, who=who)
        self._submit(self._said(transfer, action, word))
        return transfer_view(row(self._world.transfers.get(transfer.id, transfer)))

    def _said(self, transfer: Transfer, action: str, word: str) -> AnyEvent:
        home, at, press = transfer.home, self._clock(), transfer.id
        match action:
            case "cancel":
                return TransferTakenBack(home, at, press)
            case "accept":
                return OfferAnswered(home, at, press, accept=True)
            case "decline":
                return OfferAnswered(home, at, press, accept=False, reason=word)
            case "release":
                return SeatReleased(home, at, press)
            case "resolve":
                return ConsultationDecided(home, at, press, Outcome(word))
            case _:
                raise ValueError(f"no action {action!r}")

    def _allow(self, transfer: Transfer, action: str) -> None:
        """Raise Problem where the state does not answer this: what it would pass over is a conflict that the asker is told."""
        state = transfer.state
        match action:
            case "cancel":
                allowed = not isinstance(state, Cancelling | Ended)
            case "accept" | "decline":
                offered = isinstance(state, Offered) or (isinstance(state, Blonde) and state.offered)
                declined = isinstance(state, Offered | Blonde) and bool(state.declined)
                allowed = isinstance(state, Consulting) or (offered and not declined)
            case "release":
                there = bool(transfer.transferer_leg or transfer.transferer_channel) and not transfer.transferer_gone
                allowed = isinstance(state, ThreeParty | Consulting) and there
            case _:
                allowed = isinstance(state, Consulting)
        if not allowed:
            raise Problem("wrong_state", state=state_name(state))


def _refusal(reason: str, press: PressId) -> Problem:
    """The error that a press ended with before anything rang."""
    error_id = "already_running" if reason == "already_ringing" else reason if reason in MESSAGES else "refused"
    if error_id == "too_many_presses":
        return Problem(error_id, transfer=press, retry_after_s=PRESSES_S)
    return Problem(error_id, transfer=press, reason=reason)
