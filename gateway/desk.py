"""Everything that may be asked of the gateway, behind one door: what the API calls, and what a later door would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.api.errors import Problem
from gateway.api.sources import ButtonWish, OneSeat, SeatWish, TransferWish, View
from gateway.asking import Asking
from gateway.callbacks import Callbacks, told
from gateway.core.terms import SeatId, SwitchboardId


class Desk:
    """``stored`` reads a transfer that the core may have forgotten."""

    def __init__(self, asking: Asking, tasks: Callbacks, stored: Callable[[str], Awaitable[View | None]]) -> None:
        self._asking, self.tasks, self._stored = asking, tasks, stored

    def transfer(self, wish: TransferWish, key: str, who: str, seat: OneSeat | None) -> View:
        """Begin a transfer."""
        return self._asking.transfer(wish, key, who, seat)

    async def seat(self, wish: SeatWish, who: str) -> View:
        """A seat's presence."""
        return await self._asking.seat(wish, who)

    def targets(self, switchboard: str, seat: str) -> list[View]:
        """What each press of a seat would do now."""
        return self._asking.targets(switchboard, seat)

    async def act(self, id_: str, action: str, word: str, who: str, seat: OneSeat | None) -> View:
        """Say something of a transfer; one that the core does not run has ended, or waits for its home after a restart."""
        view = self._asking.act(id_, action, word, who, seat)
        if view is not None:
            return view
        with told():
            view = await self._stored(id_)
        if view is None:
            raise Problem("not_found", id=id_)
        if view["state"] != "ended":
            self._asking.need_connected(view["home"])
        raise Problem("wrong_state", state=view["state"])

    async def dial(self, id_: str, switchboard: str, seat: str, who: str, home: str) -> View:
        """A seat takes a call-back task."""
        self._asking.need_connected(switchboard)
        return await self.tasks.dial(id_, SwitchboardId(switchboard), SeatId(seat), who, home)

    async def drop(self, id_: str, note: str, who: str, home: str) -> View:
        """Close a call-back task without a call."""
        return await self.tasks.drop(id_, note, who, home)

    def button(self, wish: ButtonWish, who: str) -> tuple[str, str]:
        """A token for an action URL."""
        return self._asking.button(wish, who)

    def press(self, token: str, who: str) -> View:
        """A desk phone has fetched its URL."""
        return self._asking.press(token, who)
