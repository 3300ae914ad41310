"""What the platform of another home gives us: pushed and signed, fetched with the leg, and edited where it lives."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.contexts.imports import ImportedCase, context_of
from gateway.contexts.peer_record import row_of
from gateway.contexts.webhooks import envelope, signature
from gateway.core.messages.commands import FetchContext
from gateway.core.messages.dialplan_events import TrunkArrived
from gateway.core.messages.records import ContextRow
from gateway.core.values import uui
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ChannelUid, ContextId, SwitchboardId
from gateway.views.contexts import context_view
from tests.api.conftest import PEER, Client, Desk
from tests.api.test_contexts import holds
from tests.core.plays import KEY, B
from tests.store.contract import context

FIRE = SwitchboardId("119")
ID = uui.context_id("119", "119-7.1")


def given(version: int = 1, **said: Any) -> ContextRow:
    """A record of 119's that was given to 110."""
    made: dict[str, Any] = {"id": ID, "call": "119-7.1", "home": FIRE, "organisations": (FIRE, B)}
    return context(7, version=version, said=CaseDetails(**said), **made)


def pushed(row: ContextRow, desk: Desk, secret: bytes = PEER.secret, at: float = 0.0) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a push."""
    body = json.dumps(envelope("id-1", "/onekey/119", row, context_view(row))).encode()
    when = int(desk.now + at)
    signed = {"webhook-id": "id-1", "webhook-timestamp": str(when)}
    return body, {**signed, "webhook-signature": f"v1,x {signature(secret, 'id-1', when, body)}", "Authorization": ""}


async def push(client: Client, body: bytes, headers: dict[str, str], status: int = 202) -> Any:
    """The answer to a push."""
    async with client.session.post("/v1/received", data=body, headers=headers) as answer:
        found = await answer.json()
        assert answer.status == status, found
        return found


def test_a_view_is_read_back() -> None:
    """What a platform shows is the row again, as far as it lets us see it."""
    row = given(3, summary="积水", cases=("A1",), confidential=True, longitude=117.2, latitude=39.1)
    row = replace(
        row, queues=((FIRE, "119", 4, 1004.0),), seats=((FIRE, (row.seats and "x") or "9001", 1004.0),), by="9001"
    )  # type: ignore[arg-type]
    assert row_of(context_view(row, full=True), 5000.0) == row
    masked = row_of(context_view(row), 5000.0)
    assert (masked.caller_number, masked.said.longitude) == ("138****0001", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "C/../1"}, {"version": -1}, {"version": True}, {"home": ""}, {"caller_number": "1\u202e"}, {"caller_name": "a\nb"},
        {"arrived_at": "yesterday"}, {"arrived_at": "2026-11-24T08:00:00"}, {"seats": [1]}, {"transfers": "x"}, {"urgency": "soon"},
        {"changed_at": "9999-12-31T23:59:59-12:00"}, {"arrived_at": "9999-12-31T23:59:59-12:00"}, {"ended_at": "1970-01-03T00:00:00Z"},
        {"ended_at": "0001-01-01T00:00:00+14:00"}, {"seats": [{"switchboard": "119", "seat": "9001", "answered_at": "2999-01-01T00:00:00Z"}]},
        {"queues": [{}]}, {"organisations": [""]}, {"summary": "x" * 5000}, {"changed_at": 5}, {"seats": [{}] * 201},
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_whole(client: Client, desk: Desk, wrong: dict[str, Any]) -> None:
    """400 names the field; nothing of it is stored."""
    row = given()
    event = envelope("id-1", "/onekey/119", row, context_view(row) | wrong)
    body, headers = json.dumps(event).encode(), pushed(row, desk)[1]
    headers["webhook-signature"] = signature(PEER.secret, "id-1", int(desk.now), body)
    answer = await push(client, body, headers, 400)
    assert answer["details"]["parameter"] in (*wrong, "switchboard", "home", "answered_at")
    assert desk.store.versions == {}


async def test_a_push_is_stored_before_it_is_acknowledged(client: Client, desk: Desk) -> None:
    """The record is read at once, by those it was given to; the same push again changes nothing."""
    body, headers = pushed(given(summary="积水"), desk)
    assert await push(client, body, headers) == {"id": ID}
    assert await push(client, body, headers) == {"id": ID}
    assert (await client.get(f"/v1/contexts/{ID}"))["summary"] == "积水"
    assert len(desk.store.versions[ID]) == 1
    desk.store.down = True
    await push(client, *pushed(given(2), desk), status=503)


async def test_who_has_not_signed_is_not_believed(client: Client, desk: Desk) -> None:
    """Another key, another body, too old, too new, unsigned: 401. A peer that speaks of another's callers, or of what was not given to us: 400."""
    body, headers = pushed(given(), desk)
    await push(client, *pushed(given(), desk, b"another secret"), status=401)
    await push(client, body + b" ", headers, 401)
    for late in (-400, 400):
        await push(client, *pushed(given(), desk, at=late), status=401)
    await push(client, body, {"Authorization": ""}, 401)
    elsewhere = replace(given(), home=SwitchboardId("120"), id=uui.context_id("120", "119-7.1"))
    assert (await push(client, *pushed(elsewhere, desk), status=400))["details"]["parameter"] == "home"
    not_ours = replace(given(), organisations=(FIRE,))
    assert (await push(client, *pushed(not_ours, desk), status=400))["details"]["parameter"] == "organisations"
    assert desk.store.versions == {}


async def test_whose_leg_it_is(client: Client, desk: Desk) -> None:
    """The home tells whoever got a call whether the id that came with it is that caller's."""
    desk.play.connect()
    desk.play.press()
    desk.play.leg("12345.1000000.1", "110")
    id_ = desk.play.all(ContextRow)[-1].id
    await client.get(f"/v1/contexts/{id_}?leg=l")
    assert (await client.get(f"/v1/contexts/{id_}?leg=nobody", 404))["error_id"] == "leg_unknown"
    desk.store.write(context(1))
    assert (await client.get("/v1/contexts/k1?leg=l", 409))["error_id"] == "wrong_leg"


# --- fetched --------------------------------------------------------------------------------------------------------------


def arrived(desk: Desk) -> FetchContext:
    """A leg of 119's is at 110; what the core wants fetched."""
    value = uui.encode(ContextId(ID), 1, desk.now, KEY)
    desk.play.channel(B, "t", "PJSIP/trunk-119-0000000c")
    desk.play.tell(
        TrunkArrived(
            B, desk.now, uid=ChannelUid("t"), name="PJSIP/trunk-119-0000000c", origin=ChannelUid("119-5.1"), uui=value
        )
    )
    return FetchContext("k1", B, "t", context=ContextId(ID), version=1, leg=ChannelUid("119-5.1"), uid=ChannelUid("t"))


def answered(row: ContextRow) -> tuple[int, dict[str, str], bytes]:
    """As a platform gives a record."""
    return 200, {"ETag": f'"{row.version}"'}, json.dumps(context_view(row)).encode()


async def until(desk: Desk, asked: int) -> None:
    """The platform has been asked so often."""
    async with asyncio.timeout(10):
        while len(desk.peer_asked) < asked:
            await asyncio.sleep(0.005)


async def test_a_record_is_asked_for_until_it_comes(desk: Desk) -> None:
    """No answer, not there yet, damaged: asked again; what comes reaches the core, and its tag goes with the next question."""
    command = arrived(desk)
    desk.peer_answers += [(0, {}, b""), (404, {}, b"{}"), (200, {}, b"{"), answered(given(2, summary="积水"))]
    desk.peers.execute(command)
    await until(desk, 4)
    method, url, headers, body = desk.peer_asked[-1]
    assert (method, url, body) == ("GET", f"http://119.example/v1/contexts/{ID}?leg=119-5.1", None)
    assert headers["Authorization"] == "Bearer its-token"
    await asyncio.sleep(0)
    assert desk.play.core.world.received[ContextId(ID)].said.summary == "积水"
    await desk.peers.stop()


async def test_a_corrected_clock_does_not_end_the_following_of_a_record(desk: Desk) -> None:
    """A record is followed for a while behind its call, by the clock that is never set: five years of a correction are not that while."""
    command = replace(arrived(desk), uid=ChannelUid("gone"))
    desk.peers.execute(command)
    await until(desk, 1)
    desk.now += 5 * 365 * 86400.0
    await until(desk, 2)
    await desk.peers.stop()


@pytest.mark.parametrize(
    "strange",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[[]",
        b'{"id":1,"id":2}',
        b"\xff\xfe",
        b"1" * 5000,
        b'"\\ud800"',
        b"x" * 300_000,
    ],
    ids=["deep", "deep objects", "open", "twice", "no UTF-8", "long number", "half a character", "too long"],
)
async def test_a_strange_answer_does_not_end_the_following_of_a_record(desk: Desk, strange: bytes) -> None:
    """Whatever a platform answers, it is asked again, and its next answer is taken."""
    command = arrived(desk)
    desk.peer_answers += [(200, {}, strange), answered(given(2, summary="积水"))]
    desk.peers.execute(command)
    await until(desk, 2)
    await asyncio.sleep(0)
    assert desk.play.core.world.received[ContextId(ID)].said.summary == "积水"
    await desk.peers.stop()


@pytest.mark.parametrize("strange", [b"[" * 60_000, b'{"data":' * 8_000, b'{"data":1,"data":2}', b"\xff\xfe"])
async def test_a_strange_push_is_refused(client: Client, desk: Desk, strange: bytes) -> None:
    """Signed or not: 400, and nothing of it is stored."""
    signed = {"webhook-id": "id-1", "webhook-timestamp": str(int(desk.now)), "Authorization": ""}
    mac = signature(PEER.secret, "id-1", int(desk.now), strange)
    await push(client, strange, {**signed, "webhook-signature": mac}, 400)
    assert desk.store.versions == {}


async def test_what_a_home_says_of_an_edit_is_bounded(client: Client, desk: Desk) -> None:
    """Its words for what is wrong are shown, no others, and no more of them than a person reads."""
    await push(client, *pushed(given(3), desk))
    details = {"parameter": "location", "rule": "x" * 9000, "error_id": "internal", "self": 1}
    desk.peer_answers += [(400, {}, json.dumps({"details": details}).encode())]
    async with client.session.patch(
        f"/v1/contexts/{ID}", json={"location": "四楼"}, headers={"If-Match": '"3"'}
    ) as answer:
        assert answer.status == 400
        assert (await answer.json())["details"] == {"parameter": "location", "rule": "x" * 200}


async def test_every_field_that_a_home_refuses_is_told(client: Client, desk: Desk) -> None:
    """Several errors of a home come through, as many as a case has fields, in words of bounded length and nothing else of them."""
    await push(client, *pushed(given(3), desk))
    several = [{"parameter": f"f{n}", "rule": "x" * 900, "value": "13800000001"} for n in range(30)]
    answers: list[Any] = [{"parameter": "f0", "problems": several}, {"parameter": "f0", "problems": [5]}]
    desk.peer_answers += [(400, {}, json.dumps({"details": details}).encode()) for details in answers]
    found = []
    for _ in answers:
        headers = {"If-Match": '"3"'}
        async with client.session.patch(f"/v1/contexts/{ID}", json={"location": "四楼"}, headers=headers) as answer:
            assert answer.status == 400
            found.append((await answer.json())["details"])
    assert found[0]["problems"] == [{"parameter": f"f{n}", "rule": "x" * 200} for n in range(20)]
    assert found[1] == {"parameter": "f0"}


async def test_an_id_of_another_leg_is_told(desk: Desk) -> None:
    """The home says 409: nobody asks again."""
    command = arrived(desk)
    desk.peer_answers += [(409, {}, b"{}")]
    desk.peers.execute(command)
    await until(desk, 1)
    await asyncio.sleep(0)
    assert desk.play.core.world.arrivals[ChannelUid("t")].problem == "replayed"
    await desk.peers.stop()


async def test_an_edit_is_carried_home(client: Client, desk: Desk) -> None:
    """The record has one owner: the answer is the home's, 412 with its newer version, 503 where it is silent."""
    await push(client, *pushed(given(3), desk))
    desk.peer_answers += [answered(given(4, summary="三楼"))]

    async def edit(status: int, summary: str = "二楼") -> Any:
        async with client.session.patch(
            f"/v1/contexts/{ID}", json={"summary": summary}, headers={"If-Match": '"3"'}
        ) as one:
            assert one.status == status, await one.text()
            return await one.json()

    assert (await edit(200, "三楼"))["summary"] == "三楼"
    method, url, headers, body = desk.peer_asked[-1]
    assert (method, url, headers["If-Match"]) == ("PATCH", f"http://119.example/v1/contexts/{ID}", '"3"')
    assert json.loads(body or b"") == {"summary": "三楼"}
    newer = {"error_id": "changed", "details": {"context": context_view(given(5, summary="四楼"))}}
    desk.peer_answers += [(412, {}, json.dumps(newer).encode())]
    assert (await edit(412))["details"]["context"]["summary"] == "四楼"
    assert (await edit(503))["error_id"] == "home_down"
    desk.peer_answers += [(403, {}, b"{}")]
    assert (await edit(409))["error_id"] == "not_home"


async def test_the_home_judges_who_lifts_a_wish(client: Client, desk: Desk) -> None:
    """Whoever edits here, the home goes by whose token we hold: its refusal is said as it is, and a copy is refused at once."""
    await push(client, *pushed(given(3, confidential=True), desk))
    path, headers = f"/v1/contexts/{ID}", {"If-Match": '"3"'}

    async def lift(**token: str) -> tuple[int, str]:
        async with client.session.patch(path, json={"confidential": None}, headers=headers | token) as answer:
            return answer.status, (await answer.json())["error_id"]

    desk.peer_answers += [(403, {}, b'{"error_id": "kept_confidential", "details": {"home": "119"}}')]
    assert await lift() == (403, "kept_confidential")
    assert await lift(**holds(desk, "110's", "edit", "read", board="110")) == (503, "home_down")  # asked, and silent
    desk.store.write(replace(given(3, confidential=True), organisations=(FIRE, B, SwitchboardId("water"))))
    assert await lift(**holds(desk, "water's", "edit", "read", board="water")) == (403, "kept_confidential")
    assert len(desk.peer_asked) == 2


async def test_a_peer_speaks_of_its_own_callers_only(client: Client, desk: Desk) -> None:
    """An id is made of its home and its call, or of its home alone where no call has made it: another's record cannot be named."""
    stolen = replace(given(9), id=uui.context_id("110", "119-7.1"))
    assert (await push(client, *pushed(stolen, desk), status=400))["details"]["parameter"] == "id"
    ours = context(1, id=ContextId("c-1"), call="", home=B, organisations=(B,))
    desk.store.write(ours)
    for id_ in (
        ContextId("c-1"),
        uui.told_id("120", "GD-1"),
        uui.context_id("120", "120-5.1"),
        uui.context_id("119", ""),
    ):
        taken = replace(given(9), id=id_, call="")
        assert (await push(client, *pushed(taken, desk), status=400))["details"]["parameter"] == "id"
    assert desk.store.versions == {"c-1": [ours]}


async def test_a_matter_that_no_call_has_made_is_its_homes(client: Client, desk: Desk) -> None:
    """What 119 was told it gives to us like any other record, and what 120 was told nobody but 120."""
    told = context_of(ImportedCase(details={"summary": "积水"}, left=(), key="GD-1"), FIRE, "x", desk.now)
    await push(client, *pushed(replace(told, organisations=(FIRE, B)), desk))
    assert desk.store.versions[told.id][-1].said.summary == "积水"


async def test_an_answer_to_an_edit_is_about_what_was_edited(client: Client, desk: Desk) -> None:
    """A home that answers with another record writes nothing here."""
    await push(client, *pushed(given(3), desk))
    other = replace(given(4), id=uui.context_id("119", "119-8.1"), call="119-8.1")
    desk.peer_answers += [answered(other)]
    async with client.session.patch(
        f"/v1/contexts/{ID}", json={"summary": "二楼"}, headers={"If-Match": '"3"'}
    ) as answer:
        assert answer.status == 503, await answer.text()
    assert list(desk.store.versions) == [ID]


async def test_an_older_version_changes_nothing(client: Client, desk: Desk) -> None:
    """A dead letter that is sent again after its successors is taken and forgotten, also by a gateway that has restarted."""
    await push(client, *pushed(given(7, summary="七"), desk))
    desk.play.core.world.received.clear()
    await push(client, *pushed(given(3, summary="三"), desk))
    assert (await client.get(f"/v1/contexts/{ID}"))["summary"] == "七"


async def test_a_caller_without_a_number_has_a_record(client: Client, desk: Desk) -> None:
    """What a home takes from its own wire is taken from it."""
    row = replace(given(summary="积水"), caller_number="anonymous", caller_name="欧阳\u3000建国")
    await push(client, *pushed(row, desk))
    assert desk.store.versions[ID][-1].caller_name == "欧阳\u3000建国"


async def test_coordinates_that_the_copy_hides_are_cleared_at_home(client: Client, desk: Desk) -> None:
    """A masked copy has none: to clear them is an edit all the same. A form that is sent back with them does not clear what it has not seen."""
    row = given(3, longitude=117.2, latitude=39.1, summary="积水")
    await push(client, *pushed(row, desk))
    cleared: dict[str, Any] = {"longitude": None, "latitude": None}

    async def edit(body: dict[str, Any], version: int) -> Any:
        headers = {"If-Match": f'"{version}"'}
        async with client.session.patch(f"/v1/contexts/{ID}", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    for version, more in ((3, {}), (4, {"location": "三楼"}), (5, {"owner": "110"})):
        desk.peer_answers += [answered(given(version + 1, summary="积水"))]
        assert (await edit(cleared | more, version))["version"] == version + 1
        assert json.loads(desk.peer_asked[-1][3] or b"") == cleared | more
    asked = len(desk.peer_asked)
    assert (await edit(cleared | {"summary": "积水", "urgency": ""}, 6))["version"] == 6
    assert len(desk.peer_asked) == asked
    desk.peer_answers += [answered(given(7, summary="积水", location="三楼"))]
    await edit(cleared | {"summary": "积水", "location": "三楼"}, 6)
    assert json.loads(desk.peer_asked[-1][3] or b"") == {"location": "三楼"}


async def test_what_an_edit_sends_back_unchanged_is_not_sent_home(client: Client, desk: Desk) -> None:
    """A whole form with a masked text in it changes what the person changed; what the home refuses is said as the home says it."""
    await push(client, *pushed(given(3, summary="回电 138****0001"), desk))
    desk.peer_answers += [answered(given(4, summary="回电 138****0001", location="三楼"))]
    body = {"summary": "回电 138****0001", "location": "三楼"}
    async with client.session.patch(f"/v1/contexts/{ID}", json=body, headers={"If-Match": '"3"'}) as answer:
        assert answer.status == 200, await answer.text()
    assert json.loads(desk.peer_asked[-1][3] or b"") == {"location": "三楼"}
    desk.peer_answers += [(400, {}, b'{"error_id": "bad_parameter", "details": {"parameter": "location"}}')]
    async with client.session.patch(
        f"/v1/contexts/{ID}", json={"location": "四楼"}, headers={"If-Match": '"4"'}
    ) as answer:
        assert (answer.status, (await answer.json())["details"]) == (400, {"parameter": "location"})
