"""``/v1/contexts``: read, edited by whoever saw the newest version, found; and who may see what."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from gateway.api import ApiServer
from gateway.api.access import NEEDS, OPEN, PRESS, RECEIVED
from gateway.contexts.formats.eido_reading import from_eido
from gateway.contexts.formats.work_order import Form, FormField
from gateway.core.messages.commands import HideNumber
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import ChannelUid, SwitchboardId
from gateway.security.principal import SCOPES, Principal
from gateway.store import StoreError, StoreHealth, Stuck
from tests.core.plays import A, B
from tests.store.contract import MATTERS, context

from .conftest import FORM, TOKEN, Client, Desk
from .test_feed import parse

NUMBER = "13800000001"


def talking(desk: Desk) -> ContextRow:
    """A caller talks with seat 1001."""
    desk.play.connect()
    return desk.play.all(ContextRow)[-1]


def holds(desk: Desk, token: str, *scopes: str, board: str = "", seat: str = "") -> dict[str, str]:
    """A token's header, from now on."""
    desk.principals[token] = Principal(token, frozenset(scopes), board, seat)
    return {"Authorization": f"Bearer {token}"}


async def patch(client: Client, id_: str, body: Any, status: int = 200, **headers: str) -> Any:
    """The answer to an edit."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.session.patch(f"/v1/contexts/{id_}", json=body, headers=given) as answer:
        found = await answer.json()
        assert answer.status == status, found
        return found | {"etag": answer.headers.get("ETag")}


# --- edits ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [False, True], ids=["while the call lives", "afterwards"])
async def test_of_two_who_saw_one_version_one_wins(client: Client, desk: Desk, ended: bool) -> None:
    """The other gets 412 with the newer version and its ETag, and nothing of the winner is lost."""
    row = talking(desk)
    if ended:
        desk.play.hang_up(A, "c")
        row = desk.play.all(ContextRow)[-1]
    tag = f'"{row.version}"'
    won = await patch(client, row.id, {"summary": "噪音扰民", "urgency": "urgent"}, If_Match=tag)
    assert (won["version"], won["etag"], won["changed_by"]) == (row.version + 1, f'"{row.version + 1}"', "admin")
    lost = await patch(client, row.id, {"summary": "别的"}, 412, If_Match=tag)
    assert lost["error_id"] == "changed"
    assert (lost["details"]["context"]["summary"], lost["etag"]) == ("噪音扰民", won["etag"])
    again = await patch(client, row.id, {"matter": "N01"}, If_Match=lost["etag"])
    assert (again["summary"], again["matter"], again["urgency"]) == ("噪音扰民", "N01", "urgent")


async def test_at_once_one_wins(client: Client, desk: Desk) -> None:
    """Ten edits of one version at the same moment: one 200, nine 412."""
    row = talking(desk)
    desk.play.hang_up(A, "c")
    version = desk.play.all(ContextRow)[-1].version

    async def one(n: int) -> int:
        headers = {"If-Match": f'"{version}"'}
        async with client.session.patch(f"/v1/contexts/{row.id}", json={"summary": str(n)}, headers=headers) as answer:
            return answer.status

    assert sorted(await asyncio.gather(*map(one, range(10)))) == [200, *[412] * 9]


async def test_what_the_call_did_meanwhile_counts_too(client: Client, desk: Desk) -> None:
    """A press makes a version of its own: whoever edits looks again first."""
    row = talking(desk)
    desk.play.press()
    answer = await patch(client, row.id, {"summary": "x"}, 412, If_Match=f'"{row.version}"')
    assert answer["details"]["context"]["transfers"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "error"),
    [
        ({}, {"summary": "x"}, 428, "no_if_match"),
        ({"If_Match": "*"}, {"summary": "x"}, 400, "bad_parameter"),
        ({"If_Match": "3"}, {"summary": "x"}, 400, "bad_parameter"),
        ({"If_Match": '"2"'}, {}, 400, "bad_parameter"),
        ({"If_Match": '"2"'}, {"caller_number": "1"}, 400, "bad_parameter"),
        ({"If_Match": '"2"'}, {"district": "x"}, 400, "bad_parameter"),
        ({"If_Match": '"2"'}, [], 400, "bad_body"),
    ],
)
async def test_an_edit_that_is_none(
    client: Client, desk: Desk, headers: dict[str, str], body: Any, status: int, error: str
) -> None:
    """Without If-Match 428; what does not fit is named, and the context stays as it is."""
    row = talking(desk)
    assert (await patch(client, row.id, body, status, **headers))["error_id"] == error
    assert (await client.get(f"/v1/contexts/{row.id}"))["version"] == row.version


async def test_history_says_who_changed_what(client: Client, desk: Desk) -> None:
    """Each version with its author and what it changed, numbers masked."""
    row = talking(desk)
    await patch(client, row.id, {"summary": f"回电 {NUMBER}"}, If_Match=f'"{row.version}"')
    items = (await client.get(f"/v1/contexts/{row.id}/history"))["items"]
    assert [item["version"] for item in items] == list(range(1, row.version + 2))
    assert (items[0]["by"], items[-1]["by"]) == ("", "admin")
    assert items[-1]["changes"] == [{"field": "summary", "before": "", "after": "回电 138****0001"}]
    assert desk.audits[-1][1] == "context_edited"


async def test_a_store_that_is_down_takes_no_edit_of_an_ended_call(client: Client, desk: Desk) -> None:
    """503, and what to do; never a 200 that is lost."""
    row = talking(desk)
    desk.play.hang_up(A, "c")
    await client.get(f"/v1/contexts/{row.id}")
    desk.store.down = True
    assert (await patch(client, row.id, {"summary": "x"}, 503, If_Match='"9"'))["error_id"] == "store_down"


async def test_a_store_that_is_down_takes_no_edit_of_a_live_call(client: Client, desk: Desk) -> None:
    """503 with what to do, in Chinese first; nothing of it has happened, and it works when the store is well again."""
    row = talking(desk)
    desk.store.down = True
    answer = await patch(client, row.id, {"summary": "x"}, 503, If_Match=f'"{row.version}"')
    assert answer["error_id"] == "store_down"
    assert answer["details"]["remedy"].startswith("通话不受影响")
    desk.store.down = False
    assert (await client.get(f"/v1/contexts/{row.id}"))["version"] == row.version
    await patch(client, row.id, {"summary": "x"}, If_Match=f'"{row.version}"')


@pytest.mark.parametrize(
    ("error", "then", "status"),
    [
        (
            StoreError("full", "here", "room"),
            StoreHealth(ok=False, backlog=12, lost=0, problem="full", in_memory=12),
            200,
        ),
        (
            StoreError("full", "here", "room"),
            StoreHealth(ok=False, backlog=12, lost=0, problem="full", in_memory=12, held=1),
            503,
        ),
        (StoreError("full", "here", "room"), StoreHealth(ok=False, backlog=12, lost=1, problem="full"), 503),
        (Stuck("slow", "here", "load"), StoreHealth(ok=False, backlog=12, lost=0, problem="slow", in_memory=12), 503),
    ],
    ids=["in the backlog file, others' records queue", "no file takes it", "refused", "the writer is stuck"],
)
async def test_a_store_that_goes_down_under_an_edit(
    client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: StoreError, then: StoreHealth, status: int
) -> None:
    """An edit that is in force and durable is no 503, whatever else waits; one that might be lost is."""
    row = talking(desk)
    healths = iter([StoreHealth(ok=True, backlog=0, lost=0)])

    async def flush() -> None:
        raise error

    monkeypatch.setattr(desk.store, "health", lambda: next(healths, then))
    monkeypatch.setattr(desk.store, "flush", flush)
    answer = await patch(client, row.id, {"summary": "x"}, status, If_Match=f'"{row.version}"')
    assert answer.get("error_id") == (None if status == 200 else "store_down")


@pytest.mark.parametrize("ended", [False, True], ids=["while the call lives", "afterwards"])
async def test_the_owner_hands_a_matter_over(client: Client, desk: Desk, ended: bool) -> None:
    """To one organisation, who sees it then and alone can hand it on; audited, in the history, under If-Match like any edit."""
    row = talking(desk)
    if ended:
        desk.play.hang_up(A, "c")
        row = desk.play.all(ContextRow)[-1]
    tag = f'"{row.version}"'
    ours, theirs = holds(desk, "ours", "edit", "read", board=A), holds(desk, "theirs", "edit", "read", board=B)
    await patch(client, row.id, {"owner": "110"}, 404, If_Match=tag, **theirs)
    await patch(client, row.id, {"owner": None}, 400, If_Match=tag, **ours)
    assert (await patch(client, row.id, {"owner": "mars"}, 422, If_Match=tag, **ours))[
        "error_id"
    ] == "unknown_switchboard"
    given = await patch(client, row.id, {"owner": "110", "summary": "噪音"}, If_Match=tag, **ours)
    assert (given["owner"], given["organisations"], given["summary"]) == ("110", [A, B], "噪音")
    assert desk.audits[-1][1:3] == ("context_handed_over", f"{row.id} 110")
    back = await patch(client, row.id, {"owner": A}, 403, If_Match=given["etag"], **ours)
    assert (back["error_id"], back["details"]["owner"]) == ("not_owner", "110")
    await patch(
        client, row.id, {"owner": "110", "summary": "x"}, If_Match=given["etag"], **ours
    )  # it is theirs already
    again = await patch(client, row.id, {"owner": A}, If_Match=f'"{given["version"] + 1}"', **theirs)
    items = (await client.get(f"/v1/contexts/{row.id}/history"))["items"]
    assert again["owner"] == A
    assert {"field": "owner", "before": "110", "after": A} in items[-1]["changes"]
    await patch(client, row.id, {"owner": "110"}, If_Match=again["etag"])  # the administrator, for anybody


async def test_no_hand_over_beside_a_transfer(client: Client, desk: Desk) -> None:
    """While a transfer is under way its outcome says who owns the matter: 409, and other edits go on."""
    talking(desk)
    desk.play.press()
    row = desk.play.all(ContextRow)[-1]
    assert (await patch(client, row.id, {"owner": "110"}, 409, If_Match=f'"{row.version}"'))[
        "error_id"
    ] == "wrong_state"
    await patch(client, row.id, {"summary": "x"}, If_Match=f'"{row.version}"')


# --- finding --------------------------------------------------------------------------------------------------------------


async def test_a_search_in_pages(client: Client, desk: Desk) -> None:
    """``next`` leads through all that fit, newest first; at the end it is null."""
    for n in range(5):
        desk.store.write(context(n, said=CaseDetails(summary="噪音" if n != 2 else "积水")))
    first = await client.get("/v1/contexts?text=噪音&limit=3")
    rest = await client.get(f"/v1/contexts?text=噪音&limit=3&cursor={first['next']}")
    assert [item["id"] for item in first["items"] + rest["items"]] == ["k4", "k3", "k1", "k0"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "query", ["tail=12", "number=abc", "district=1", "since=yesterday", "text=", "cursor=x", "limit=0"]
)
async def test_a_search_that_is_none(client: Client, query: str) -> None:
    """What cannot be looked for is named."""
    body = await client.get(f"/v1/contexts?{query}", 400)
    assert body["details"]["parameter"] == query.partition("=")[0]


async def test_nobody_spells_a_masked_number_out(client: Client, desk: Desk) -> None:
    """More digits than the mask shows need the scope and a purpose, and are audited; a whole number finds its matters for whoever knows it."""
    desk.store.write(context(said=CaseDetails(summary=f"回电{NUMBER}"), caller_number="02287654321"))
    reads, full = holds(desk, "r", "read"), holds(desk, "f", "read", "full")
    for path in ("/v1/contexts", "/v1/exports/contexts"):
        answer = await client.get(f"{path}?tail=54321", 400, **reads)
        assert (answer["details"]["parameter"], answer["details"]["digits_max"]) == ("tail", 4)
        await client.get(f"{path}?tail=54321&full=true&purpose=x", 403, **reads)
    for query, count in (("tail=4321", 1), ("number=02287654321", 1), (f"text={NUMBER}", 1), ("text=1380000000", 0)):
        assert len((await client.get(f"/v1/contexts?{query}", **reads))["items"]) == count, query
        assert len(await exported(client, query, **reads)) == count, query
    desk.audits.clear()
    assert (await client.get("/v1/contexts?tail=54321&full=true&purpose=核实", **full))["items"]
    assert [line[1:] for line in desk.audits] == [("contexts_read_full", "k0", "核实")]
    desk.store.write(context(1, caller_number="87654321"))
    assert [len((await client.get(f"/v1/contexts?tail={tail}", **reads))["items"]) for tail in ("321", "4321")] == [
        2,
        1,
    ]


async def test_a_fault_of_ours_is_no_fault_of_the_cursor(client: Client, desk: Desk) -> None:
    """A row that cannot be shown is answered as our fault: 400 would send the asker looking for his own."""
    desk.store.write(context(0, at=1e12))
    assert (await client.get("/v1/contexts?cursor=0", 500))["error_id"] == "internal"


# --- who may see what -----------------------------------------------------------------------------------------------------


def test_every_route_has_its_scope(desk: Desk) -> None:
    """The table in ``access`` lists each closed route once, with a scope that exists."""
    app = ApiServer("127.0.0.1", 0, TOKEN, desk.services()).app
    routes = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert {
        (method, path) for method, path in routes if path not in (*OPEN, RECEIVED) and not path.startswith(PRESS)
    } == set(NEEDS)
    assert set(NEEDS.values()) <= set(SCOPES)


@pytest.mark.parametrize(("method", "path"), NEEDS)
async def test_a_token_without_the_scope_is_refused(client: Client, desk: Desk, method: str, path: str) -> None:
    """403 names the scope that is missing; all other scopes together do not make up for it."""
    scope = NEEDS[method, path]
    headers = holds(desk, "t", *(other for other in SCOPES if other not in (scope, "admin")))
    async with client.session.request(method, re.sub(r"{\w+}", "x", path), headers=headers) as answer:
        assert (answer.status, (await answer.json())["details"]) == (403, {"scope": scope})


async def test_a_token_that_nobody_holds(client: Client, desk: Desk) -> None:
    """401, as without any."""
    await client.get("/v1/calls", 401, Authorization="Bearer nobody")
    assert (await client.get("/v1/calls", **holds(desk, "t", "read")))["items"] == []


async def test_a_matter_is_seen_by_its_organisations_only(client: Client, desk: Desk) -> None:
    """110 sees the context, the call and the transfer from the press on, and before that there is no such record."""
    row = talking(desk)
    home, far = (holds(desk, board, "read", "edit", "transfer", board=board) for board in ("12345", "110"))
    path = f"/v1/contexts/{row.id}"
    assert (await client.get(path, **home))["id"] == row.id
    assert (await client.get("/v1/contexts", **home))["items"]
    for hidden in (path, f"{path}/history", f"{path}/trace"):
        await client.get(hidden, 404, **far)
    assert (await client.get("/v1/calls", **far))["items"] == []
    assert (await client.get("/v1/contexts", **far))["items"] == []
    await patch(client, row.id, {"summary": "x"}, 404, If_Match='"2"', **far)
    await client.post("/v1/transfers", {"target": "110", "call": row.call}, 404, **far)
    desk.play.press()
    assert (await client.get(path, **far))["organisations"] == ["12345", "110"]
    assert (
        len((await client.get("/v1/calls", **far))["items"])
        == len((await client.get("/v1/contexts", **far))["items"])
        == 1
    )
    other = holds(desk, "120", "read", "transfer", board="120")
    await client.get("/v1/transfers/12345.1000000.1", **far)
    await client.get("/v1/transfers/12345.1000000.1", 404, **other)
    await client.post("/v1/transfers/12345.1000000.1/cancel", None, 404, **other)


async def test_a_seat_acts_for_itself(client: Client, desk: Desk) -> None:
    """A token of a seat begins no transfer of another seat or another switchboard, and makes no button for it."""
    talking(desk)
    headers = holds(desk, "s", "transfer", board="12345", seat="1001")
    for board, seat, error in (("110", "2001", "not_your_switchboard"), ("12345", "1002", "not_your_seat")):
        wish = {"switchboard": board, "seat": seat}
        for path, body in (("/v1/transfers", {"target": "110"}), ("/v1/action-urls", {"action": "cancel"})):
            assert (await client.post(path, body | wish, 403, **headers))["error_id"] == error
    await client.post("/v1/transfers", {"target": "110", "switchboard": "12345", "seat": "1001"}, **headers)


async def test_seats_of_others_are_for_supervisors(client: Client, desk: Desk) -> None:
    """A token of 110 sees 110's seats; with ``supervise`` all of them."""
    own = await client.get("/v1/seats", **holds(desk, "a", "read", board="110"))
    every = await client.get("/v1/seats", **holds(desk, "b", "read", "supervise", board="110"))
    assert {seat["switchboard"] for seat in own["items"]} == {"110"}
    assert {seat["switchboard"] for seat in every["items"]} == {"12345", "110"}


async def test_a_full_reading_needs_the_scope_and_the_audit(client: Client, desk: Desk) -> None:
    """Without the scope 403; while the audit log cannot be written 503: the number is not shown."""
    row = talking(desk)
    path = f"/v1/contexts/{row.id}?full=true&purpose=回拨"
    assert (await client.get(path, 403, **holds(desk, "r", "read")))["details"] == {"scope": "full"}
    desk.audit_broken = True
    headers = holds(desk, "f", "read", "full")
    assert NUMBER not in str(await client.get(path, 503, **headers))
    desk.audit_broken = False
    assert (await client.get(path, **headers))["caller_number"] == NUMBER
    assert desk.audits[-1] == ("f@127.0.0.1", "context_read_full", row.id, "回拨")


async def test_a_confidential_number_is_hidden_downstream(client: Client, desk: Desk) -> None:
    """Not even its last digits are shown to others, in full or by looking for it; the home and 110 see it."""
    said = CaseDetails(confidential=True, location="南开区长江道12号", longitude=117.1, latitude=39.1)
    desk.store.write(context(said=said, organisations=tuple(map(SwitchboardId, ("12345", "110", "water")))))
    full = "?full=true&purpose=x"
    for board, shown in (("12345", NUMBER), ("110", NUMBER), ("water", "*" * 11)):
        headers = holds(desk, board, "read", "full", board=board)
        view = await client.get(f"/v1/contexts/k0{full}", **headers)
        assert (view["caller_number"], view["latitude"]) == (shown, 39.1)
        found = await client.get(f"/v1/contexts?number={NUMBER}", **headers)
        assert bool(found["items"]) is (board != "water")
    masked = await client.get("/v1/contexts/k0", **holds(desk, "m", "read", board="110"))
    assert (masked["location"], masked["latitude"], masked["caller_number"]) == ("南开区长江道…", None, "138****0001")


async def test_who_drives_there_reads_the_whole_place_by_rule(client: Client, desk: Desk) -> None:
    """110 by its rule: place and coordinates in a plain reading and in its history, numbers masked; water reads the street."""
    said = CaseDetails(location="南开区长江道12号，电话13800000001", longitude=117.1, latitude=39.1)
    desk.store.write(context(said=said, organisations=tuple(map(SwitchboardId, ("12345", "110", "water")))))
    world = desk.play.core.world
    targets = {id_: replace(one, sees_place=id_ == "110") for id_, one in world.rules.targets.items()}
    world.rules = replace(world.rules, targets=targets)
    for board, place, latitude in (
        ("110", "南开区长江道12号，电话138****0001", 39.1),
        ("water", "南开区长江道…", None),
    ):
        view = await client.get("/v1/contexts/k0", **holds(desk, board, "read", board=board))
        assert (view["location"], view["latitude"], view["caller_number"]) == (place, latitude, "138****0001")
        assert (await client.get("/v1/contexts/k0/history", **holds(desk, board, "read", board=board)))["items"]
    assert desk.audits == []


KEPT_FROM_WATER = tuple(map(SwitchboardId, ("12345", "110", "water")))


@pytest.mark.parametrize("lifted", [False, None], ids=["false", "null"])
async def test_nobody_lifts_what_hides_the_number_from_them(client: Client, desk: Desk, lifted: bool | None) -> None:
    """403 for the organisation that does not see it, which may set the mark; the home and 110 take the wish back."""
    headers = {board: holds(desk, board, "read", "full", "edit", board=board) for board in KEPT_FROM_WATER}
    for n, board in enumerate(KEPT_FROM_WATER):
        desk.store.write(context(n, said=CaseDetails(confidential=True), organisations=KEPT_FROM_WATER))
        status = 403 if board == "water" else 200
        answer = await patch(client, f"k{n}", {"confidential": lifted}, status, If_Match='"1"', **headers[board])
        assert (answer.get("error_id"), answer.get("confidential")) in {("kept_confidential", None), (None, False)}
    view = await client.get("/v1/contexts/k2?full=true&purpose=x", **headers["water"])
    assert (view["caller_number"], view["version"], view["confidential"]) == ("*" * 11, 1, True)
    await patch(client, "k2", {"confidential": True, "summary": "水管"}, If_Match='"1"', **headers["water"])
    desk.store.write(context(3, organisations=KEPT_FROM_WATER))
    await patch(client, "k3", {"confidential": True}, If_Match='"1"', **headers["water"])


async def test_a_hidden_number_is_in_no_field_and_no_next(client: Client, desk: Desk) -> None:
    """Name, place, summary, history and export are without its digits, and a search by it says the same as one by any other."""
    said = CaseDetails(confidential=True, summary=f"来电人电话{NUMBER}，噪音", location="电话 138-0000-0001")
    for n in range(2):
        desk.store.write(context(n, said=said, caller_name=NUMBER, organisations=KEPT_FROM_WATER))
    headers = holds(desk, "water", "read", "full", board="water")
    for query in ("", "&full=true&purpose=x"):
        shown = [
            await client.get(f"/v1/contexts/k0?{query}", **headers),
            await client.get(f"/v1/contexts/k0/history?{query}", **headers),
            await exported(client, query[1:], **headers),
        ]
        assert re.search("138|0001", re.sub(r"[+*]\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+|12345-\d", "", str(shown))) is None
        for digits in (f"number={NUMBER}", "tail=0001", f"text={NUMBER}", "text=138", "text=0000"):
            found = await client.get(f"/v1/contexts?{digits}&limit=1{query}", **headers)
            assert (found, await exported(client, digits + query, **headers)) == ({"items": [], "next": None}, [])
        assert (await client.get(f"/v1/contexts?text=噪音&limit=1{query}", **headers))["items"][0]["id"] == "k1"


async def test_no_live_number_is_shown_by_whom_it_is_kept_from(client: Client, desk: Desk) -> None:
    """While the call lives, too: 403, and the switchboard is told nothing."""
    desk.play.channel(B, "c", f"PJSIP/{NUMBER}-0000000a")
    desk.play.tell(
        QueueJoined(
            B,
            desk.now,
            queue="110",
            channel=ChannelUid("c"),
            channel_name=f"PJSIP/{NUMBER}-0000000a",
            caller_number=NUMBER,
            caller_name="",
        )
    )
    row = desk.play.all(ContextRow)[-1]
    kept = await patch(client, row.id, {"confidential": True, "owner": A}, If_Match=f'"{row.version}"')
    theirs = holds(desk, "12345's", "read", "edit", board=A)
    answer = await patch(client, row.id, {"confidential": False}, 403, If_Match=kept["etag"], **theirs)
    assert (answer["error_id"], answer["details"]) == ("kept_confidential", {"home": "110"})
    assert [command.hidden for command in desk.play.all(HideNumber)] == [True]


# --- the live feed ----------------------------------------------------------------------------------------------------------


async def test_the_feed_tells_each_only_what_is_theirs(client: Client, desk: Desk) -> None:
    """A reader of 110 gets the context that was given to 110, also when it comes back, and not the other."""
    headers = holds(desk, "f", "read", board="110") | {"Last-Event-ID": "0"}
    for row in (context(0), context(1, organisations=(A, B))):
        desk.feed.publish("context", {"id": row.id}, frozenset(row.organisations or (row.home,)))
    async with client.session.get("/v1/events", headers=headers) as answer:
        await answer.content.readuntil(b"\n\n")
        assert parse(await answer.content.readuntil(b"\n\n"))[::2] == (2, {"id": "k1"})
        desk.feed.publish("context", {"id": "k2"}, frozenset(("12345",)))
        desk.feed.publish("gap", {"id": "all"})
        assert parse(await answer.content.readuntil(b"\n\n"))[::2] == (4, {"id": "all"})


async def test_a_silent_feed_beats_and_a_revoked_token_ends_it(desk: Desk) -> None:
    """A comment keeps proxies awake; whoever's token is revoked is cut off at the next."""
    desk.heartbeat_s = 0.02
    server = ApiServer("127.0.0.1", 0, TOKEN, desk.services())
    await server.start()
    client = Client(server)
    try:
        async with client.session.get("/v1/events", headers=holds(desk, "f", "read")) as answer:
            await answer.content.readuntil(b"\n\n")
            assert await answer.content.readuntil(b"\n\n") == b": beat\n\n"
            del desk.principals["f"]
            with pytest.raises((aiohttp.ClientError, OSError)):
                await answer.content.read()
    finally:
        await client.session.close()
        await server.stop()


# --- in bulk --------------------------------------------------------------------------------------------------------------


async def exported(client: Client, query: str = "", status: int = 200, **headers: str) -> list[dict[str, str]]:
    """The rows of a CSV export."""
    async with client.session.get(f"/v1/exports/contexts?{query}", headers=headers) as answer:
        assert answer.status == status
        return list(csv.DictReader((await answer.text("utf-8-sig")).splitlines()))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("tail=0002", ["k1"]), ("matter=N01", ["k1"]), ("district=120101", ["k5", "k1"]), ("seat=2001", ["k4"]), ("text=堵塞", ["k2"]),
        ("case=GD-1", ["k4", "k3"]), ("switchboard=110", ["k5", "k4"]), ("since=1003&until=1005", ["k4", "k3"]),
        ("number=13800000001&switchboard=12345", ["k4", "k0"]), ("tail=9999", []),
    ],
)  # fmt: skip
async def test_an_export_has_what_the_search_finds(client: Client, desk: Desk, query: str, ids: list[str]) -> None:
    """The same conditions, all rows in one file, numbers masked; the file is gone when it has been sent."""
    for row in MATTERS:
        desk.store.write(row)
    rows = await exported(client, query)
    assert [row["编号 id"] for row in rows] == ids
    assert [item["id"] for item in (await client.get(f"/v1/contexts?{query}"))["items"]] == ids
    assert NUMBER not in str(rows)
    assert not desk.exported.exists()


async def test_who_may_export_what(client: Client, desk: Desk) -> None:
    """A switchboard gets what was given to it; in full for a purpose, audited, and never a confidential number of another's."""
    desk.store.write(context(1, organisations=(A,)))
    desk.store.write(context(2, organisations=(A, SwitchboardId("119"))))
    desk.store.write(context(3, organisations=(A, SwitchboardId("119")), said=CaseDetails(confidential=True)))
    theirs = holds(desk, "119's", "read", "full", board="119")
    rows = await exported(client, "full=true&purpose=核实", **theirs)
    assert [(row["编号 id"], row["来电号码 caller_number"]) for row in rows] == [("k3", "*" * 11), ("k2", NUMBER)]
    assert [line[1:] for line in desk.audits[-2:]] == [
        ("contexts_exported_full", "csv", "核实"), ("contexts_export_made", "csv", "核实"),
    ]  # fmt: skip
    assert desk.audit_details[-2:] == [{"organisation": "119"}, {"contexts": "2"}]
    await exported(
        client, f"full=true&purpose=核实&number={NUMBER}&tail=130001&text=打{NUMBER}&since=0.5&until=4000000000"
    )
    assert desk.audit_details[-2] == {
        "number": "138****0001", "tail": "**0001", "text": "打138****0001",
        "since": "1970-01-01T00:00:00.500+00:00", "until": "2096-10-02T07:06:40.000+00:00",
    }  # fmt: skip
    assert [row["编号 id"] for row in await exported(client, f"number={NUMBER}", **theirs)] == ["k2"]
    await exported(client, "full=true", 400, **theirs)
    await exported(client, "", 403, **holds(desk, "none", "edit", board="119"))
    await exported(client, "format=pdf", 400)
    await exported(client, "tail=1", 400)


# --- other formats --------------------------------------------------------------------------------------------------------


async def in_format(client: Client, id_: str, format_: str, query: str = "", **headers: str) -> tuple[Any, Any]:
    """The body and the headers of a context in a format."""
    async with client.session.get(f"/v1/contexts/{id_}?format={format_}{query}", headers=headers) as answer:
        assert answer.status == 200
        return await answer.json(content_type=None), answer.headers


async def test_an_eido_shows_what_the_plain_view_shows(client: Client, desk: Desk) -> None:
    """Masked by default; in full for a purpose, which is audited; never a confidential number; each with a tag of its own."""
    row = talking(desk)
    found, headers = await in_format(client, row.id, "eido")
    assert headers["Content-Type"].startswith("application/emergency.eido+json")
    assert (headers["ETag"], from_eido(found)["version"]) == (f'"{row.version}-eido"', row.version)
    assert found["callbackComponent"][0]["callBackInformationUri"] == []
    assert NUMBER not in str(found)
    whole, headers = await in_format(client, row.id, "eido", "&full=true&purpose=核实")
    assert whole["callbackComponent"][0]["callBackInformationUri"] == [f"tel:{NUMBER}"]
    assert (headers["ETag"], desk.audits[-1][1]) == (f'"{row.version}-full-eido"', "context_read_full")
    desk.store.write(context(organisations=(A, B, SwitchboardId("119")), said=CaseDetails(confidential=True)))
    reads = holds(desk, "119's", "read", "full", board="119")
    hidden, _ = await in_format(client, "k0", "eido", "&full=true&purpose=核实", **reads)
    assert NUMBER not in str(hidden)
    open_to, _ = await in_format(
        client, "k0", "eido", "&full=true&purpose=核实", **holds(desk, "110's", "read", "full", board="110")
    )
    assert NUMBER in str(open_to)


async def test_a_work_order_has_the_fields_of_the_site(client: Client, desk: Desk) -> None:
    """The form's own names, masked as the plain view is."""
    row = talking(desk)
    form, headers = await in_format(client, row.id, "work_order")
    assert (form, headers["ETag"]) == (
        {"电话": "138****0001", "编号": row.id, "内容": ""}, f'"{row.version}-work_order-{FORM.digest}"',
    )  # fmt: skip
    assert "Onekey-Misfits" not in headers


async def test_a_form_that_was_loaded_again_is_another_representation(client: Client, desk: Desk) -> None:
    """A tag answers for the form that it was made with: the same form is 304, another one is sent, and so is the first again."""
    desk.store.write(context(said=CaseDetails(summary="噪音")))
    path = "/v1/contexts/k0?format=work_order"
    async with client.session.get(path) as answer:
        tag = answer.headers["ETag"]
    async with client.session.get(path, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    desk.form = replace(FORM, fields=(replace(FORM.fields[2], name="摘要"),))
    async with client.session.get(path, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.json()) == (200, {"摘要": "噪音"})
        assert answer.headers["ETag"] != tag


def test_a_form_has_one_digest_everywhere() -> None:
    """What it is depends on the form alone, and a changed word of a code changes it: gateways that share a load agree."""
    one = Form((FormField(name="紧急", source="urgency", words={"urgent": "急", "normal": "一般"}),))
    same = Form((FormField(name="紧急", source="urgency", words={"normal": "一般", "urgent": "急"}),))
    assert one.digest == same.digest
    assert Form((replace(one.fields[0], words={"urgent": "特急", "normal": "一般"}),)).digest != one.digest


async def test_what_a_work_order_cannot_hold_is_told(client: Client, desk: Desk) -> None:
    """A text that is longer than its field is cut, and a header names the field and the rule."""
    desk.store.write(context(said=CaseDetails(summary="楼下烧烤店")))
    form, headers = await in_format(client, "k0", "work_order")
    assert form["内容"] == "楼下烧…"
    [told] = json.loads(headers["Onekey-Misfits"])
    assert (told["field"], told["source"], "最多 4" in told["rule"]) == ("内容", "summary", True)


async def test_a_format_that_is_none(client: Client, desk: Desk) -> None:
    """400, and which there are."""
    row = talking(desk)
    answer = await client.get(f"/v1/contexts/{row.id}?format=xml", 400)
    assert answer["details"]["allowed"][:2] == ["json", "eido"]
    no_purpose = await client.get(f"/v1/contexts/{row.id}?format=eido&full=true", 400)
    assert no_purpose["error_id"] == "purpose_needed"


@pytest.mark.parametrize(
    "edit",
    [
        {"summary": "回电 139****0002，已派人"},
        {"location": "南开区长江道…3层"},
        {"recordings": ["rec/139****0002.wav", "rec/2.wav"]},
    ],
    ids=str,
)
async def test_a_masked_piece_does_not_come_back(client: Client, desk: Desk, edit: dict[str, Any]) -> None:
    """Whoever saw stars and writes on around them would put the stars in the place of the digits: nothing is overwritten unseen."""
    said = CaseDetails(summary="回电 13900000002", location="南开区长江道12号", recordings=("rec/13900000002.wav",))
    desk.store.write(context(said=said))
    (name,) = edit
    found = await patch(client, "k0", edit, 400, If_Match='"1"')
    assert found["details"]["parameter"] == name
    whole = {"summary": "回电 13900000002，已派人", "location": "南开区长江道12号3层", "recordings": ["rec/2.wav"]}
    await patch(client, "k0", {name: whole[name]}, If_Match='"1"')


async def test_stars_of_the_record_itself_are_text(client: Client, desk: Desk) -> None:
    """What was written with stars may be written on."""
    desk.store.write(context(said=CaseDetails(summary="车牌 津A***12")))
    await patch(client, "k0", {"summary": "车牌 津A***12，白色"}, If_Match='"1"')
