"""Buttons of desk phones: a signed URL presses once, or looks as often as it likes, for one seat and for a time."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from gateway.core.machines.transfer import (
    Transfer,
)
from gateway.core.model.conversation import calls_of
from gateway.core.model.world import World
from gateway.core.values.ids import PressedBy, SeatId, SwitchboardId, TargetId
from gateway.core.values.instants import iso
from gateway.problems import Problem
from gateway.security import action_url, rights
from gateway.security.action_url import ActionToken
from gateway.security.principal import Principal
from gateway.services.idempotency import Nonces
from gateway.services.known_seats import KnownSeats
from gateway.services.requests import ButtonRequest, TransferRequest
from gateway.services.seats import Seats
from gateway.services.transfers import Transfers
from gateway.views.plain import View

log = structlog.get_logger("asking")

Maker = Callable[[str], Awaitable[Principal | None]]
"""The principal of a token by its id, if that token is still good."""


class ActionUrls:
    """Action URLs of one gateway. ``key`` is the site's signing key; ``maker`` finds who has made a button; ``known`` says what is a seat."""

    def __init__(
        self,
        world: World,
        transfers: Transfers,
        seats: Seats,
        known: KnownSeats,
        nonces: Nonces,
        key: bytes,
        maker: Maker,
        clock: Callable[[], float],
    ) -> None:
        self._world, self._transfers, self._seats, self._known = world, transfers, seats, known
        self._nonces, self._key, self._maker, self._clock = nonces, key, maker, clock

    def make(self, request: ButtonRequest, who: str, principal: Principal) -> tuple[str, str]:
        """A token that may press one button once, or look as often as it likes, and the instant when it expires."""
        rights.acts_for(principal, request.switchboard, request.seat)
        self._known.need_switchboard(request.switchboard)
        self._known.need(request.switchboard, request.seat)
        if request.target and TargetId(request.target) not in self._world.rules.targets:
            raise Problem("unknown_target", target=request.target, known=sorted(self._world.rules.targets))
        expires_at = int(self._clock()) + request.ttl_s
        nonce = secrets.token_urlsafe(12)
        token = ActionToken(
            action=request.action,
            switchboard=request.switchboard,
            seat=request.seat,
            target=request.target,
            mode=request.mode,
            expires_at=expires_at,
            nonce=nonce,
            maker=principal.id,
        )
        log.info("action_url_made", action=request.action, switchboard=request.switchboard, seat=request.seat, who=who)
        return action_url.mint(token, self._key), iso(expires_at)

    async def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL: it is worth what the token that made it is worth now."""
        wish = self._read(token)
        return self._press(wish, who, await self._made_by(wish))

    async def revoke(self, token: str, who: str, principal: Principal) -> None:
        """An action URL is worth nothing from now on."""
        self._revoke(self._read(token), who, principal)

    def _read(self, token: str) -> ActionToken:
        """Action that a URL allows, if it is one of ours whose time is not over. Raises Problem."""
        wish = action_url.read(token, self._key)
        if wish is None:
            raise Problem("forged")
        if wish.expires_at <= self._clock():
            raise Problem("expired")
        return wish

    def _press(self, wish: ActionToken, who: str, maker: Principal) -> View:
        """A phone has fetched its URL. What ``maker`` may still do counts, for this one seat. Used up before it acts: a phone that tries
        again presses once. Looking uses nothing up."""
        rights.acts_for(maker, wish.switchboard, wish.seat)
        seat = replace(maker, switchboard=wish.switchboard, seat=wish.seat)
        at = self._clock()
        if self._nonces.used(wish.nonce):
            raise Problem("used")
        if wish.action == "look":
            shown = self._seats.targets(wish.switchboard, wish.seat, seat)
            lines = [line["text"] for line in shown if wish.target in ("", line["target"])]
            return {"action": wish.action, "target": wish.target, "lines": lines}
        self._nonces.take(wish.nonce, wish.expires_at, at)
        if wish.action == "transfer":
            asked = TransferRequest(
                target=wish.target,
                mode=wish.mode,
                seat=wish.seat,
                switchboard=wish.switchboard,
                pressed_by=PressedBy.BUTTON,
            )
            return {"action": wish.action, **self._transfers.begin_now(asked, who, seat)}
        transfer = self._running_of(seat, wish.action)
        view = self._transfers.act_now(
            transfer.id, wish.action, "declined" if wish.action == "decline" else "", who, seat
        )
        return {"action": wish.action, **(view or {})}

    def _revoke(self, wish: ActionToken, who: str, principal: Principal) -> None:
        """A URL is worth nothing from now on. For whoever may make one for that seat."""
        rights.acts_for(principal, wish.switchboard, wish.seat)
        if not self._nonces.take(wish.nonce, wish.expires_at, self._clock()):
            raise Problem("used")
        log.info("action_url_revoked", action=wish.action, switchboard=wish.switchboard, seat=wish.seat, who=who)

    def _running_of(self, principal: Principal, action: str) -> Transfer:
        """The transfer that a seat's button means. Taking back is for the seat that pressed, answering for the other side."""
        self._known.need_connected(principal.switchboard)
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

    async def _made_by(self, wish: ActionToken) -> Principal:
        maker = await self._maker(wish.maker)
        if maker is None or not maker.may("transfer"):
            raise Problem("revoked")
        return maker
