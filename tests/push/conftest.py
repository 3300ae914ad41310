"""Pauses between tries are skipped, not waited for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simulators.toy import SkippingLoop


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], SkippingLoop]]:
    """Every test here runs on a loop whose time skips."""
    return {"skipping": SkippingLoop}
