"""Everything that may be asked of the gateway, behind one door: what the API calls, and what a later door would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.core.messages.records import TransferRow
from gateway.core.values.ids import SeatId, SwitchboardId
from gateway.problems import Problem
from gateway.security import rights
from gateway.security.action_url import ActionToken
from gateway.security.principal import Principal
from gateway.services.callbacks import Callbacks
from gateway.services.requests import ButtonRequest, SeatRequest, TransferRequest
from gateway.services.store_problems import store_errors_as_problems
from gateway.services.transfers import Asking
from gateway.views.plain import View
from gateway.views.records import transfer_view

Maker = Callable[[str], Awaitable[Principal | None]]
"""The holder of a token by its id, if that token is still good."""


class Desk:
    """``stored`` reads a transfer from the store; ``maker`` finds who has made a button."""

    def __init__(
        self,
        asking: Asking,
        tasks: Callbacks,
        stored: Callable[[str], Awaitable[TransferRow | None]],
        maker: Maker,
    ) -> None:
        self._asking, self.tasks, self._stored, self._maker = asking, tasks, stored, maker

    def transfer(self, wish: TransferRequest, key: str, who: str, principal: Principal) -> View:
        """Begin a transfer."""
        return self._asking.transfer(wish, key, who, principal)

    async def found(self, id_: str, principal: Principal) -> View:
        """One transfer, as its holder may see it. Raises Problem."""
        return transfer_view(await self._row(id_, principal))

    async def _row(self, id_: str, principal: Principal) -> TransferRow:
        """A transfer that the holder sees. One that lives and is another's takes the way to the store as one that there is not: how long
        an answer takes tells nothing either."""
        live = self._asking.running(id_)
        if live is not None and rights.sees(principal, live):
            return live
        with store_errors_as_problems():
            row = await self._stored(id_)
        return rights.visible(principal, self._asking.running(id_) or row, id=id_)

    async def seat(self, wish: SeatRequest, who: str, principal: Principal) -> View:
        """A seat's presence."""
        return await self._asking.seat(wish, who, principal)

    def targets(self, switchboard: str, seat: str, principal: Principal) -> list[View]:
        """What each press of a seat would do now."""
        return self._asking.targets(switchboard, seat, principal)

    async def act(self, id_: str, action: str, word: str, who: str, principal: Principal) -> View:
        """Say something of a transfer; one that the core does not run has ended, or waits for its home after a restart."""
        row = await self._row(id_, principal)
        view = self._asking.act(id_, action, word, who, principal)
        if view is not None:
            return view
        if row.state != "ended":
            self._asking.need_connected(row.home)
        raise Problem("wrong_state", state=row.state)

    async def dial(self, id_: str, switchboard: str, seat: str, who: str, principal: Principal) -> View:
        """A seat takes a call-back task."""
        rights.acts_for(principal, switchboard, seat)
        self._asking.need_connected(switchboard)
        self._asking.need_seat(switchboard, seat)
        return await self.tasks.dial(id_, SwitchboardId(switchboard), SeatId(seat), who, principal)

    async def drop(self, id_: str, note: str, who: str, principal: Principal) -> View:
        """Close a call-back task without a call."""
        return await self.tasks.drop(id_, note, who, principal)

    def button(self, wish: ButtonRequest, who: str, principal: Principal) -> tuple[str, str]:
        """A token for an action URL."""
        return self._asking.button(wish, who, principal)

    async def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL: it is worth what the token that made it is worth now."""
        wish = self._asking.read_button(token)
        return self._asking.press(wish, who, await self._made_by(wish))

    async def revoke(self, token: str, who: str, principal: Principal) -> None:
        """An action URL is worth nothing from now on."""
        self._asking.revoke(self._asking.read_button(token), who, principal)

    async def _made_by(self, wish: ActionToken) -> Principal:
        maker = await self._maker(wish.maker)
        if maker is None or not maker.may("transfer"):
            raise Problem("revoked")
        return maker
