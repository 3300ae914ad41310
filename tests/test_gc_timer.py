"""The collector by the clock: cycles go, and Python's own way comes back."""

from __future__ import annotations

import asyncio
import gc
import weakref

from gateway.gc_timer import Garbage


class Knot:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


async def let_go(held: list[Knot]) -> None:
    """Let go of a knot, and wait until it has been collected."""
    freed = asyncio.Event()
    watched = weakref.ref(held.pop(), lambda _: freed.set())
    await asyncio.wait_for(freed.wait(), 10)
    assert watched() is None


async def test_a_cycle_goes_by_the_clock() -> None:
    """Counting is off, and what nobody holds but itself goes all the same."""
    collector = Garbage()
    collector.start()
    try:
        assert not gc.isenabled()
        await let_go([Knot()])
    finally:
        collector.stop()


async def test_a_cycle_that_has_lived_long_goes_when_everything_is_looked_at() -> None:
    """A look at what is new would not find it any more."""
    collector = Garbage(full_s=0.0)
    collector.start()
    try:
        held = [Knot()]
        gc.collect()
        await let_go(held)
    finally:
        collector.stop()


async def test_python_collects_as_before_when_it_is_stopped() -> None:
    """Nothing stays frozen or switched off, also where it never began."""
    collector = Garbage()
    collector.start()
    assert gc.get_freeze_count() > 0
    collector.stop()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    Garbage().stop()
    assert gc.isenabled()
