"""The toy's tests run on its own loop, whose time skips; all others on the usual one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from simulators.toy import SkippingLoop, ToyPbx


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """By the name of the test's file."""
    if item.path.name.startswith("test_toy"):
        return {"skipping": SkippingLoop}
    return {"usual": asyncio.new_event_loop}


@pytest.fixture
async def pbx() -> AsyncIterator[ToyPbx]:
    """Two toy switchboards and nobody else. Afterwards nothing of a call is left, and no task."""
    tasks = asyncio.all_tasks()
    pbx = ToyPbx()
    await pbx.start()
    yield pbx
    await pbx.changes.until(lambda: not pbx.left(), 30.0)
    left = pbx.left()
    await pbx.stop()
    assert left == []
    while found := asyncio.all_tasks() - tasks - {asyncio.current_task()}:
        await asyncio.wait(found)
