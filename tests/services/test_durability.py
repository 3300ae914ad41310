"""The ways to wait until what was decided is in the store."""

from __future__ import annotations

import pytest

from gateway.problems import Problem
from gateway.services.durability import Durability
from gateway.store import Store, StoreError


class Disk:
    """A store that notes when it is asked to flush; ``down``: it takes nothing."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down
        self.steps: list[str] = []

    async def flush(self) -> None:
        self.steps.append("flush")
        if self.down:
            raise StoreError("写不进 / takes nothing", "disk", "…")


def durability(disk: Disk) -> Durability:
    """The way to this disk."""
    store: Store = disk  # type: ignore[assignment]
    return Durability(lambda: disk.steps.append("write down"), store)


@pytest.mark.parametrize("wait", ["stored", "written", "kept", "durable"])
async def test_what_was_decided_goes_first(wait: str) -> None:
    """Each way hands over what the last turns decided, and waits then."""
    disk = Disk()
    await getattr(durability(disk), wait)()
    assert disk.steps == ["write down", "flush"]


async def test_a_store_that_takes_nothing() -> None:
    """Who must know is told, as an error of the store or of the answer; who can go on goes on."""
    way = durability(Disk(down=True))
    with pytest.raises(StoreError):
        await way.stored()
    with pytest.raises(Problem, match="store_down"):
        await way.durable()
    await way.written()
    await way.kept()
