"""What every system test needs: a house that is left as it was found."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sys
import threading
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path

import pytest
import structlog

from gateway.config.settings import PushTarget
from gateway.observability import log
from simulators.platform import Platform
from simulators.story_rules import MODES_RULES, RULES
from simulators.toy import SkippingLoop

from .house import House, HouseApart


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], SkippingLoop]]:
    """Every test here runs on a loop whose time skips."""
    return {"skipping": SkippingLoop}


def _descriptors() -> set[str]:
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{fd}"))
    return {name for name in found if not name.startswith(("/dev/", "/proc/"))}


def _forget_loggers() -> None:
    """A logger that a test before has kept for ever (``cache_logger_on_first_use``) would write where that test wrote, and nothing here."""
    for name, module in list(sys.modules.items()):
        logger = getattr(module, "log", None) if name.startswith("gateway.") else None
        if logger is not None and "bind" in getattr(logger, "__dict__", {}):
            del logger.bind


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that has failed is not asked whether it left anything: it was interrupted."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = call.excinfo is not None
    return report


@contextlib.asynccontextmanager
async def lent(
    request: pytest.FixtureRequest, folder: Path, rules: str, kind: type[House] = House
) -> AsyncIterator[House]:
    """A house. Afterwards no channel, bridge, task, thread or descriptor is left of it, and its tape replays to the same decisions."""
    random.seed(12345)  # of the gateway's pauses; the house itself has no dice
    descriptors, tasks = _descriptors(), asyncio.all_tasks()
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: raised.append(context))
    house = kind(folder, rules)
    await house.pbx.start()
    handlers = logging.getLogger().handlers
    lines = (folder / "gateway.log").open("w", encoding="utf-8", buffering=1)
    log.configure(stream=lines)
    structlog.configure(cache_logger_on_first_use=False)
    _forget_loggers()
    try:
        yield house
        if not request.node.stash.get(FAILED, False):
            await house.must_be_sound()
            assert "\n".join(house.pbx.left()) == ""
            assert raised == []
    finally:
        await house.close()
        logging.getLogger().handlers = handlers
        structlog.reset_defaults()
        lines.close()
    await house.until(lambda: not (asyncio.all_tasks() - tasks - {asyncio.current_task()}), "tasks are left")
    await house.until(lambda: _descriptors() <= descriptors, lambda: f"left open: {_descriptors() - descriptors}")
    assert house.replay() == []
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("store")]
    assert names == []


@pytest.fixture
async def bare(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Two switchboards without a gateway, and the rules of the main job for one that may come."""
    async with lent(request, tmp_path, RULES) as house:
        yield house


@pytest.fixture
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """Two switchboards with a gateway attached; the rules of the main job."""
    async with lent(request, tmp_path, RULES) as house:
        await house.gateway_up()
        yield house


@pytest.fixture
async def modes(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """The same with a rule for each mode and acceptance."""
    async with lent(request, tmp_path, MODES_RULES) as house:
        await house.gateway_up()
        yield house


@pytest.fixture
async def apart(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """A gateway for each switchboard, attached to nothing else; the house speaks with 12345's."""
    async with lent(request, tmp_path, RULES, HouseApart) as house:
        await house.gateway_up()
        await house.gateway_beside()
        yield house


@pytest.fixture
def platform() -> Platform:
    """110's platform, which listens while there is a site."""
    return Platform()


@pytest.fixture
async def site(request: pytest.FixtureRequest, tmp_path: Path, platform: Platform) -> AsyncIterator[House]:
    """Two switchboards with a gateway whose database is on a disk of its own, and which pushes to 110's platform."""
    async with lent(request, tmp_path, RULES) as house:
        await platform.start()
        house.disk = tmp_path / "disk"
        house.push = (PushTarget(switchboard="110", url=platform.url, secret=platform.secret.encode()),)
        await house.gateway_up()
        yield house
        await platform.stop()
