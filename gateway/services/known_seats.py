"""The seats that there are: decision 0022. A caller, a service and a trunk are endpoints of the same Asterisk, and never seats."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping

from gateway.core.model.world import World
from gateway.core.values.ids import SeatId, SwitchboardId, TargetId
from gateway.problems import Problem
from gateway.services import texts

REMEDY = texts.NAME_THE_SEAT


class KnownSeats:
    """Seats by what the switchboards' queues show, and by the patterns of the configuration (``1001``, ``10[0-4][0-9]``); without any of a
    switchboard, by what its queues have shown in the last days."""

    def __init__(self, world: World, patterns: Mapping[str, tuple[str, ...]]) -> None:
        self._world, self._patterns = world, patterns

    def known(self, switchboard: str, seat: str) -> bool:
        """True where this is a seat, and nothing that is rung as a target."""
        board, id_ = self._world.boards.get(SwitchboardId(switchboard)), SeatId(seat)
        if board is None or board.trunk_of(seat) or TargetId(seat) in self._world.rules.targets:
            return False
        if id_ in board.members:
            return True
        if patterns := self._patterns.get(switchboard):
            return any(fnmatch.fnmatchcase(seat, pattern) for pattern in patterns)
        return (board.id, id_) in self._world.seats

    def need(self, switchboard: str, seat: str) -> None:
        """Raises Problem for what is no seat."""
        if not self.known(switchboard, seat):
            raise Problem("unknown_seat", seat=seat, remedy=REMEDY)

    def need_switchboard(self, switchboard: str) -> None:
        """Raises Problem for a switchboard that is not attached."""
        if SwitchboardId(switchboard) not in self._world.boards:
            raise Problem("unknown_switchboard", switchboard=switchboard, known=sorted(self._world.boards))

    def need_connected(self, switchboard: str) -> None:
        """Raises Problem for a switchboard that is not attached, or not reached now."""
        self.need_switchboard(switchboard)
        if not self._world.boards[SwitchboardId(switchboard)].connected:
            raise Problem("not_connected", switchboard=switchboard)
