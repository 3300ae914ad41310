"""Contexts pushed to another platform: signed, in order, again until they are taken, over a restart too."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from gateway.config.settings import PushTarget
from gateway.contexts import outbox, platform_queue
from gateway.contexts.formats.eido_reading import from_eido
from gateway.contexts.formats.work_order import NO_FORM, Form, FormField
from gateway.contexts.http_client import Outward
from gateway.contexts.service import Contexts
from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import PressId, SwitchboardId
from gateway.guards.door_limits import DOOR_LIMITS
from gateway.problems import Problem
from gateway.security.audit import AuditError
from gateway.security.principal import Principal
from gateway.store.sqlite.store import SqliteStore
from gateway.views.plain import View
from simulators.toy import SkippingLoop
from tests.core.plays import A, B, Play
from tests.store.contract import context

SECRET = b"a secret of both"
ALL = Principal("tests", frozenset(("admin",)))


class Platform:
    """The other side: a real server that answers as a test wants."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.retry_after: list[str] = []
        """The Retry-After of each of these; none where there is none."""
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.news = asyncio.Event()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        self.news.set()
        patience = {"Retry-After": self.retry_after.pop(0)} if self.retry_after else {}
        return web.Response(status=self.answers.pop(0) if self.answers else 204, headers=patience)

    async def until(self, count: int) -> None:
        """So many posts have come."""
        while len(self.got) < count:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 100_000)

    @property
    def versions(self) -> list[tuple[str, int]]:
        return [(event["subject"], event["data"]["version"]) for event in (json.loads(body) for _, body in self.got)]


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_post("/", platform.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield platform
    await runner.cleanup()


class Gateway:
    """An outbox on a store that outlives it."""

    def __init__(
        self,
        path: Path,
        url: str,
        *,
        full: bool = False,
        format_: str = "json",
        form: Form = NO_FORM,
        here: tuple[str, ...] = (),
        memory_max: int = DOOR_LIMITS.push_memory_max,
    ) -> None:
        self.store, self.sender, self.audits = SqliteStore(path), Outward(), list[str]()
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SkippingLoop)
        loop.busy[:] = [
            lambda: self.store.health().backlog > 0,
            lambda: self.store.asked > 0,
            lambda: self.sender.under_way > 0,
        ]
        target = PushTarget(switchboard="110", url=url, secret=SECRET, full=full, format=format_)
        audit = lambda _who, _what, about, _purpose: self.audits.append(about)  # noqa: E731 - a fake
        self.audit_fails, self.off_s = 0, 0.0
        outside = {"clock": lambda: loop.time() + self.off_s, "monotonic": loop.time, "dice": random.Random(1)}
        self.push = outbox.Outbox(
            (target,),
            self.store,
            self.sender.post,
            audit=audit,
            sees_confidential=lambda _: False,
            name="tests",
            audited=self._audited,
            here=here,
            form=lambda: form,
            limits=replace(DOOR_LIMITS, push_memory_max=memory_max),
            **outside,
        )  # type: ignore[arg-type]

    async def _audited(self) -> None:
        if self.audit_fails:
            self.audit_fails -= 1
            raise AuditError("the disk is full")

    def offer(self, row: ContextRow) -> None:
        """A version comes, as the gateway tells of it."""
        self.push.publish(row)

    async def stop(self) -> None:
        await self.push.stop()
        await self.sender.close()
        await self.store.close()

    async def until_down(self) -> list[View]:
        """A try has failed, and the alarm says so."""
        async with asyncio.timeout(100_000):
            while not (found := self.push.problems()):
                await asyncio.sleep(0.1)
        return found

    async def until_empty(self) -> None:
        """Nothing waits any more."""
        await self.push.idle()
        await self.store.flush()


def given(n: int = 0, version: int = 1, **said: object) -> ContextRow:
    """A context of 12345 that was given to 110."""
    return context(n, version=version, organisations=(A, B), said=CaseDetails(**said))  # type: ignore[arg-type]


@pytest.fixture
async def gateway(platform: Platform, tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path / "onekey.db", platform.url)
    yield gateway
    await gateway.stop()


async def test_a_push_is_a_signed_cloud_event(gateway: Gateway, platform: Platform) -> None:
    """The envelope is CloudEvents 1.0, the signature that of Standard Webhooks, the number masked; home gets nothing pushed."""
    gateway.offer(context(1))
    gateway.offer(given(summary="噪音扰民"))
    await gateway.until_empty()
    [(headers, body)] = platform.got
    event = json.loads(body)
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert {event["specversion"], event["type"], event["subject"]} == {"1.0", "onekey.context.changed", "k0"}
    assert event["id"] == headers["webhook-id"] == "k0.1.110"
    assert (event["data"]["summary"], event["data"]["caller_number"]) == ("噪音扰民", "138****0001")
    signed = f"k0.1.110.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert await gateway.store.delivery("k0.1.110") is None


@pytest.mark.parametrize(("here", "count"), [(("119",), 0), (("110",), 1), ((A,), 1)])
async def test_another_homes_record_is_not_passed_on(
    platform: Platform, tmp_path: Path, here: tuple[str, ...], count: int
) -> None:
    """12345 tells 110 itself; only the platform of a switchboard that is attached here hears of it from us."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, here=here)
    gateway.offer(given())
    await gateway.until_empty()
    assert len(platform.got) == count
    await gateway.stop()


async def test_one_matter_keeps_its_order(gateway: Gateway, platform: Platform) -> None:
    """A version that is refused is tried again before the next one goes; its id stays."""
    platform.answers = [503, 500]
    for version in (1, 2, 3):
        gateway.offer(given(version=version))
    await gateway.until_empty()
    assert [version for _, version in platform.versions] == [1, 1, 1, 2, 3]
    assert len({headers["webhook-id"] for headers, _ in platform.got[:3]}) == 1


async def test_another_matter_does_not_wait(gateway: Gateway, platform: Platform) -> None:
    """What is refused of one matter holds up no other."""
    platform.answers = [503]
    gateway.offer(given(0))
    await platform.until(1)
    gateway.offer(given(1))
    await gateway.until_empty()
    assert sorted(platform.versions) == [("k0", 1), ("k0", 1), ("k1", 1)]


async def test_the_outbox_survives_a_restart(platform: Platform, tmp_path: Path) -> None:
    """What the gateway before had not delivered its successor delivers, in order."""
    first = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/")
    for version in (1, 2):
        first.offer(given(version=version))
    await first.store.flush()
    await first.stop()
    second = Gateway(tmp_path / "onekey.db", platform.url)
    await second.push.start()
    await second.until_empty()
    await second.stop()
    assert [version for _, version in platform.versions] == [1, 2]


async def test_the_order_over_a_clock_that_was_set_back(platform: Platform, tmp_path: Path) -> None:
    """What waits from a gateway whose clock was a minute ahead comes first, over one more restart too."""
    first = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/")
    first.push.publish(given(version=1))
    await first.push.stop()
    await first.store.flush()
    [row] = await first.store.deliveries("waiting", 9)
    first.store.write(replace(row, number=row.number + 60_000_000))
    await first.stop()
    second = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/")
    await second.push.start()
    second.push.publish(given(version=2))
    await second.store.flush()
    await second.stop()
    third = Gateway(tmp_path / "onekey.db", platform.url)
    await third.push.start()
    await third.until_empty()
    await third.stop()
    assert [version for _, version in platform.versions] == [1, 2]


async def test_a_dead_letter_is_listed_and_sent_again(gateway: Gateway, platform: Platform) -> None:
    """After the last try it is listed with the reason, the matter goes on, and it is sent again when somebody asks."""
    platform.answers = [500] * DOOR_LIMITS.push_tries_max
    gateway.offer(given(version=1))
    gateway.offer(given(version=2))
    await gateway.until_empty()
    [dead] = await gateway.push.listed("dead", 9, ALL)
    assert (dead["id"], dead["tries"], dead["why"]) == (
        "k0.1.110",
        DOOR_LIMITS.push_tries_max,
        "500 对方程序出错 / 500 its program failed",
    )
    assert platform.versions[-1] == ("k0", 2)
    assert (await gateway.push.resend("k0.1.110", ALL))["state"] == "waiting"
    await gateway.until_empty()
    assert platform.versions[-1] == ("k0", 1)
    assert await gateway.push.listed("dead", 9, ALL) == []
    with pytest.raises(Problem, match="not_found"):
        await gateway.push.resend("k0.1.110", ALL)


async def test_a_platform_that_takes_nothing_is_an_alarm(gateway: Gateway, platform: Platform) -> None:
    """Since when, why and how much waits is told, in Chinese first; what waits out its pause goes as soon as one is taken."""
    assert gateway.push.problems() == []
    platform.answers = [503] * 12
    began = asyncio.get_running_loop().time()
    for n in range(3):
        gateway.offer(given(n))
        gateway.offer(given(n, version=2))
    await platform.until(9)
    [problem] = gateway.push.problems()
    assert problem["what"].startswith("110 平台收不到推送（503 对方暂停服务），6 条等待")
    down, waiting = gateway.push.platforms()["110"]
    assert down is not None
    assert (down.since >= began, waiting) == (True, 6)
    await gateway.until_empty()
    assert (gateway.push.problems(), gateway.push.platforms()) == ([], {"110": (None, 0)})
    assert sorted(platform.versions[12:]) == sorted((f"k{n}", version) for n in range(3) for version in (1, 2))


async def test_a_platform_that_asks_for_patience_gets_it(gateway: Gateway, platform: Platform) -> None:
    """Nothing of any matter leaves before its Retry-After is over, in seconds or as a date; the reason says so."""
    loop = asyncio.get_running_loop()
    platform.answers, platform.retry_after = [429], ["300"]
    began = loop.time()
    gateway.offer(given(0))
    [problem] = await gateway.until_down()
    gateway.offer(given(1))
    assert problem["what"].startswith("110 平台收不到推送（429 对方要求放慢）")
    assert problem["remedy"].startswith("网关按 Retry-After 等待")
    await platform.until(3)
    assert loop.time() - began >= 300
    await gateway.until_empty()
    assert gateway.push.problems() == []


@pytest.mark.parametrize("years", [-5, 5])
async def test_a_clock_that_is_corrected_moves_no_patience(gateway: Gateway, platform: Platform, years: int) -> None:
    """The seconds that a platform has asked for are those of a clock that nobody sets: neither years longer nor over at once."""
    loop = asyncio.get_running_loop()
    gateway.off_s = 6 * 365 * 86400.0
    platform.answers, platform.retry_after = [429], ["300"]
    began = loop.time()
    gateway.offer(given(0))
    await gateway.until_down()
    gateway.off_s += years * 365 * 86400.0
    gateway.offer(given(1))
    await platform.until(2)
    assert 300 <= loop.time() - began < 3600
    await gateway.until_empty()


async def test_a_platform_that_cannot_be_reached_is_told_by_its_reason(platform: Platform, tmp_path: Path) -> None:
    """The alarm and the delivery say where it fails, and what to do about that."""
    gateway = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/")
    gateway.offer(given(0))
    [problem] = await gateway.until_down()
    assert problem["what"].startswith("110 平台收不到推送（端口拒绝连接）")
    assert problem["remedy"].startswith("核对 url 的端口")
    [waiting] = await gateway.push.listed("waiting", 9, ALL)
    assert waiting["why"] == "端口拒绝连接 / the port refuses connections"
    await gateway.stop()


async def test_a_push_names_no_transfer_to_others(gateway: Gateway, platform: Platform) -> None:
    """110's platform is sent the matter with its own transfer; the one to 119 is not named."""
    ours, theirs = PressId("t-110"), PressId("t-119")
    sees = ((ours, (A, B)), (theirs, (A, SwitchboardId("119"))))
    gateway.offer(replace(given(0), transfers=(ours, theirs), shared=sees))
    await platform.until(1)
    await gateway.until_empty()
    assert json.loads(platform.got[0][1])["data"]["transfers"] == ["t-110"]


async def test_what_waits_in_memory_is_bounded(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound deliveries wait in the store alone, later ones of the same matter too; all come, each matter in its order."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, memory_max=4)
    monkeypatch.setattr(outbox, "PAGE", 3)
    platform.answers = [503] * 9
    for version in range(1, 6):
        for n in range(3):
            gateway.offer(given(n, version=version))
    await platform.until(3)
    assert gateway.push.platforms()["110"][1] == 15
    assert gateway.push.in_memory == 4
    await platform.until(9)
    gateway.offer(given(0, version=6))
    await platform.until(9 + 16)
    await gateway.until_empty()
    for n in range(3):
        taken = [version for id_, version in platform.versions[9:] if id_ == f"k{n}"]
        assert taken == list(range(1, 7 if n == 0 else 6))
    assert gateway.push.platforms()["110"] == (None, 0)
    assert await gateway.push.listed("waiting", 99, ALL) == []
    gateway.offer(given(1, version=6))
    await platform.until(9 + 17)
    await gateway.stop()


async def test_an_edit_and_its_delivery_are_one_step(platform: Platform, tmp_path: Path) -> None:
    """Whenever an edit is acknowledged, what stands on the disk has its delivery: a kill at any line loses no push."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url)
    platform.answers = [503] * 1000
    row = replace(given(1), call="", ended_at=2000.0)
    assert await gateway.store.edit_context(row, 0)
    world, nobody = Play().both().core.world, lambda *_: None
    contexts = Contexts(
        world,
        gateway.store,
        nobody,
        lambda: None,
        nobody,
        lambda _: False,
        lambda: 3000.0,
        nobody,
        gateway.push,  # type: ignore[arg-type]
    )
    for version in range(1, 6):
        await contexts.edit(row.id, version, {"summary": f"第{version}次"}, Principal("t", frozenset({"admin"})))
        left = tmp_path / f"left-{version}"
        left.mkdir()
        for file in tmp_path.glob("onekey.db*"):
            shutil.copy(file, left / file.name)
        with contextlib.closing(sqlite3.connect(left / "onekey.db")) as database:
            assert database.execute("select version from context").fetchall() == [(version + 1,)]
            waiting = {id_ for (id_,) in database.execute("select id from delivery")}
        assert f"k1.{version + 1}.110" in waiting
    await gateway.stop()


async def test_one_matter_keeps_its_order_although_an_edit_takes_time(platform: Platform, tmp_path: Path) -> None:
    """While one edit is being written others are offered, and the store is read beyond it: it comes once, and before its successor."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, memory_max=2)
    platform.answers = [503] * 4
    gateway.offer(given(0))
    gateway.offer(given(1))
    edit = gateway.push.plan(given(2))
    for n in range(3, 6):
        gateway.offer(given(n))
    await gateway.store.edit_context(edit.version, 0, edit.deliveries)
    gateway.push.enqueue(edit)
    gateway.offer(given(2, version=2))
    await platform.until(4 + 7)
    await gateway.until_empty()
    assert sorted(platform.versions[4:]) == [
        ("k0", 1),
        ("k1", 1),
        ("k2", 1),
        ("k2", 2),
        *((f"k{n}", 1) for n in range(3, 6)),
    ]
    assert platform.versions.index(("k2", 1)) < platform.versions.index(("k2", 2))
    assert gateway.push.platforms()["110"] == (None, 0)
    await gateway.stop()


async def test_a_restart_takes_up_no_more_than_fits(platform: Platform, tmp_path: Path) -> None:
    """What a gateway before this one left comes in its order, a part at a time."""
    first = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/", memory_max=4)
    for version in range(1, 12):
        first.offer(given(version=version))
    await first.store.flush()
    await first.stop()
    second = Gateway(tmp_path / "onekey.db", platform.url, memory_max=4)
    await second.push.start()
    assert second.push.platforms()["110"][1] == 11
    await platform.until(11)
    await second.until_empty()
    await second.stop()
    assert [version for _, version in platform.versions] == list(range(1, 12))


async def test_gone_is_not_tried_again(gateway: Gateway, platform: Platform) -> None:
    """410 is a no for ever."""
    platform.answers = [410]
    gateway.offer(given())
    await gateway.until_empty()
    assert (len(platform.got), len(await gateway.push.listed("dead", 9, ALL))) == (1, 1)


async def test_a_confidential_number_does_not_leave(platform: Platform, tmp_path: Path) -> None:
    """A platform that gets numbers in full gets this one not; what leaves in full is audited."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True)
    gateway.offer(given(0))
    gateway.offer(given(1, confidential=True))
    await gateway.until_empty()
    await gateway.stop()
    numbers = {
        event["subject"]: event["data"]["caller_number"] for event in (json.loads(body) for _, body in platform.got)
    }
    assert numbers == {"k0": "13800000001", "k1": "*" * 11}
    assert gateway.audits == ["k0.1.110", "k1.1.110"]


async def test_nothing_leaves_in_full_before_the_audit_log_says_so(platform: Platform, tmp_path: Path) -> None:
    """While that cannot be written it waits, and uses up no try; its line stands there once, and again when it is sent again."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True)
    gateway.audit_fails = 3
    platform.answers = [410]
    began = asyncio.get_running_loop().time()
    gateway.offer(given(0))
    gateway.offer(given(0, version=2))
    await gateway.until_empty()
    assert [
        int(headers["webhook-timestamp"]) >= int(began + 3 * platform_queue.FIRST_S) for headers, _ in platform.got
    ] == [True] * 2
    assert gateway.audits == ["k0.1.110", "k0.2.110"]
    assert (await gateway.push.listed("dead", 9, ALL))[0]["tries"] == 1
    await gateway.push.resend("k0.1.110", ALL)
    await gateway.until_empty()
    assert gateway.audits[2:] == ["k0.1.110"]
    await gateway.stop()


async def test_what_leaves_masked_does_not_wait_for_the_audit_log(gateway: Gateway, platform: Platform) -> None:
    """Nothing of it has to be accounted for."""
    gateway.audit_fails = 10**9
    gateway.offer(given(0))
    await gateway.until_empty()
    assert (len(platform.got), gateway.audits) == (1, [])


def numbers(platform: Platform, first: int = 0) -> list[tuple[int, str]]:
    """Versions and numbers of what was posted."""
    return [
        (data["version"], data["caller_number"])
        for data in (json.loads(body)["data"] for _, body in platform.got[first:])
    ]


SHOWN, HIDDEN = "13800000001", "*" * 11


async def test_what_waits_when_the_caller_asks_for_confidence_goes_without_the_number(
    platform: Platform, tmp_path: Path
) -> None:
    """The try before is past; from the wish on no version shows it, each keeps its id, and none changes places."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True)
    platform.answers = [503, 503]
    gateway.offer(given(version=1))
    gateway.offer(given(version=2, summary="二楼"))
    await platform.until(1)
    gateway.offer(given(version=3, confidential=True))
    await gateway.until_empty()
    await gateway.stop()
    assert numbers(platform) == [(1, SHOWN), (1, HIDDEN), (1, HIDDEN), (2, HIDDEN), (3, HIDDEN)]
    assert [headers["webhook-id"] for headers, _ in platform.got[2:]] == ["k0.1.110", "k0.2.110", "k0.3.110"]
    assert json.loads(platform.got[3][1])["data"]["summary"] == "二楼"


@pytest.mark.parametrize("format_", ["json", "eido", "work_order"])
async def test_a_wish_holds_over_a_restart(platform: Platform, tmp_path: Path, format_: str) -> None:
    """What the gateway before had not delivered its successor delivers without the number, in every format."""
    form = Form((FormField(name="电话", source="caller_number"),))
    first = Gateway(tmp_path / "onekey.db", "http://127.0.0.1:1/", full=True, format_=format_, form=form)
    first.offer(given(version=1))
    first.offer(given(version=2, confidential=True))
    await first.store.flush()
    await first.stop()
    second = Gateway(tmp_path / "onekey.db", platform.url, full=True, format_=format_, form=form)
    await second.push.start()
    await second.until_empty()
    await second.stop()
    assert len(platform.got) == 2
    assert all(SHOWN.encode() not in body for _, body in platform.got)


async def test_a_dead_letter_is_sent_again_as_the_caller_wishes_now(platform: Platform, tmp_path: Path) -> None:
    """He asked for confidence after it had died: it goes without the number, and the outbox does not hold it any more."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True)
    platform.answers = [410]
    gateway.offer(given(version=1))
    await gateway.until_empty()
    gateway.offer(given(version=2, confidential=True))
    await gateway.until_empty()
    platform.answers = [410]
    await gateway.push.resend("k0.1.110", ALL)
    await gateway.until_empty()
    assert numbers(platform) == [(1, SHOWN), (2, HIDDEN), (1, HIDDEN)]
    dead = await gateway.store.delivery("k0.1.110")
    assert dead is not None
    assert SHOWN not in dead.body
    await gateway.stop()


async def test_a_wish_that_is_taken_back_hides_no_more(platform: Platform, tmp_path: Path) -> None:
    """What was masked stays so; what is written afterwards is not."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True)
    gateway.offer(given(version=1, confidential=True))
    gateway.offer(given(version=2))
    await gateway.until_empty()
    assert numbers(platform) == [(1, HIDDEN), (2, SHOWN)]
    await gateway.stop()


async def test_a_delivery_whose_record_is_gone_does_not_leave(gateway: Gateway, platform: Platform) -> None:
    """Nobody can say what its caller wishes: it is a dead letter that says so."""
    platform.answers = [410]
    gateway.offer(given(version=1))
    await gateway.until_empty()
    await gateway.store.remove_context("k0")
    await gateway.push.resend("k0.1.110", ALL)
    await gateway.until_empty()
    assert len(platform.got) == 1
    assert (await gateway.push.listed("dead", 9, ALL))[0]["why"] == platform_queue.RECORD_GONE


async def test_a_platform_that_wants_an_eido_gets_one(platform: Platform, tmp_path: Path) -> None:
    """The envelope stays, its data is an EIDO of the same view, and a confidential number is not in it."""
    gateway = Gateway(tmp_path / "onekey.db", platform.url, full=True, format_="eido")
    gateway.offer(given(confidential=True, summary="噪音扰民"))
    await gateway.until_empty()
    await gateway.stop()
    [(_, body)] = platform.got
    event = json.loads(body)
    assert (event["datacontenttype"], event["subject"]) == ("application/emergency.eido+json", "k0")
    assert from_eido(event["data"])["summary"] == "噪音扰民"
    assert b"13800000001" not in body


async def test_a_platform_that_wants_a_work_order_gets_one(platform: Platform, tmp_path: Path) -> None:
    """Its data is the site's form, masked as the platform may see it; what the form could not hold is named beside it."""
    form = Form((FormField(name="电话", source="caller_number"), FormField(name="内容", source="summary", chars_max=3)))
    gateway = Gateway(tmp_path / "onekey.db", platform.url, format_="work_order", form=form)
    gateway.offer(given(summary="噪音"))
    gateway.offer(given(1, summary="噪音扰民"))
    await gateway.until_empty()
    await gateway.stop()
    events = {event["subject"]: event for event in (json.loads(body) for _, body in platform.got)}
    assert events["k0"]["data"] == {"电话": "138****0001", "内容": "噪音"}
    assert (events["k1"]["data"]["内容"], events["k1"]["misfits"], "misfits" in events["k0"]) == (
        "噪音…",
        "内容",
        False,
    )
    assert events["k0"]["datacontenttype"] == "application/json"
