"""The stage of the toy PBX (``simulators.play.Stage``): a whole gateway in this process, time that skips, and bridges that say who hears whom."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import aiohttp

from gateway.config.settings import PushTarget
from gateway.store import OnceRow
from simulators.phone import PhoneError
from simulators.platform import Platform
from simulators.play import LISTEN_S, SETTLE_S, Play, Prompts
from simulators.toy import Person

from .house import TOKEN, House, HouseApart

PROMPT_S = 1.0
"""A prompt, as an ear would have it."""


class ToyStage:
    """A house with people. Who plays on it waits for no deadline, and finds each as long as on real switchboards."""

    at_once_s = 0.1

    def __init__(self, house: House, platform: Platform | None = None) -> None:
        self.house = house
        self.phones: list[Person] = []
        self.platform = platform
        if platform is not None:
            house.disk = house.folder / "disk"
            house.push = (PushTarget(switchboard="110", url=platform.url, secret=platform.secret.encode()),)

    # --- time -----------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The loop's time, as in every diary here."""
        return asyncio.get_running_loop().time()

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass. It is skipped, not waited for."""
        await self.house.pass_s(span_s)

    async def eventually(self, look: Callable[[], Any], what: str, within_s: float = 8.0) -> Any:
        """What ``look`` comes to, once it is true. Raises PhoneError with ``what``."""
        try:
            return await self.house.until(look, what, within_s)
        except AssertionError as error:
            raise PhoneError(f"{error}: not within {within_s:g} s") from None

    # --- a play begins and ends -----------------------------------------------------------------------------------------

    def play(self, name: str) -> Play:
        """A performance here."""
        return Play(name, self)

    def deal(self, _: str) -> str:
        """All phones are alike, and nothing is left to chance."""
        return ""

    async def phone(self, side: str, number: str, kind: Any = "") -> Person:
        """Somebody with a phone; they are all of one kind."""
        person = self.house.pbx.person(side, number)
        self.phones.append(person)
        return person

    async def clear(self) -> None:
        """Everybody hangs up, and their phones leave."""
        phones, self.phones = self.phones, []
        for person in phones:
            await person.stop()

    async def empty(self) -> None:
        """Wait until nothing is left of any call. Raises PhoneError naming what is."""
        try:
            await self.house.empty()
        except AssertionError as error:
            raise PhoneError(str(error)) from None

    # --- the gateway ----------------------------------------------------------------------------------------------------

    @property
    def gateway_lives(self) -> bool:
        """Whether there is one, deaf or not."""
        return self.house.app is not None

    async def is_ready(self) -> bool:
        """Whether the gateway says that transfers work."""
        return (await self.ask("GET", "/readyz"))[0] == 200

    async def gateway_up(self) -> None:
        """Start the gateway; return when it is attached to both switchboards."""
        await self.house.gateway_up()

    async def gateway_down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop the gateway; SIGKILL for one that dies."""
        await (self.house.gateway_killed() if sign == signal.SIGKILL else self.house.gateway_down())

    def gateway_frozen(self) -> contextlib.AbstractContextManager[None]:
        """Within the block nothing comes to the gateway, and nothing is lost."""
        return self.house.deaf()

    @contextlib.asynccontextmanager
    async def apart(self) -> AsyncIterator[dict[str, ToyGateway]]:
        """Within the block each switchboard has a gateway of its own instead of the common one."""
        await self.house.gateway_down()
        folder = self.house.folder / "apart"
        folder.mkdir()
        two = HouseApart(folder, pbx=self.house.pbx)
        try:
            await two.gateway_up()
            await two.gateway_beside()
            yield {"12345": HomeGateway(two), "110": FarGateway(two)}
            await two.must_be_sound()
        finally:
            await two.gateways_end()
        assert two.replay() == []
        await self.house.gateway_up()

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of the API: status and decoded body, 0 where nobody answers."""
        return await asked(self.house, method, path, body, headers)

    async def get(self, path: str) -> Any:
        """A GET of the API. Raises PhoneError on anything but 200."""
        status, answer = await self.ask("GET", path)
        if status != 200:
            raise PhoneError(f"GET {path}: {status} {answer}")
        return answer

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """A POST of the API. Raises PhoneError on anything but 2xx."""
        status, answer = await self.ask("POST", path, body)
        if not 200 <= status < 300:
            raise PhoneError(f"POST {path}: {status} {answer}")
        return answer

    async def text(self, path: str) -> str:
        """A GET of the API that answers with text."""
        return await self.house.text(path)

    async def transfers(self) -> list[dict[str, Any]]:
        """All transfers, oldest first."""
        return await self.house.transfers()

    def log_lines(self) -> list[str]:
        """What the gateway has logged, from the first on."""
        return (self.house.folder / "gateway.log").read_text("utf-8").splitlines()

    def backlog_waits(self) -> int:
        """Records that wait on disk for a store that takes nothing; the first line says what the file is."""
        path = self.house.folder / "onekey.db.backlog"
        return path.read_bytes().count(b"\n") - 1 if path.is_file() else 0

    # --- switchboards and what happens to them ----------------------------------------------------------------------------

    async def trunk_legs(self, *sides: str) -> list[str]:
        """The trunk legs that live at these switchboards, at all where none is named."""
        return self.house.pbx.trunk_legs(sides or None)

    async def waiting(self, side: str) -> list[str]:
        """The numbers of the callers in a switchboard's queue, its head first."""
        return [place.channel.number for place in self.house.pbx.queues[side].waiting]

    async def restart(self, side: str, *, kill: bool = False) -> None:
        """Stop one switchboard, and start it again. Here none says goodbye."""
        assert kill
        await self.house.pbx.restart(side)

    @contextlib.asynccontextmanager
    async def drops(self, span_s: float, side: str = "12345") -> AsyncIterator[None]:
        """Within the block, whoever leaves a caller within so many seconds of joining him has not been with him."""
        plan = self.house.pbx.plans[side]
        before, plan.settings = plan.settings, dataclasses.replace(plan.settings, drop_s=span_s)
        try:
            yield
        finally:
            plan.settings = before

    @contextlib.asynccontextmanager
    async def broken(self, fault: str) -> AsyncIterator[str]:
        """Within the block something is wrong with a place where records go: a word of the alarm that must follow."""
        if fault == "far_platform_down":
            assert self.platform is not None
            await self.platform.stop()
            yield "110 平台收不到推送"
            await self.platform.start()
            return
        begin, word = FAULTS[fault]
        with begin(self.house), self.house.writes_fail():
            yield word

    # --- ears ------------------------------------------------------------------------------------------------------------

    async def heard_by(self, listener: Person, expected: Collection[Person], within_s: float) -> tuple[float, set[str]]:
        """Everybody in the listener's bridge and beyond, as soon as these are the expected ones for a listening time, and since when."""
        names = {person.number for person in expected}
        board, deadline = listener.board, self.now + within_s
        while await board.until(lambda: listener.hears() == names, deadline - self.now):
            since = self.now
            if not await board.until(lambda: listener.hears() != names, SETTLE_S + LISTEN_S):
                return since, names
        return self.now, listener.hears()

    def silence_ms(self, listener: Person, since: float, until: float) -> float | None:
        """There is no sound to be measured."""

    def prompts(self, listener: Person, since: float) -> Prompts:
        """The prompts that somebody was told since an instant."""
        words = tuple(listener.prompts(since))
        return Prompts(PROMPT_S * len(words), words)


async def asked(
    house: House, method: str, path: str, body: Any, headers: dict[str, str] | None, port: int = 0
) -> tuple[int, Any]:
    """One request of a gateway's API: status and decoded body, 0 where nobody answers."""
    if not port and house.app is None:
        return 0, None
    url = f"http://127.0.0.1:{port or house.app.api.port}{path}"  # type: ignore[union-attr]
    try:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
            session.request(method, url, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()
    except aiohttp.ClientConnectionError:
        return 0, None


class HomeGateway:
    """12345's of two (``simulators.play.Gateway``)."""

    side = "12345"

    def __init__(self, house: HouseApart) -> None:
        self.house = house

    async def up(self) -> None:
        """Start it; return when it is attached."""
        await self.house.gateway_up()

    async def down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL for one that dies."""
        await (self.house.gateway_killed() if sign == signal.SIGKILL else self.house.gateway_down())

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of its API."""
        return await asked(self.house, method, path, body, headers)


class FarGateway:
    """110's of two; no story stops it."""

    side = "110"

    def __init__(self, house: HouseApart) -> None:
        self.house = house

    async def up(self) -> None:
        """Start it."""
        await self.house.gateway_beside()

    async def down(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Stop it."""
        assert self.house.beside is not None
        await self.house.beside.stop()

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request of its API."""
        assert self.house.beside is not None
        return await asked(self.house, method, path, body, headers, self.house.beside.api.port)


ToyGateway = HomeGateway | FarGateway


# --- places where records go ----------------------------------------------------------------------------------------------


def connection(house: House) -> sqlite3.Connection:
    """The writer's connection to the database."""
    found: sqlite3.Connection = vars(vars(house.app.store)["_database"])["_connection"]  # type: ignore[union-attr]
    return found


@contextlib.contextmanager
def slow(house: House) -> Iterator[None]:
    """Another process holds the database's lock."""
    with contextlib.closing(sqlite3.connect(house.disk / "onekey.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        yield


@contextlib.contextmanager
def full(house: House) -> Iterator[None]:
    """The database cannot grow by a page, and the next record needs many."""
    (pages,) = connection(house).execute("pragma page_count").fetchone()
    connection(house).execute(f"pragma max_page_count={pages}")
    assert house.app is not None
    house.app.store.write(OnceRow("key:of a test", 1.0, 9e9, asked="x" * 100_000))
    yield
    connection(house).execute(f"pragma max_page_count={pages + 10_000}")


@contextlib.contextmanager
def read_only(house: House) -> Iterator[None]:
    """The database is read-only, and the place of the backlog takes no file."""
    backlog = house.folder / "onekey.db.backlog"
    backlog.mkdir()
    connection(house).execute("pragma query_only=1")
    yield
    connection(house).execute("pragma query_only=0")
    backlog.rmdir()


@contextlib.contextmanager
def gone(house: House) -> Iterator[None]:
    """The database's folder is taken away under the open file."""
    away: Path = house.folder / "away"
    house.disk.rename(away)
    yield
    away.rename(house.disk)


FAULTS: dict[str, tuple[Callable[[House], contextlib.AbstractContextManager[None]], str]] = {
    "store_slow": (slow, "database is locked"),
    "store_full": (full, "database or disk is full"),
    "store_read_only": (read_only, "积压文件也写不进"),
    "store_gone": (gone, "No such file"),
}
"""By the name of the story that plays it; with a word of the alarm that follows."""
