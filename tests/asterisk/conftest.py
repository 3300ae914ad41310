"""One stage for the whole ring: two real Asterisk processes, a gateway, and phones."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from simulators.stage import AsteriskStage


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run folder of this test run; short, because a socket's path may have 107 bytes only."""
    before = os.environ.get("ONEKEY_RUN")
    folder = Path(f"/tmp/onekey-test-{os.getpid()}")
    os.environ["ONEKEY_RUN"] = str(folder)
    yield folder
    if before is None:
        del os.environ["ONEKEY_RUN"]
    else:
        os.environ["ONEKEY_RUN"] = before
    if folder.exists():
        folder.rmdir()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsteriskStage]:
    """The lab, its gateway, and what was needed to get them."""
    stage = AsteriskStage("tests", tmp_path_factory.mktemp("stage"))
    try:
        await stage.up()
        yield stage
    finally:
        await stage.down()
