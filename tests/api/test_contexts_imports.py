"""Contexts that another platform tells of: EIDO, work order, our own words; new, and as an edit."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from gateway.contexts.formats.eido import MEDIA_TYPE, to_eido
from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import CaseDetails
from gateway.core.values.ids import SwitchboardId
from gateway.views.contexts import context_view
from tests.api.conftest import Client, Desk
from tests.api.test_contexts import holds, talking
from tests.api.test_openapi import check, described
from tests.contexts.formats.test_eido import FOREIGN
from tests.core.plays import A, B
from tests.store.contract import context

HEAD = {"$id": "x", **{name: FOREIGN[name] for name in ("lastUpdateTimeStamp", "updatedByAgencyReference")}}
STRANGER: dict[str, Any] = copy.deepcopy(FOREIGN) | {"vehicleComponent": [{"$id": "v"}]}
STRANGER["incidentComponent"] |= HEAD | {"incidentPriorityInternalText": "1", "incidentTypeInternalCode": "G7"}
for name in ("callbackComponent", "notesComponent", "locationComponent"):
    STRANGER[name] = [HEAD | one for one in STRANGER[name]]
"""An EIDO of somebody else that fits the schema."""


async def send(
    client: Client, method: str, path: str, body: Any, status: int, *, eido: bool = False, **headers: str
) -> tuple[Any, Any]:
    """The answer, which is as described, and its headers."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given["Content-Type"] = MEDIA_TYPE if eido else "application/json"
    async with client.session.request(method, path, data=json.dumps(body), headers=given) as answer:
        found = await answer.json()
        assert answer.status == status, found
        route = "/v1/contexts" if method == "POST" else "/v1/contexts/{id}"
        check(described(route, status, method.lower())["application/json"], found)
        return found, answer.headers


async def test_an_eido_becomes_a_context(client: Client, desk: Desk) -> None:
    """What it tells and fits is there and can be found and edited; what is left out is named; the number is masked."""
    found, headers = await send(client, "POST", "/v1/contexts?switchboard=12345", STRANGER, 201, eido=True)
    shown = found["context"]
    assert headers["Location"] == f"/v1/contexts/{shown['id']}"
    assert (shown["matter"], shown["cases"], shown["home"], shown["owner"], shown["call"]) == ("G7", ["X-1"], A, A, "")
    assert (shown["caller_number"], shown["changed_by"], bool(shown["ended_at"])) == ("*******212", "admin", True)
    assert {one["field"] for one in found["left"]} == {
        "$.vehicleComponent", "$.incidentComponent.incidentPriorityInternalText", "$.incidentComponent.incidentTypeCommonRegistryText",
        "$.locationComponent[1:]", "$.agencyComponent.agencyRoleDescriptionRegistryText", "$.agencyComponent.agencyType",
    }  # fmt: skip
    assert [item["id"] for item in (await client.get("/v1/contexts?case=X-1"))["items"]] == [shown["id"]]
    assert desk.audits[-1][1] == "context_brought_in"
    edited, _ = await send(client, "PATCH", headers["Location"], {"urgency": "urgent"}, 200, If_Match=headers["ETag"])
    assert edited["version"] == 2


async def test_the_same_matter_is_brought_in_once(client: Client, desk: Desk) -> None:
    """The second time it is there already, and one of our own contexts that comes back is, too; the answer names it."""
    path = "/v1/contexts?switchboard=12345"
    first, _ = await send(client, "POST", path, STRANGER, 201, eido=True)
    again, _ = await send(client, "POST", path, STRANGER, 409, eido=True)
    assert (again["error_id"], again["details"]["id"]) == ("exists", first["context"]["id"])
    row = talking(desk)
    ours, _ = await send(client, "POST", path, to_eido(context_view(row)), 409, eido=True)
    assert ours["details"]["id"] == row.id


async def test_an_eido_that_does_not_fit_its_schema(client: Client) -> None:
    """400 with the place and the rule, and nothing of what stood there."""
    broken = STRANGER | {"agencyComponent": []}
    found, _ = await send(client, "POST", "/v1/contexts?switchboard=12345", broken, 400, eido=True)
    assert found["details"] == {"parameter": "$.agencyComponent", "rule": "minItems: 1"}
    secret = STRANGER | {"callbackComponent": [HEAD | {"callBackInformationUri": "tel:13800000001"}]}
    found, _ = await send(client, "POST", "/v1/contexts?switchboard=12345", secret, 400, eido=True)
    assert "13800000001" not in str(found)


async def test_an_eido_edits_a_context_and_overwrites_nothing_that_it_has_not_seen(client: Client, desk: Desk) -> None:
    """A masked reading that comes back with a new case number changes the case number alone, and says what it left."""
    said = CaseDetails(summary="回电 13900000002", location="南开区长江道12号", longitude=117.1, latitude=39.1)
    row = context(said=said, arrived_at=1764000000.0, ended_at=1764000060.0)
    desk.store.write(row)
    eido = to_eido(context_view(row))
    eido["incidentComponent"]["documentIdentification"] = ["GD-9"]
    found, headers = await send(client, "PATCH", "/v1/contexts/k0", eido, 200, eido=True, If_Match='"1"')
    assert (found["context"]["version"], headers["ETag"]) == (2, '"2"')
    assert {one["field"] for one in found["left"]} == {"summary", "location", "$.callbackComponent"}
    after = desk.store.versions["k0"][-1].said
    assert (after.summary, after.location, after.longitude, after.cases) == (
        said.summary,
        said.location,
        117.1,
        ("GD-9",),
    )
    await send(client, "PATCH", "/v1/contexts/k0", eido, 412, eido=True, If_Match='"1"')
    nothing = FOREIGN | {name: STRANGER[name] for name in ("callbackComponent",)}
    for name in ("incidentComponent", "notesComponent", "locationComponent"):
        nothing.pop(name)
    found, _ = await send(client, "PATCH", "/v1/contexts/k0", nothing, 422, eido=True, If_Match='"2"')
    assert found["error_id"] == "nothing_told"


async def test_an_eido_does_not_lift_what_hides_the_number(client: Client, desk: Desk) -> None:
    """From whom the number is kept, all of it is taken but that; the answer says so."""
    water = SwitchboardId("water")
    row = context(said=CaseDetails(confidential=True), organisations=(A, water), arrived_at=1764000000.0, ended_at=1764000060.0)  # fmt: skip
    desk.store.write(row)
    lifted = replace(row, said=CaseDetails(confidential=False, cases=("GD-9",)))
    theirs = holds(desk, "water's", "read", "edit", board="water")
    eido = to_eido(context_view(lifted, full=True, hidden=True))
    found, _ = await send(client, "PATCH", "/v1/contexts/k0", eido, 200, eido=True, If_Match='"1"', **theirs)
    assert (found["context"]["confidential"], found["context"]["cases"]) == (True, ["GD-9"])
    assert "confidential" in {one["field"] for one in found["left"]}


async def test_a_masked_reading_does_not_come_back_as_an_edit(client: Client, desk: Desk) -> None:
    """A plain edit that sends what the mask showed is refused whole; one that clears or replaces the field is not."""
    said = CaseDetails(location="南开区长江道12号", recordings=("13800000001.wav",), confidential=True)
    desk.store.write(context(said=said, ended_at=2000.0))
    path = "/v1/contexts/k0"
    found, _ = await send(client, "PATCH", path, {"location": "南开区长江道…"}, 400, If_Match='"1"')
    assert found["details"]["parameter"] == "location"
    for name in ("138****0001.wav", f"{'*' * 11}.wav"):
        await send(client, "PATCH", path, {"recordings": [name]}, 400, If_Match='"1"')
    await send(client, "PATCH", path, {"location": "和平区"}, 200, If_Match='"1"')
    await send(client, "PATCH", path, {"location": None, "longitude": None, "latitude": None}, 200, If_Match='"2"')


async def test_a_work_order_comes_in_the_sites_words(client: Client, desk: Desk) -> None:
    """Its fields by the form's names, new and as an edit; a field that the form does not have is named."""
    order = {"电话": "13800000001", "内容": "噪音", "颜色": "红"}
    found, headers = await send(client, "POST", "/v1/contexts?switchboard=12345&format=work_order", order, 201)
    assert (found["context"]["summary"], found["context"]["caller_number"]) == ("噪音", "138****0001")
    assert [one["field"] for one in found["left"]] == ["颜色"]
    path = f"{headers['Location']}?format=work_order"
    found, _ = await send(client, "PATCH", path, {"内容": "积水", "电话": "110"}, 200, If_Match='"1"')
    assert (found["context"]["summary"], found["left"][0]["field"]) == ("积水", "caller_number")
    await send(client, "POST", "/v1/contexts?switchboard=12345&format=work_order", {"内容": 5}, 400)


@pytest.mark.parametrize(
    ("body", "status", "parameter"),
    [
        ({"summary": "噪音", "caller_number": "13800000001", "arrived_at": "2026-11-24T08:00:00+08:00"}, 201, None),
        ({"nobody": 1}, 400, "nobody"), ({"caller_number": "a"}, 400, "caller_number"), ({"urgency": "soon"}, 400, "urgency"),
        ({"arrived_at": "1999-01-01"}, 400, "arrived_at"), ({"caller_name": "\u0007", "summary": "x"}, 400, "caller_name"), ({}, 422, None),
    ],
)  # fmt: skip
async def test_a_context_in_our_own_words(client: Client, body: Any, status: int, parameter: str | None) -> None:
    """Whoever speaks our language is refused whole where a field does not fit."""
    found, _ = await send(client, "POST", "/v1/contexts?switchboard=12345", body, status)
    if parameter:
        assert found["details"]["parameter"] == parameter


@pytest.mark.parametrize(
    "half", [b'"\\ud800"', b'"\\udfff\\ud83d"', b'"\xed\xa0\x80"'], ids=["first half", "wrong order", "bytes"]
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/contexts?switchboard=12345", b'{"summary": %b}'),
        ("POST", "/v1/contexts?switchboard=12345&format=work_order", "{\"内容\": %b}".encode()),
        ("POST", "/v1/contexts?switchboard=12345", json.dumps(STRANGER | {"$id": 0}).encode().replace(b'"$id": 0', b'"$id": %b')),
        ("PATCH", "/v1/contexts/k0", b'{"cases": [{%b: 1}]}'),
        ("POST", "/v1/transfers", b'{"target": %b}'),
        ("POST", "/v1/callbacks/1/drop", b'{"note": %b}'),
    ],
    ids=["ours", "work order", "eido", "edit", "transfer", "note"],
)  # fmt: skip
async def test_half_of_a_character_is_refused(
    client: Client, desk: Desk, method: str, path: str, body: bytes, half: bytes
) -> None:
    """JSON can spell it, nothing can write it down: 400, wherever it stands, and nothing has begun."""
    desk.store.write(context())
    headers = {"If-Match": '"1"', "Content-Type": MEDIA_TYPE if b"$id" in body else "application/json"}
    async with client.session.request(method, path, data=body.replace(b"%b", half), headers=headers) as answer:
        assert (answer.status, (await answer.json())["error_id"]) == (400, "bad_body")
    assert len(desk.store.versions) == 1


async def test_a_character_in_two_halves_is_one(client: Client) -> None:
    """A pair of surrogates is how JSON may spell a character outside the first plane."""
    headers = {"Content-Type": "application/json"}
    body = b'{"summary": "\\ud83d\\udd25"}'
    async with client.session.post("/v1/contexts?switchboard=12345", data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["context"]["summary"]) == (201, "🔥")


async def test_who_may_bring_in(client: Client, desk: Desk) -> None:
    """It needs the scope to edit, and a token of a switchboard makes contexts of its own only; others do not see them."""
    body = {"summary": "噪音"}
    await send(client, "POST", "/v1/contexts", body, 400)
    await send(client, "POST", "/v1/contexts?switchboard=nowhere", body, 422)
    await send(client, "POST", "/v1/contexts?switchboard=110", body, 403, **holds(desk, "a", "edit", board="12345"))
    await send(client, "POST", "/v1/contexts", body, 403, **holds(desk, "b", "read", board="12345"))
    found, headers = await send(
        client, "POST", "/v1/contexts", body, 201, **holds(desk, "c", "edit", "read", board="110")
    )
    assert (found["context"]["home"], found["context"]["organisations"]) == (B, [B])
    async with client.session.get(headers["Location"], headers=holds(desk, "d", "read", board="12345")) as answer:
        assert answer.status == 404


async def test_a_second_try_makes_no_second_context(client: Client, desk: Desk) -> None:
    """The same key and words find what the first try made, as it is by now; other words under the key are refused, and another
    holder's key is another one. Without a key each is a new one."""
    path, key = "/v1/contexts?switchboard=12345", {"Idempotency_Key": "order-7"}
    found, headers = await send(client, "POST", path, {"summary": "噪音"}, 201, **key)
    await send(client, "PATCH", headers["Location"], {"urgency": "urgent"}, 200, If_Match=headers["ETag"])
    again, headers = await send(client, "POST", path, {"summary": "噪音"}, 201, **key)
    assert (again["context"]["id"], again["context"]["urgency"]) == (found["context"]["id"], "urgent")
    assert headers["ETag"] == '"2"'
    assert [line[1] for line in desk.audits] == ["context_brought_in", "context_edited"]
    refused, _ = await send(client, "POST", path, {"summary": "路灯"}, 422, **key)
    assert refused["error_id"] == "key_reused"
    other, _ = await send(
        client, "POST", path, {"summary": "噪音"}, 201, **key, **holds(desk, "e", "edit", board="12345")
    )
    unnamed, _ = await send(client, "POST", path, {"summary": "噪音"}, 201)
    assert len({one["context"]["id"] for one in (found, other, unnamed)}) == 3
    await send(client, "POST", path, {"summary": "噪音"}, 400, Idempotency_Key="中文".encode().decode("latin-1"))


async def test_a_second_try_of_an_eido(client: Client) -> None:
    """With a key it finds the context of its incident; without one, or with other words, it is told that there is one."""
    path, key = "/v1/contexts?switchboard=12345", {"Idempotency_Key": "eido-7"}
    found, _ = await send(client, "POST", path, STRANGER, 201, eido=True, **key)
    again, _ = await send(client, "POST", path, STRANGER, 201, eido=True, **key)
    assert again == found
    await send(client, "POST", path, STRANGER, 409, eido=True)
    changed = copy.deepcopy(STRANGER)
    changed["incidentComponent"]["incidentTypeInternalCode"] = "G8"
    refused, _ = await send(client, "POST", path, changed, 409, eido=True, **key)
    assert refused["details"]["id"] == found["context"]["id"]


async def test_an_import_is_told_to_the_live_feed_and_durable(client: Client, desk: Desk) -> None:
    """What 201 has answered is in the store; a store that is down answers 503."""
    found, _ = await send(client, "POST", "/v1/contexts?switchboard=12345", {"summary": "x"}, 201)
    row: ContextRow = desk.store.versions[found["context"]["id"]][0]
    assert (row.by, row.organisations) == ("admin", (A,))
    desk.store.down = True
    await send(client, "POST", "/v1/contexts?switchboard=12345", {"summary": "y"}, 503)
