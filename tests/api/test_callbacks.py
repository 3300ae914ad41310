"""Call-back tasks over HTTP, from the caller who hangs up to the call that reaches him."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.core.messages.answers import TimerFired
from gateway.core.messages.commands import CallBack
from gateway.core.messages.dialplan_events import CallbackEnded
from gateway.core.messages.link_events import LinkLost
from gateway.security.principal import Principal
from tests.core.plays import A, B
from tests.store.contract import task

from .conftest import Client, Desk

YEARS_5 = 5 * 365 * 86400.0
WHO = {"switchboard": "12345", "seat": "1001"}
ID = task().id


@pytest.fixture
def desk() -> Desk:
    """Two attached switchboards, and one task that is open."""
    desk = Desk(per_minute=3)
    desk.store.write(task())
    return desk


async def test_a_caller_who_hangs_up_makes_a_task(client: Client, desk: Desk) -> None:
    """The whole way: it rings, the caller leaves, the task is listed with a masked number, and read in full under audit."""
    desk.store.tasks.clear()
    desk.play.connect()
    desk.play.press()
    desk.play.ring()
    for row in desk.play.hang_up(A, "c"):
        desk.store.write(row)
    (item,) = (await client.get("/v1/callbacks?state=open"))["items"]
    assert (item["number"], item["seat"], item["state"]) == ("138****0001", "1001", "open")
    (item,) = (await client.get("/v1/callbacks?full=true&purpose=回拨"))["items"]
    assert item["number"] == "13800000001"
    assert desk.audits == [("admin@127.0.0.1", "callbacks_read_full", item["id"], "回拨")]


async def test_a_switchboard_gets_a_whole_page_of_its_own(client: Client, desk: Desk) -> None:
    """The limit counts the tasks that it may see, not those of others that stand before them."""
    for n in range(6):
        desk.store.write(task(n, home=A if n < 2 else B))
    desk.principals["t"] = Principal("t", frozenset(("read",)), A)
    async with client.session.get("/v1/callbacks?limit=2", headers={"Authorization": "Bearer t"}) as answer:
        assert [item["id"] for item in (await answer.json())["items"]] == [task(1).id, task(0).id]


async def test_a_task_of_another_home_is_nobodys_here(client: Client, desk: Desk) -> None:
    """A token of 110 neither dials nor drops a task of 12345: for it there is none."""
    desk.principals["t"] = Principal("t", frozenset(("transfer",)), B)
    for action, body in (("dial", {"switchboard": B, "seat": "2001"}), ("drop", {"note": "x"})):
        path, headers = f"/v1/callbacks/{ID}/{action}", {"Authorization": "Bearer t"}
        async with client.session.post(path, json=body, headers=headers) as answer:
            assert answer.status == 404


async def test_a_full_reading_needs_a_purpose(client: Client, desk: Desk) -> None:
    """Without one nothing is shown and nothing audited; where nothing was read nothing is audited either."""
    assert (await client.get("/v1/callbacks?full=true", 400))["error_id"] == "purpose_needed"
    assert (await client.get("/v1/callbacks?full=true&purpose=x&state=done"))["items"] == []
    assert desk.audits == []


@pytest.mark.parametrize("query", ["state=ringing", "state=", "limit=0", "before=x", "full=1"])
async def test_a_damaged_parameter_is_refused(client: Client, query: str) -> None:
    """400 names the parameter."""
    body = await client.get(f"/v1/callbacks?{query}", 400)
    assert body["details"]["parameter"] == query.partition("=")[0]


async def test_a_number_in_a_note_is_masked(client: Client, desk: Desk) -> None:
    """A note that repeats the number does not give it away."""
    view = await client.post(f"/v1/callbacks/{ID}/drop", {"note": "已用 13800000001 联系"})
    assert view["note"] == "已用 138****0001 联系"
    assert desk.store.tasks[ID].note == "已用 13800000001 联系"


async def test_a_seat_dials(client: Client, desk: Desk) -> None:
    """The seat's phone rings for that number; the task is dialling, then done when the caller has answered."""
    view = await client.post(f"/v1/callbacks/{ID}/dial", WHO)
    assert (view["state"], view["tries"], view["number"]) == ("dialling", 1, "138****0001")
    assert [(call.seat, call.number, call.task) for call in desk.play.all(CallBack)] == [("1001", "13800000001", ID)]
    assert desk.store.tasks[ID].state == "dialling"
    desk._submit(CallbackEnded(A, desk.now, task=ID, status="ANSWER"))
    assert [item["state"] for item in (await client.get("/v1/callbacks"))["items"]] == ["done"]


async def test_a_task_is_dialled_once_at_a_time(client: Client, desk: Desk) -> None:
    """Two seats that take it together: one gets it, the other is told its state."""
    answers = await asyncio.gather(*(client.session.post(f"/v1/callbacks/{ID}/dial", json=WHO) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [202, 409]
    late = next(answer for answer in answers if answer.status == 409)
    assert (await late.json())["details"] == {"state": "dialling"}
    assert len(desk.play.all(CallBack)) == 1


async def test_a_seat_that_did_not_answer_leaves_the_task_open(client: Client, desk: Desk) -> None:
    """It can be dialled again."""
    await client.post(f"/v1/callbacks/{ID}/dial", WHO)
    desk._submit(TimerFired(A, desk.now, f"callback:{ID}"))
    assert (await client.post(f"/v1/callbacks/{ID}/dial", WHO))["tries"] == 2


@pytest.mark.parametrize("state", ["dialling", "done", "dropped"])
@pytest.mark.parametrize(("action", "body"), [("dial", WHO), ("drop", {"note": "x"})])
async def test_a_task_that_is_not_open(client: Client, desk: Desk, state: str, action: str, body: Any) -> None:
    """409 with its state; nothing is dialled or overwritten."""
    desk.store.write(task(state=state))
    answer = await client.post(f"/v1/callbacks/{ID}/{action}", body, 409)
    assert (answer["error_id"], answer["details"]) == ("wrong_state", {"state": state})
    assert desk.play.all(CallBack) == []
    assert desk.store.tasks[ID].state == state


@pytest.mark.parametrize(("action", "body"), [("dial", WHO), ("drop", {"note": "x"})])
async def test_no_such_task(client: Client, action: str, body: Any) -> None:
    """404."""
    assert (await client.post(f"/v1/callbacks/12345.9.9/{action}", body, 404))["error_id"] == "not_found"


async def test_call_backs_have_a_rate(client: Client, desk: Desk) -> None:
    """The fourth within a minute is 429 with the seconds to wait, its task stays open, and after them it is dialled. A minute is one of the clock
    that is never set: five years that come or go with a correction are none."""
    for n in range(4):
        desk.store.write(task(n))
    for n in range(3):
        await client.post(f"/v1/callbacks/{task(n).id}/dial", WHO)
        desk.mono += 10
    desk.now += YEARS_5
    async with client.session.post(f"/v1/callbacks/{task(3).id}/dial", json=WHO) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert desk.store.tasks[task(3).id].state == "open"
    desk.now -= YEARS_5
    desk.mono += 30
    await client.post(f"/v1/callbacks/{task(3).id}/dial", WHO)


@pytest.mark.parametrize("number", ["", "anonymous", "138 0000", "1" * 32, "１３８"])
async def test_a_number_that_cannot_be_dialled(client: Client, desk: Desk, number: str) -> None:
    """A withheld number is 422, and the task is not burnt by a try."""
    desk.store.write(task(number=number))
    assert (await client.post(f"/v1/callbacks/{ID}/dial", WHO, 422))["error_id"] == "no_number"
    assert desk.store.tasks[ID].tries == 0


async def test_where_nobody_can_dial(client: Client, desk: Desk) -> None:
    """A switchboard that nobody knows is 422, one that is not reached 503."""
    await client.post(f"/v1/callbacks/{ID}/dial", {**WHO, "switchboard": "119"}, 422)
    desk.play.tell(LinkLost(A, desk.now, "gone"))
    await client.post(f"/v1/callbacks/{ID}/dial", WHO, 503)


async def test_a_store_that_is_down(client: Client, desk: Desk) -> None:
    """503 says what is wrong and what to do; nothing is dialled from an old state."""
    desk.store.down = True
    for answer in (await client.post(f"/v1/callbacks/{ID}/dial", WHO, 503), await client.get("/v1/callbacks", 503)):
        assert (answer["error_id"], answer["details"]["remedy"]) == ("store_down", "make room")
    assert desk.play.all(CallBack) == []


@pytest.mark.parametrize("note", ["", "  ", "x" * 201, "a\nb", "a\u202eb", 5, None])
async def test_a_note_is_a_line_that_shows(client: Client, desk: Desk, note: Any) -> None:
    """Empty, too long, with a line's end or a sign that hides: 400, and the task stays open."""
    body = await client.post(f"/v1/callbacks/{ID}/drop", {"note": note}, 400)
    assert body["details"]["parameter"] == "note"
    assert desk.store.tasks[ID].state == "open"


async def test_a_drop_is_published(client: Client, desk: Desk) -> None:
    """The live feed tells it, with the number masked."""
    reader = desk.feed.join(0)
    await client.post(f"/v1/callbacks/{ID}/drop", {"note": "重复"})
    frame = (await reader.queue.get() or b"").decode()
    assert "event: callback\n" in frame
    assert '"state":"dropped"' in frame
    assert "138****0001" in frame
