"""A whole gateway on a toy PBX: real sockets on loopback, one process, and time that skips while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import App
from gateway.config.settings import Config, PeerConfig, PushTarget, SwitchboardConfig
from gateway.core.switchboard import Switchboards
from gateway.core.values.ids import SwitchboardId
from gateway.observability.replay import Start, compare
from gateway.rules import file as rules_file
from gateway.security.tokens import mint
from simulators.story_rules import RING_S, RULES
from simulators.toy import Person, SkippingLoop, ToyPbx
from simulators.toy.ami import SECRET
from simulators.toy.switchboard import CITIZEN

CITIZENS = re.compile(r"1[0-9]{10}")
"""Telephone numbers of callers; seats have four digits."""
TOKEN = "a-token-of-the-tests"
WITHIN_S = 60.0
"""The longest that anything is waited for, in skipped time: longer than every deadline of gateway and dialplan."""


class House:
    """The toy PBX, and a gateway that can be killed and started again on the same store."""

    def __init__(self, folder: Path, rules: str = RULES, pbx: ToyPbx | None = None) -> None:
        self.folder = folder
        self.pbx = pbx or ToyPbx()
        self.app: App | None = None
        self.beside: App | None = None
        self.rules_poll_s = 0.0
        """Set before a gateway starts: then it looks at its rules file."""
        self.drift_check_s = 5.0
        """In skipped time: every story is looked at while it is played."""
        self.drift_expected = 0
        """Of a story in which events are lost: how many seats the checks find."""
        self.disk = folder
        """Where the database is; set before a gateway starts. The backlog is in ``folder``."""
        self.push: tuple[PushTarget, ...] = ()
        """Platforms that get contexts pushed; set before a gateway starts."""
        self._session: aiohttp.ClientSession | None = None
        (folder / "rules.yaml").write_text(rules.replace("RING_S", str(RING_S)), encoding="utf-8")

    # --- the gateway ----------------------------------------------------------------------------------------------------

    def config(self) -> Config:
        """As a site has it, on free ports."""
        boards = tuple(
            SwitchboardConfig(
                id=id_,
                host="127.0.0.1",
                port=board.ami.number,
                username="onekey",
                secret=SECRET,
                queues=(id_,),
                seats=("[12]0[0-9][0-9]",),
            )
            for id_, board in self.pbx.boards.items()
        )
        return Config(
            switchboards=boards, run_dir=self.folder, rules=self.folder / "rules.yaml", store=self.disk / "onekey.db", signing_key=b"k" * 32, api_port=0, api_public_url="http://127.0.0.1:8012", call_info=True,
            api_token=TOKEN, tape=self.folder / "tape.jsonl", rules_poll_s=self.rules_poll_s, drift_check_s=self.drift_check_s,
            push=self.push,
            forecast_s=0.0,  # a process of its own would have to be waited for in real time
        )  # fmt: skip

    async def gateway_up(self, *, attached: bool = True) -> None:
        """Start a gateway; return when it is attached to every switchboard."""
        app = self.app = App(self.config())
        loop = asyncio.get_running_loop()
        if isinstance(loop, SkippingLoop):
            loop.busy[:] = [
                lambda: app.store.health().backlog > 0,
                lambda: vars(app.store)["asked"] > 0,
                lambda: any(one is not None and one.sender.under_way > 0 for one in (app, self.beside)),
            ]
        await app.start()
        self._session = aiohttp.ClientSession(
            f"http://127.0.0.1:{app.api.port}", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        if attached:
            await self.attached()

    async def gateway_beside(self) -> None:
        """A second gateway, with a store of its own, on the same switchboards; the first one's API is the one that is asked."""
        config = dataclasses.replace(self.config(), store=self.folder / "beside.db", tape=None)
        self.beside = App(config)
        beside = self.beside
        await beside.start()
        await self.until(lambda: all(link.connected for link in beside.links.values()), "the second is attached")

    def linked(self, side: str) -> bool:
        """Whether the gateway sees this switchboard now."""
        return self.app is not None and self.app.links[side].connected

    def lost(self, side: str) -> bool:
        """Whether the gateway does not see this switchboard now."""
        return not self.linked(side)

    async def attached(self) -> None:
        """The gateway says that transfers work."""
        await self.until(lambda: self.status("/readyz", 200), "the gateway is attached")

    async def gateway_down(self) -> None:
        """Stop the gateway in good order."""
        app, self.app = self.app, None
        if app is not None:
            await self._session_down()
            await app.stop()

    async def gateway_killed(self) -> None:
        """As ``kill -9``: connections end, timers and commands vanish, and what was not written down is lost."""
        app, self.app = self.app, None
        assert app is not None
        engine = vars(app.engine)  # no gateway offers to be killed
        if engine["_write_timer"] is not None:
            engine["_write_timer"].cancel()
        never = engine["_write_timer"] = asyncio.get_running_loop().call_later(0, engine["_to_write"].clear)
        never.cancel()  # it stands in the place of the timer that would write down
        for link in app.links.values():
            link.close()
        await self._session_down()
        await asyncio.gather(*app.link_tasks, return_exceptions=True)
        engine["_to_write"].clear()
        await app.stop()

    @contextlib.contextmanager
    def writes_fail(self) -> Iterator[None]:
        """While the store takes nothing, time skips all the same, as soon as the gateway knows it: nobody waits for a backlog that cannot be written."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SkippingLoop)
        assert self.app is not None
        store = self.app.store
        backlog, *others = loop.busy
        loop.busy[:] = [lambda: backlog() and store.health().ok, *others]
        try:
            yield
        finally:
            loop.busy[:] = [backlog, *others]

    async def _session_down(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def drift(self) -> int:
        """Seats that checks have found to contradict a switchboard."""
        return sum(board.drift for board in self.app.engine.core.world.boards.values()) if self.app is not None else 0

    # --- people ---------------------------------------------------------------------------------------------------------

    def people(self, *roles: tuple[str, str]) -> list[Person]:
        """Somebody with a phone for each (switchboard, number)."""
        return [self.pbx.person(*role) for role in roles]

    async def connect(self, caller: Person, seat: Person) -> None:
        """The caller dials the hotline, and the seat answers."""
        await caller.call()
        await seat.wait_ring()
        await seat.answer()
        await self.hears(caller, seat)

    async def pressed(self, key: str, *roles: tuple[str, str]) -> list[Person]:
        """Caller and seat talk, the seat has pressed, and the last of the cast rings."""
        cast = self.people(*roles)
        await self.connect(cast[0], cast[1])
        await cast[1].press(key)
        await cast[-1].wait_ring()
        return cast

    async def hears(self, listener: Person, *others: Person) -> None:
        """The listener comes to hear exactly these."""
        names = {other.number for other in others}
        await self.until(
            lambda: listener.hears() == names, lambda: f"{listener.number} hears {listener.hears()}, not {names}"
        )

    async def until(
        self, look: Callable[[], Any | Awaitable[Any]], what: str | Callable[[], str], within_s: float = WITHIN_S
    ) -> Any:
        """What ``look`` returns once it is true. Looks again and again in a time that skips: nothing real is waited for."""
        deadline, pause_s = asyncio.get_running_loop().time() + within_s, 0.005
        while True:
            found = look()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(what if isinstance(what, str) else what())
            await asyncio.sleep(pause_s)
            pause_s = min(0.5, pause_s * 1.2)

    async def finish(self, last: Person, caller: Person) -> None:
        """The last person hangs up: the caller's call ends."""
        await last.hang_up()
        await self.until(lambda: caller.channel is None, "the caller's call ends")
        await self.empty()

    async def empty(self) -> None:
        """Nothing is left of any call: on the switchboards, and for the gateway."""
        await self.until(lambda: not self.pbx.left(), lambda: f"left: {self.pbx.left()}")
        if self.app is not None:
            await self.until(self._no_call, "the gateway knows of no call")

    async def _no_call(self) -> bool:
        return not (await self.get("/v1/calls"))["items"]

    async def pass_s(self, span_s: float) -> None:
        """Let a time pass in which something must not happen, or a deadline ends. It is skipped, not waited for."""
        await self.pbx.pass_s(span_s)

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """The wires between the gateway and every switchboard carry nothing, and lose nothing."""
        for board in self.pbx.boards.values():
            board.ami.stall()
        try:
            yield
        finally:
            for board in self.pbx.boards.values():
                board.ami.flow()

    # --- looking --------------------------------------------------------------------------------------------------------

    async def get(self, path: str) -> Any:
        """The JSON of a path."""
        assert self._session is not None
        async with self._session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def text(self, path: str) -> str:
        """The text of a path."""
        assert self._session is not None
        async with self._session.get(path) as answer:
            return await answer.text()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a POST."""
        assert self._session is not None
        async with self._session.post(path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def edit(self, path: str, body: dict[str, Any], version: int) -> tuple[int, Any]:
        """Status and answer of an edit by somebody who has seen this version."""
        assert self._session is not None
        async with self._session.patch(path, json=body, headers={"If-Match": f'"{version}"'}) as answer:
            return answer.status, await answer.json()

    async def problems(self) -> tuple[int, str]:
        """Status of ``/readyz``, and all that it says is wrong."""
        assert self._session is not None
        async with self._session.get("/readyz") as answer:
            return answer.status, "\n".join(problem["what"] for problem in (await answer.json())["problems"])

    async def patch(self, path: str, body: dict[str, Any], version: int) -> Any:
        """The JSON answer to an edit by somebody who has seen this version."""
        status, answer = await self.edit(path, body, version)
        assert status == 200, answer
        return answer

    async def status(self, path: str, wanted: int) -> bool:
        """Whether a path answers with this status."""
        assert self._session is not None
        async with self._session.get(path) as answer:
            return answer.status == wanted

    async def transfers(self) -> list[dict[str, Any]]:
        """Every transfer, the oldest first."""
        return list(reversed((await self.get("/v1/transfers?limit=500"))["items"]))

    async def outcome(self, outcome: str, reason: str = "", number: int = -1) -> dict[str, Any]:
        """A transfer (the last, unless ``number`` says another) ends like this, and exactly once."""
        seen: list[dict[str, Any]] = []

        async def ended() -> bool:
            seen[:] = await self.transfers()
            return len(seen) >= -number and bool(seen[number]["outcome"])

        await self.until(ended, lambda: f"a transfer does not end: {seen}")
        found = seen[number]
        assert (found["outcome"], found["reason"]) == (outcome, reason or found["reason"]), found["history"]
        assert [line["state"] for line in found["history"]].count("ended") == 1
        return found

    async def leaks(self, *secrets: str) -> list[str]:
        """Where a caller's number or name, or one of these texts, stands that it must not: logs, metrics, audit log, names of files.
        The store and the tape hold personal data and say so (docs/security.md)."""
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in self.folder.rglob("*.*l*")
            if path.suffix in (".log", ".jsonl")
        }
        texts.pop("tape.jsonl", None)
        texts["names of files"] = "\n".join(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))
        if self.app is not None and self._session is not None:
            async with self._session.get("/metrics") as answer:
                texts["metrics"] = await answer.text()
        private = {
            *secrets,
            CITIZEN,
            *CITIZENS.findall(
                "\n".join(self.pbx.boards["12345"].phones) + "\n" + "\n".join(self.pbx.boards["110"].phones)
            ),
        }
        return [f"{where}: {secret}" for where, text in texts.items() for secret in sorted(private) if secret in text]

    def records(self, kind: str, id_: str, state: str) -> int:
        """How often the live feed of this gateway has said that something is in this state."""
        assert self.app is not None
        reader = self.app.feed.join(0)
        self.app.feed.leave(reader)
        said = []
        while (frame := reader.queue.get_nowait()) is not None:
            lines = dict(line.partition(": ")[::2] for line in frame.decode().splitlines() if line)
            said.append((lines["event"], json.loads(lines["data"])))
        return sum(1 for event, data in said if event == kind and data["id"] == id_ and data["state"] == state)

    def replay(self) -> list[str]:
        """The decisions that come out otherwise when the core is given the tape again."""
        config = self.config()
        boards = [SwitchboardId(board.id) for board in config.switchboards]

        def make(start: Start) -> Switchboards:
            rules = rules_file.parse(start.rules)
            rows: dict[str, Any] = {"transfers": start.transfers, "contexts": start.contexts}
            rows |= {"seats": start.seats, "seen": start.seen, "waiting": start.waiting}
            return Switchboards(boards, rules, config.core(), **rows, read_rules=rules_file.parse)

        assert config.tape is not None
        return compare(config.tape, make) if config.tape.exists() else []

    async def state(self, state: str) -> dict[str, Any]:
        """The last transfer comes into this state."""
        seen: list[dict[str, Any]] = []

        async def there() -> bool:
            seen[:] = await self.transfers()
            return bool(seen) and seen[-1]["state"] == state

        await self.until(there, lambda: f"not {state}: {seen[-1:]}")
        return seen[-1]

    async def must_be_sound(self) -> None:
        """No turn has failed, no seat is in drift, and no number of a caller stands where it must not."""
        assert await self.leaks() == []
        assert self.app is None or self.app.engine.faults == 0
        assert self.drift() == self.drift_expected

    async def gateways_end(self) -> None:
        """Stop this gateway and the one beside it."""
        with contextlib.suppress(Exception):
            await self._session_down()
        await self.gateway_down()
        if self.beside is not None:
            await self.beside.stop()

    async def close(self) -> None:
        """End everything."""
        await self.gateways_end()
        await self.pbx.stop()


class HouseApart(House):
    """A gateway at each switchboard that sees no other; 110's fetches what 12345's callers have said. ``app`` is 12345's, ``beside`` 110's."""

    home_port = 0
    token_of_110 = ""

    def config(self) -> Config:
        """That of 12345."""
        whole = super().config()
        return dataclasses.replace(whole, switchboards=whole.switchboards[:1], api_port=self.home_port)

    async def gateway_up(self, *, attached: bool = True) -> None:
        """Start 12345's; it keeps its port when it comes back, and knows 110's token from its first start on."""
        if not self.token_of_110:
            await super().gateway_up(attached=False)
            assert self.app is not None
            self.token_of_110, row = mint("110", ("read", "edit"), "110", "", time.time(), 0)
            self.app.store.write(row)
            await self.app.store.flush()
            await self.gateway_down()
        await super().gateway_up(attached=attached)
        assert self.app is not None
        self.home_port = self.app.api.port

    async def gateway_beside(self) -> None:
        """Start 110's."""
        config, folder = super().config(), self.folder / "110"
        folder.mkdir()
        peer = PeerConfig(switchboard="12345", url=f"http://127.0.0.1:{self.home_port}", token=self.token_of_110)
        self.beside = beside = App(
            dataclasses.replace(
                config, switchboards=config.switchboards[1:], run_dir=folder, store=folder / "onekey.db", tape=None,
                peers=(peer,), record_poll_s=1.0,
            )
        )  # fmt: skip
        await beside.start()
        await self.until(lambda: beside.links["110"].connected, "110's is attached")
