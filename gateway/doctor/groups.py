"""Groups of seats: one that names a seat twice, or a seat that nobody knows."""

from __future__ import annotations

import fnmatch

from gateway.config.settings import Config
from gateway.doctor import texts
from gateway.doctor.findings import Finding


def groups(config: Config) -> list[Finding]:
    """Findings of the site's groups. A seat is known by its switchboard, and by the patterns of its seats where the site has written them."""
    boards = {board.id: board for board in config.switchboards}
    found = []
    for name, seats in config.groups.items():
        where = f"[groups] {name}"
        for seat in dict.fromkeys(seats):
            board_id, _, number = seat.partition("/")
            board = boards.get(board_id)
            if list(seats).count(seat) > 1:
                found.append(
                    Finding("warning", texts.SEAT_TWICE_IN_A_GROUP(seat=seat), where, texts.REMOVE_ONE_OF_THEM)
                )
            if board is None or not number:
                remedy = texts.SEATS_ARE_WRITTEN(boards=", ".join(boards))
                found.append(Finding("warning", texts.SEAT_OF_NO_SWITCHBOARD(seat=seat), where, remedy))
            elif board.seats and not any(fnmatch.fnmatchcase(number, pattern) for pattern in board.seats):
                found.append(Finding("warning", texts.SEAT_OF_NO_PATTERN(seat=seat), where, texts.CORRECT_THE_SEAT))
    return found
