"""Every route, asked by a stranger for an object of others: what is not the holder's is answered as what does not exist.

A route that is new and has no line here fails the first test: whoever writes one says what a stranger gets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.api.access import NEEDS, OPEN, PRESS, RECEIVED
from gateway.api.feed_records import publish
from gateway.core.messages.commands import ReleaseSeat
from gateway.core.messages.records import ContextRow, TransferRow
from gateway.core.model.belongs import transfers_of
from gateway.core.rules.rule import Target
from gateway.core.rules.rule_set import RuleSet
from gateway.core.values.ids import TargetId
from gateway.security.principal import SCOPES
from tests.api.test_openapi import routes
from tests.core.plays import RULES, Play
from tests.store.contract import context, delivery, task

from .conftest import Client, Desk
from .test_contexts import holds

PRESSED, UNKNOWN, CONTEXT = "12345.1000000.1", "12345.1999999.9", "k0"
NUMBERS = ("138****0001", "0001", "13800000001")
THREE = RuleSet(
    targets={**RULES.targets, TargetId("119"): Target(id=TargetId("119"), name="119")},
    keys=RULES.keys,
    rules=RULES.rules,
)


@dataclass(frozen=True)
class Same:
    """A request for a foreign object and the same for one that does not exist get one answer, the names that were asked for apart."""

    foreign: str
    unknown: str
    body: Any = None
    body_unknown: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 404


@dataclass(frozen=True)
class Hidden:
    """What is listed has nothing of the foreign object."""

    path: str


@dataclass(frozen=True)
class Named:
    """The request itself names whose it is, and another's name is refused before anything is looked up."""

    path: str
    body: Any = None
    error: str = "not_your_switchboard"


@dataclass(frozen=True)
class NoObject:
    """There is no object of anybody in it; why."""

    why: str


def one(path: str, foreign: str, body: Any = None, **more: Any) -> Same:
    """An address that ends in, or goes through, an id."""
    return Same(path.format(foreign), path.format(UNKNOWN), body, body, **more)


SEAT = "/v1/seats/12345/1001/"
PLACE = {"switchboard": "12345", "seat": "1001"}
EDIT = {"headers": {"If-Match": '"1"'}}
FOREIGN: dict[tuple[str, str], list[Same | Hidden | Named | NoObject]] = {
    ("GET", "/v1/contexts"): [
        Hidden("/v1/contexts"), Hidden("/v1/contexts?number=13800000001"), Hidden("/v1/contexts?tail=0001"), Hidden("/v1/contexts?full=true&purpose=x"),
        Hidden("/v1/contexts?switchboard=12345"), Hidden("/v1/contexts?cursor=0"),
    ],
    ("POST", "/v1/contexts"): [Named("/v1/contexts?switchboard=12345", {"summary": "x"})],
    ("GET", "/v1/contexts/{id}"): [
        one("/v1/contexts/{}", CONTEXT), one("/v1/contexts/{}?full=true&purpose=x", CONTEXT), one("/v1/contexts/{}?format=eido", CONTEXT),
        Same(f"/v1/contexts/{CONTEXT}?leg=c", f"/v1/contexts/{UNKNOWN}?leg=zz"), Same("/v1/contexts/x?leg=s", "/v1/contexts/x?leg=zz"),
        Same("/v1/contexts/x?leg=l", "/v1/contexts/x?leg=zz"),
    ],
    ("PATCH", "/v1/contexts/{id}"): [one("/v1/contexts/{}", CONTEXT, {"summary": "x"}, **EDIT)],
    ("GET", "/v1/contexts/{id}/history"): [one("/v1/contexts/{}/history", CONTEXT), one("/v1/contexts/{}/history?full=true&purpose=x", CONTEXT)],
    ("GET", "/v1/contexts/{id}/trace"): [one("/v1/contexts/{}/trace", CONTEXT), one("/v1/contexts/{}/trace", PRESSED)],
    ("GET", "/v1/transfers"): [Hidden("/v1/transfers"), Hidden("/v1/transfers?call=c"), Hidden("/v1/transfers?seat=1001")],
    ("POST", "/v1/transfers"): [
        Same("/v1/transfers", "/v1/transfers", {"target": "110", "call": "c"}, {"target": "110", "call": "zz"}),
        Same("/v1/transfers", "/v1/transfers", {"target": "110", "channel": "c", "switchboard": "110"}, {"target": "110", "channel": "zz", "switchboard": "110"}),
        Same("/v1/transfers", "/v1/transfers", {"target": "110", "channel": "s", "switchboard": "110"}, {"target": "110", "channel": "zz", "switchboard": "110"}),
        Same("/v1/transfers", "/v1/transfers", {"target": "110", "seat": "1001", "switchboard": "110"}, {"target": "110", "seat": "zz", "switchboard": "110"}),
        Named("/v1/transfers", {"target": "110", "channel": "c", "switchboard": "12345"}),
        Named("/v1/transfers", {"target": "110", **PLACE}),
    ],
    ("GET", "/v1/transfers/{id}"): [one("/v1/transfers/{}", PRESSED)],
    ("POST", "/v1/transfers/{id}/cancel"): [one("/v1/transfers/{}/cancel", PRESSED)],
    ("POST", "/v1/transfers/{id}/accept"): [one("/v1/transfers/{}/accept", PRESSED)],
    ("POST", "/v1/transfers/{id}/decline"): [one("/v1/transfers/{}/decline", PRESSED, {"reason": "x"})],
    ("POST", "/v1/transfers/{id}/release"): [one("/v1/transfers/{}/release", PRESSED)],
    ("POST", "/v1/transfers/{id}/resolve"): [one("/v1/transfers/{}/resolve", PRESSED, {"outcome": "agreed_there"})],
    ("GET", "/v1/callbacks"): [Hidden("/v1/callbacks"), Hidden("/v1/callbacks?full=true&purpose=x")],
    ("POST", "/v1/callbacks/{id}/dial"): [
        one("/v1/callbacks/{}/dial", task().id, {"switchboard": "110", "seat": "2001"}),
        Named(f"/v1/callbacks/{task().id}/dial", PLACE),
    ],
    ("POST", "/v1/callbacks/{id}/drop"): [one("/v1/callbacks/{}/drop", task().id, {"note": "x"})],
    ("POST", "/v1/action-urls"): [Named("/v1/action-urls", {"action": "cancel", **PLACE})],
    ("POST", "/v1/action-urls/revoke"): [Named("/v1/action-urls/revoke", {"url": "OF 1001"})],
    ("GET", "/v1/rules"): [NoObject("the rules are the site's")],
    ("POST", "/v1/rules/reload"): [NoObject("the rules are the site's")],
    ("GET", "/v1/exports/contexts"): [Hidden("/v1/exports/contexts"), Hidden("/v1/exports/contexts?full=true&purpose=x&number=13800000001")],
    ("GET", "/v1/deliveries"): [Hidden("/v1/deliveries?state=dead")],
    ("POST", "/v1/deliveries/{id}/resend"): [one("/v1/deliveries/{}/resend", delivery().id)],
    ("GET", "/v1/calls"): [Hidden("/v1/calls")],
    ("GET", "/v1/seats"): [NoObject("a supervisor sees the seats of every switchboard; for others: test_seats_of_others_are_for_supervisors")],
    ("GET", "/v1/seats/{switchboard}/{seat}/targets"): [Named(SEAT + "targets")],
    ("POST", "/v1/seats/{switchboard}/{seat}/pause"): [Named(SEAT + "pause", {})],
    ("POST", "/v1/seats/{switchboard}/{seat}/unpause"): [Named(SEAT + "unpause", {})],
    ("POST", "/v1/seats/{switchboard}/{seat}/log_in"): [Named(SEAT + "log_in", {"queues": ["12345"]})],
    ("POST", "/v1/seats/{switchboard}/{seat}/log_out"): [Named(SEAT + "log_out", {})],
    ("POST", "/v1/seats/{switchboard}/{seat}/ready"): [Named(SEAT + "ready", {})],
    ("GET", "/v1/reports/{name}"): [NoObject("of others' transfers none is counted: test_a_report_is_of_the_holders_transfers")],
    ("GET", "/v1/switchboards"): [NoObject("capacity is everybody's; why a link is down is its own switchboard's")],
    ("GET", "/v1/events"): [NoObject("by organisation: test_the_feed_tells_each_only_what_is_theirs")],
}  # fmt: skip
CASES = [(method, case) for (method, _), cases in FOREIGN.items() for case in cases if not isinstance(case, NoObject)]


def test_every_route_says_what_a_stranger_gets() -> None:
    """A route that has no line in the table is one that nobody has thought of."""
    closed = {
        (method.upper(), path)
        for path, method in routes()
        if path not in (*OPEN, RECEIVED) and not path.startswith(PRESS)
    }
    assert set(FOREIGN) == closed == set(NEEDS)


@pytest.fixture
def desk() -> Desk:
    """A citizen of 12345 talks with 1001, whose transfer to 119 rings; a stored matter, a task and a delivery of 12345. 110 has no part
    in any of it."""
    desk = Desk(Play(THREE))
    desk.play.connect()
    desk.play.press(target="119")
    desk.play.leg(PRESSED)
    for row in desk.play.all(TransferRow):
        desk.store.write(row)
    desk.store.write(context(0, call="c-0"))
    desk.store.write(task())
    desk.store.write(delivery(state="dead", to="12345"))
    return desk


def stranger(desk: Desk) -> dict[str, str]:
    """A token of 110 with every scope there is."""
    return holds(desk, "110", *SCOPES, board="110")


async def answer(client: Client, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
    """Status and text."""
    async with client.session.request(method, path, json=body, headers=headers) as found:
        return found.status, await found.text()


@pytest.mark.parametrize(("method", "case"), CASES, ids=lambda value: str(getattr(value, "path", None) or value)[:70])
async def test_a_stranger_gets_nothing(client: Client, desk: Desk, method: str, case: Same | Hidden | Named) -> None:
    """What is not the stranger's is answered like what is not there; nothing happens to it."""
    headers = stranger(desk)
    made = await client.post("/v1/action-urls", {"action": "cancel", **PLACE}, 201)
    before = len(desk.play.out)
    match case:
        case Hidden(path):
            status, text = await answer(client, method, path, None, headers)
            assert status == 200
            live = desk.play.all(ContextRow)[-1].id
            for word in (PRESSED, CONTEXT, live, task().id, delivery().id, *NUMBERS):
                assert word not in text.replace("138001", ""), (path, word)
        case Named(path, body, error):
            body = {"url": made["url"]} if body == {"url": "OF 1001"} else body
            status, text = await answer(client, method, path, body, headers)
            assert (status, json.loads(text)["error_id"]) == (403, error)
        case Same():
            given = headers | case.headers
            foreign = await answer(client, method, case.foreign, case.body, given)
            unknown = await answer(client, method, case.unknown, case.body_unknown or case.body, given)
            assert foreign[0] == case.status
            assert (foreign[0], _names_apart(foreign[1])) == (unknown[0], _names_apart(unknown[1]))
    assert len(desk.play.out) == before


def _names_apart(text: str) -> Any:
    """An error without what the request itself has named."""
    found = json.loads(text)
    found["details"] = sorted(found["details"])
    return found


async def test_the_owner_gets_all_of_it(client: Client, desk: Desk) -> None:
    """The same objects are there for a token of 12345: the table asks for what exists."""
    headers = holds(desk, "12345", *SCOPES, board="12345")
    live = desk.play.all(ContextRow)[-1].id
    for path in (
        f"/v1/contexts/{CONTEXT}", f"/v1/contexts/{live}?leg=s", f"/v1/contexts/{live}/trace", f"/v1/contexts/{PRESSED}/trace", f"/v1/transfers/{PRESSED}",
        "/v1/contexts/x?leg=zz",
    ):  # fmt: skip
        status, _ = await answer(client, "GET", path, None, headers)
        assert status == (404 if "zz" in path else 200), path
    assert CONTEXT in (await answer(client, "GET", "/v1/contexts", None, headers))[1]
    assert delivery().id in (await answer(client, "GET", "/v1/deliveries", None, headers))[1]
    assert task().id in (await answer(client, "GET", "/v1/callbacks", None, headers))[1]
    await client.post(f"/v1/transfers/{PRESSED}/cancel", None, 202, **headers)


async def test_a_trace_has_what_the_reader_may_see(client: Client, desk: Desk) -> None:
    """A matter that was given to 110 is traced for 110 without the transfer to 119; that transfer's id leads nowhere."""
    desk.store.write(context(1, call="c-1", organisations=("12345", "110")))
    row = next(iter(desk.store.transfers_kept.values()))
    for n, target in enumerate(("110", "119")):
        rung = type(row.ladder[0])(TargetId(target), 25)
        desk.store.write(replace(row, id=f"t{n}", call="c-1", context="k1", target=target, ladder=(rung,)))
    headers = stranger(desk)
    trace = await client.get("/v1/contexts/k1/trace", **headers)
    assert [shown["id"] for shown in trace["transfers"]] == ["t0"]
    await client.get("/v1/contexts/t0/trace", 200, **headers)
    await client.get("/v1/contexts/t1/trace", 404, **headers)
    assert [shown["id"] for shown in (await client.get("/v1/contexts/k1/trace"))["transfers"]] == ["t1", "t0"]


OURS, THEIRS = "12345.1000002.3", "12345.1000003.4"
READINGS = {
    "/v1/contexts": True,
    "/v1/contexts?full=true&purpose=x": True,
    "/v1/contexts/k1": True,
    "/v1/contexts/k1?full=true&purpose=x": True,
    "/v1/contexts/k1?format=eido": True,
    "/v1/contexts/k1?format=work_order": False,
    "/v1/contexts/k1/history": True,
    "/v1/contexts/k1/history?full=true&purpose=x": True,
    "/v1/contexts/k1/trace": True,
    "/v1/exports/contexts": True,
    "/v1/exports/contexts?full=true&purpose=x": True,
    "/v1/calls": False,
    "/v1/callbacks": False,
}
"""Each reading that may tell of a matter, and whether it names its transfers."""


def shared(desk: Desk) -> None:
    """A matter of 12345 that was given to 110, and by another transfer to 119."""
    given = ("12345", "110", "119")
    sees = ((OURS, ("12345", "110")), (THEIRS, ("12345", "119")))
    row = context(1, call="c-1", version=1, organisations=given)
    for version, press in enumerate(((), (OURS,), (OURS, THEIRS)), 1):
        desk.store.write(replace(row, version=version, transfers=press, shared=sees[: len(press)]))  # type: ignore[arg-type]
    pattern = next(iter(desk.store.transfers_kept.values()))
    for press, (_, target) in sees:
        rung = type(pattern.ladder[0])(TargetId(target), 25)
        ladder = {"target": TargetId(target), "ladder": (rung,)}
        desk.store.write(replace(pattern, id=press, call="c-1", context="k1", **ladder))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", READINGS)
async def test_of_a_matter_that_is_shared_no_reading_names_a_strangers_transfer(
    client: Client, desk: Desk, path: str
) -> None:
    """110 reads what it was given, and not that, when and how often 12345 has turned to 119; the home reads all, and so does whoever sees all."""
    shared(desk)
    _, text = await answer(client, "GET", path, None, stranger(desk))
    assert THEIRS not in text
    assert (OURS in text) is READINGS[path]
    for headers in (holds(desk, "12345", *SCOPES, board="12345"), {}):
        _, text = await answer(client, "GET", path, None, headers)
        assert (OURS in text and THEIRS in text) is READINGS[path]


async def test_an_edit_of_a_shared_matter_names_no_strangers_transfer(client: Client, desk: Desk) -> None:
    """Neither what answers an edit, nor a conflict, nor the feed: there each reader gets the event in its own words."""
    shared(desk)
    headers = stranger(desk)
    for tag, status in (('"3"', 200), ('"3"', 412)):
        found = await answer(client, "PATCH", "/v1/contexts/k1", {"summary": "x"}, headers | {"If-Match": tag})
        assert found[0] == status
        assert OURS in found[1]
        assert THEIRS not in found[1]
    row = desk.store.versions["k1"][-1]
    publish(desk.feed, row)
    publish(desk.feed, replace(row, said=replace(row.said, confidential=True)))
    home = holds(desk, "12345", *SCOPES, board="12345")
    for who, sees in ((headers, False), (home, True), ({}, True), (headers, False)):
        async with client.session.get("/v1/events", headers=who | {"Last-Event-ID": "0"}) as events:
            text = b"".join([await events.content.readuntil(b"\n\n") for _ in range(3)]).decode()
        assert text.count(OURS) == 2
        assert (THEIRS in text) is sees


def test_a_transfer_of_which_nobody_has_written_down_whose_it_is_is_the_homes() -> None:
    """Rows of an older onekey do not say it: what is not known is not shown (law 7)."""
    row = context(1, transfers=(OURS,), organisations=("12345", "110"))
    assert [transfers_of(row, reader) for reader in ("", "12345", "110")] == [(OURS,), (OURS,), ()]


def test_the_core_writes_down_whose_each_transfer_is() -> None:
    """From the press on: the home, who pressed, and whom it may ring."""
    play = Play(THREE)
    play.connect()
    play.press(target="119")
    row = play.all(ContextRow)[-1]
    assert row.shared == ((row.transfers[0], ("12345", "119")),)
    assert transfers_of(row, "110") == ()


async def test_of_a_call_that_is_shared_a_strangers_transfer_is_not_shown(client: Client, desk: Desk) -> None:
    """110 has been given the matter and sees the call; the transfer to 119 is not its own: it is neither shown nor named."""
    desk.play.core.world.calls["c"].context = context(3, id="shared", call="c", organisations=("12345", "110"))  # type: ignore[index,arg-type]
    (call,) = (await client.get("/v1/calls", **stranger(desk)))["items"]
    assert (call["context"], call["transfer"], call["state"]) == ("shared", None, "bridged")
    refused = await client.post("/v1/transfers", {"target": "110", "call": "c"}, 403, **stranger(desk))
    assert (refused["error_id"], refused["details"]) == ("not_your_call", {"seat": "", "needs": "in_the_call"})


async def test_to_have_been_given_a_matter_is_not_to_be_in_its_call(client: Client, desk: Desk) -> None:
    """110 declined, or left: it reads the record on, and neither moves the caller nor throws a seat of 12345 out."""
    desk.play.hang_up(desk.play.core.world.transfers[PRESSED].home, "l", 21)  # type: ignore[index]
    desk.play.press("12345.1000001.2")
    desk.play.ring("12345.1000001.2", leg="m")
    headers = stranger(desk)
    rung = await client.post("/v1/transfers", {"target": "119", "call": "c"}, 403, **headers)
    assert rung["error_id"] == "not_your_call"
    desk.play.answer("m")
    for action in ("cancel", "release"):
        refused = await client.post(f"/v1/transfers/12345.1000001.2/{action}", None, 403, **headers)
        assert (refused["error_id"], refused["details"]["needs"]) == ("not_your_call", "transferer")
    assert desk.play.all(ReleaseSeat) == []
    await client.post(
        "/v1/transfers", {"target": "119", "call": "c"}, 409, **headers
    )  # in the call now; a transfer runs
