"""Transfers by press and by caller."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from gateway.core.machines.transfer import Transfer
from gateway.core.values.ids import ChannelUid, PressId


class Transfers(MutableMapping[PressId, Transfer]):
    """Transfers by press, and by caller: a caller hangs up every millisecond, and hardly ever one of a transfer."""

    def __init__(self) -> None:
        self._all: dict[PressId, Transfer] = {}
        self._of_caller: dict[ChannelUid, list[PressId]] = {}

    def of_caller(self, uid: ChannelUid) -> list[Transfer]:
        """A caller's transfers, in the order in which they were pressed."""
        return [self._all[press] for press in self._of_caller.get(uid, ())]

    def __getitem__(self, press: PressId) -> Transfer:
        return self._all[press]

    def __setitem__(self, press: PressId, transfer: Transfer) -> None:
        if press not in self._all:
            self._of_caller.setdefault(transfer.caller_uid, []).append(press)
        self._all[press] = transfer

    def __delitem__(self, press: PressId) -> None:
        uid = self._all.pop(press).caller_uid
        self._of_caller[uid].remove(press)
        if not self._of_caller[uid]:
            del self._of_caller[uid]

    def __iter__(self) -> Iterator[PressId]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
