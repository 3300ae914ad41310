"""What people and programs ask for over HTTP: looked at before it becomes an event, and answered with what came of it.

A turn of the core is synchronous: behind ``submit`` the world already shows what came of the event, and nothing can come
between the look and the turn. The core is right in the end; what is looked at here is what a person can be told.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

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
from gateway.core.messages.events import (
    AnyEvent,
    CommandFailed,
    CommandSucceeded,
    ConsultationDecided,
    OfferAnswered,
    SeatAsked,
    SeatReleased,
    TransferAsked,
    TransferTakenBack,
)
from gateway.core.messages.records import TransferRow
from gateway.core.model.call import Call
from gateway.core.model.conversation import calls_of, calls_with
from gateway.core.model.world import World
from gateway.core.queries.transfer_preview import preview_view, previews
from gateway.core.turn.transfers import row
from gateway.core.values.case_details import URGENCIES, RoutingDetails
from gateway.core.values.ids import ChannelUid, Outcome, PressId, SeatId, SwitchboardId, TargetId
from gateway.core.values.nearest import nearest
from gateway.problems import MESSAGES, Problem
from gateway.security import action_url, rights
from gateway.security.action_url import ActionToken
from gateway.security.principal import Principal
from gateway.services.idempotency import Once, digest
from gateway.services.known_seats import KnownSeats
from gateway.services.requests import ButtonRequest, SeatRequest, TransferRequest
from gateway.views.plain import View
from gateway.views.records import transfer_view
from gateway.views.switchboards import seat_view

log = structlog.get_logger("asking")

SAID = ("matter", "urgency", "district", "language")
PRESSES_S = 60
"""The time over which the core counts a seat's presses."""


class Asking:
    """Asks of one gateway. ``submit`` and ``ask`` are the engine's, ``ask`` waits for the commands' answers; ``clock`` gives
    seconds since 1970; ``key`` is the site's signing key; ``seats`` says what is a seat."""

    def __init__(
        self,
        world: World,
        submit: Callable[[AnyEvent], None],
        ask: Callable[[AnyEvent], Awaitable[list[CommandSucceeded | CommandFailed]]],
        once: Once,
        key: bytes,
        clock: Callable[[], float],
        seats: KnownSeats,
    ) -> None:
        self._world, self._submit, self._ask, self._seats = world, submit, ask, seats
        self._once, self._key, self._clock = once, key, clock

    # --- a transfer -----------------------------------------------------------------------------------------------------

    def transfer(self, wish: TransferRequest, key: str, who: str, principal: Principal) -> View:
        """Begin a transfer. Only what has begun is remembered under the key, which is the holder's own: an error may be tried again."""
        said = [f"{word}={value}" for word in SAID if (value := getattr(wish, word))]
        asked = digest(wish.target, wish.mode, wish.call, wish.seat, wish.channel, wish.switchboard, *said)
        answer = self._once.answer(key, asked, self._clock())
        if answer is None:
            answer = self._begin(wish, who, principal)
            self._once.keep(key, asked, answer, self._clock())
        return answer

    def _begin(self, wish: TransferRequest, who: str, principal: Principal) -> View:
        if wish.switchboard:
            rights.acts_for(principal, wish.switchboard, wish.seat)
            self.need_connected(wish.switchboard)
        call = rights.visible(principal, self._call(wish), "no_call")
        self.need_connected(call.home)
        rights.need_in_call(self._world, call, principal)
        switchboard = SwitchboardId(wish.switchboard) or call.home
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
            press,
            TargetId(wish.target),
            wish.mode,
            call.uid,
            said=self._said_of_matter(wish),
        )
        log.info("asked", what="transfer", transfer=press, linkedid=call.uid, who=who)
        self._submit(event)
        transfer = self._world.transfers[press]
        if isinstance(transfer.state, Ended):
            raise _refusal(transfer.state.reason, press)
        return transfer_view(row(transfer))

    def _said_of_matter(self, wish: TransferRequest) -> RoutingDetails:
        """What the wish says of the matter. Raises Problem for a word that the rules do not know, with the nearest that they do."""
        rules = self._world.rules
        for word, value, known in (
            ("matter", wish.matter, rules.catalogue.matters),
            ("urgency", wish.urgency, URGENCIES),
            ("district", wish.district, rules.divisions or (wish.district,)),
        ):
            if value and value not in known:
                raise Problem(f"unknown_{word}", **{word: value}, nearest=nearest(value, known, 3, 0.4))
        return RoutingDetails(wish.matter, wish.urgency, wish.district, wish.language)

    def _press_id(self, switchboard: SwitchboardId, at: float) -> PressId:
        """As the dialplan makes it: where, the microsecond, three digits."""
        while True:
            press = PressId(f"{switchboard}.{int(at * 1e6)}.{100 + secrets.randbelow(900)}")
            if press not in self._world.transfers:
                return press

    def _call(self, wish: TransferRequest) -> Call | None:
        """The call that a wish names: by itself, by a seat that talks in it, by a channel of the switchboard that is named with it."""
        if wish.call:
            return self._world.calls.get(ChannelUid(wish.call))
        board = self._world.board(SwitchboardId(wish.switchboard))
        if wish.channel:
            channel = ChannelUid(wish.channel)
            return self._world.call_behind(board, channel) if channel in board.channels else None
        if not self._seats.known(wish.switchboard, wish.seat):
            return None
        return next(calls_with(self._world, board.id, SeatId(wish.seat)), None)

    # --- a seat ---------------------------------------------------------------------------------------------------------

    async def seat(self, wish: SeatRequest, who: str, principal: Principal) -> View:
        """A seat's presence. The switchboard is asked, and its refusal told; what comes of it is an event of the live feed."""
        rights.acts_for(principal, wish.switchboard, wish.seat)
        self.need_connected(wish.switchboard)
        board = self._world.board(SwitchboardId(wish.switchboard))
        seat = SeatId(wish.seat)
        if wish.action == "log_in":
            self._seats.need(wish.switchboard, wish.seat)
        elif seat not in board.members:
            raise Problem("not_found", id=wish.seat)
        log.info("asked", what=wish.action, switchboard=board.id, seat=seat, reason=wish.reason or None, who=who)
        answers = await self._ask(SeatAsked(board.id, self._clock(), seat, wish.action, wish.queues, wish.reason))
        for answer in answers:
            if isinstance(answer, CommandFailed):
                raise _seat_refusal(answer.why)
        return seat_view(self._world, board.id, seat, self._clock())

    def targets(self, switchboard: str, seat: str, principal: Principal) -> list[View]:
        """What each press of a seat would do now. Raises Problem for a switchboard that is not attached, and for what is no seat."""
        rights.acts_for(principal, switchboard, seat)
        if SwitchboardId(switchboard) not in self._world.boards:
            raise Problem("unknown_switchboard", switchboard=switchboard, known=sorted(self._world.boards))
        self._seats.need(switchboard, seat)
        found = previews(self._world, SwitchboardId(switchboard), SeatId(seat), self._clock())
        return [preview_view(prospect) for prospect in found]

    def need_seat(self, switchboard: str, seat: str) -> None:
        """Raises Problem for what is no seat of this switchboard."""
        self._seats.need(switchboard, seat)

    def need_connected(self, switchboard: str) -> None:
        """Raises Problem for a switchboard that is not attached, or not reached now."""
        board = self._world.boards.get(SwitchboardId(switchboard))
        if board is None:
            raise Problem("unknown_switchboard", switchboard=switchboard, known=sorted(self._world.boards))
        if not board.connected:
            raise Problem("not_connected", switchboard=switchboard)

    # --- what is said of one that runs ------------------------------------------------------------------------------------

    def running(self, id_: str) -> TransferRow | None:
        """A transfer that the core knows."""
        transfer = self._world.transfers.get(PressId(id_))
        return row(transfer) if transfer is not None else None

    def act(self, id_: str, action: str, word: str, who: str, principal: Principal) -> View | None:
        """Say something of a transfer that runs. None where the core does not know it (any more)."""
        transfer = self._world.transfers.get(PressId(id_))
        if transfer is None:
            return None
        rights.visible(principal, transfer, id=id_)
        rights.need_side(self._world, transfer, action, principal)
        self._allow(transfer, action)
        self.need_connected(transfer.home)
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
        """Whether the state answers this: what it would pass over is a conflict that the asker is told."""
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

    # --- the buttons of desk phones -----------------------------------------------------------------------------------------

    def button(self, wish: ButtonRequest, who: str, principal: Principal) -> tuple[str, str]:
        """A token that may press one button once, or look as often as it likes, and the instant when it expires."""
        rights.acts_for(principal, wish.switchboard, wish.seat)
        if SwitchboardId(wish.switchboard) not in self._world.boards:
            raise Problem("unknown_switchboard", switchboard=wish.switchboard, known=sorted(self._world.boards))
        self._seats.need(wish.switchboard, wish.seat)
        if wish.target and TargetId(wish.target) not in self._world.rules.targets:
            raise Problem("unknown_target", target=wish.target, known=sorted(self._world.rules.targets))
        expires_at = int(self._clock()) + wish.ttl_s
        nonce = secrets.token_urlsafe(12)
        told = (wish.action, wish.switchboard, wish.seat, wish.target, wish.mode)
        token = ActionToken(*told, expires_at, nonce, principal.id)
        log.info("action_url_made", action=wish.action, switchboard=wish.switchboard, seat=wish.seat, who=who)
        expires = datetime.fromtimestamp(expires_at, UTC).isoformat(timespec="milliseconds")
        return action_url.mint(token, self._key), expires

    def read_button(self, token: str) -> ActionToken:
        """What a URL allows, if it is one of ours whose time is not over. Raises Problem."""
        wish = action_url.read(token, self._key)
        if wish is None:
            raise Problem("forged")
        if wish.expires_at <= self._clock():
            raise Problem("expired")
        return wish

    def press(self, wish: ActionToken, who: str, maker: Principal) -> View:
        """A phone has fetched its URL. What ``maker`` may still do counts, for this one seat. Used up before it acts: a phone that tries
        again presses once. Looking uses nothing up."""
        rights.acts_for(maker, wish.switchboard, wish.seat)
        seat = replace(maker, switchboard=wish.switchboard, seat=wish.seat)
        at = self._clock()
        if self._once.used(wish.nonce):
            raise Problem("used")
        if wish.action == "look":
            shown = self.targets(wish.switchboard, wish.seat, seat)
            lines = [line["text"] for line in shown if wish.target in ("", line["target"])]
            return {"action": wish.action, "target": wish.target, "lines": lines}
        self._once.take(wish.nonce, wish.expires_at, at)
        if wish.action == "transfer":
            asked = TransferRequest(wish.target, wish.mode, seat=wish.seat, switchboard=wish.switchboard)
            return {"action": wish.action, **self._begin(asked, who, seat)}
        transfer = self._running_of(seat, wish.action)
        view = self.act(transfer.id, wish.action, "declined" if wish.action == "decline" else "", who, seat)
        return {"action": wish.action, **(view or {})}

    def revoke(self, wish: ActionToken, who: str, principal: Principal) -> None:
        """A URL is worth nothing from now on. For whoever may make one for that seat."""
        rights.acts_for(principal, wish.switchboard, wish.seat)
        if not self._once.take(wish.nonce, wish.expires_at, self._clock()):
            raise Problem("used")
        log.info("action_url_revoked", action=wish.action, switchboard=wish.switchboard, seat=wish.seat, who=who)

    def _running_of(self, principal: Principal, action: str) -> Transfer:
        """The transfer that a seat's button means. Taking back is for the seat that pressed, answering for the other side."""
        self.need_connected(principal.switchboard)
        calls = list(calls_of(self._world, SwitchboardId(principal.switchboard), SeatId(principal.seat)))
        if not calls:
            raise Problem("no_call")
        found = [self._world.transfers.get(call.transfer) for call in calls if call.transfer]
        running = [transfer for transfer in found if transfer is not None and transfer.running]
        if not running:
            raise Problem("no_transfer")
        for transfer in running:
            if not rights.missing(self._world, transfer, action, principal):
                return transfer
        raise Problem("not_yours")


QUEUE_ACTIONS = ("QueueAdd", "QueuePause", "QueueRemove")


def _seat_refusal(why: str) -> Problem:
    """The switchboard's own words, and for the refusal that every site meets what to do; without an answer, that."""
    action, _, said = why.partition(": ")
    if action not in QUEUE_ACTIONS:
        return Problem("no_answer", why=why)
    if action == "QueueRemove" and "dynamic" in said.lower():
        return Problem("static_member", why=said)
    return Problem("switchboard_refused", why=said)


def _refusal(reason: str, press: PressId) -> Problem:
    """The error that a press ended with before anything rang."""
    error_id = "already_running" if reason == "already_ringing" else reason if reason in MESSAGES else "refused"
    if error_id == "too_many_presses":
        return Problem(error_id, transfer=press, retry_after_s=PRESSES_S)
    return Problem(error_id, transfer=press, reason=reason)
