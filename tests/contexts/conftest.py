"""Pauses between tries of the outbox are skipped, not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from simulators.toy import SkippingLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests of the outbox run on a loop whose time skips; the others are about real sockets and processes."""
    if item.path.name != "test_outbox.py":
        return {"real": asyncio.new_event_loop}
    return {"skipping": SkippingLoop}
