"""A request against its model: every field that does not fit in one answer, the first as a client of one error reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api import texts
from gateway.api.bodies import Body, ButtonBody, DropBody, LogInBody, Nothing, PauseBody, TransferBody
from gateway.api.checked import Fields, checked
from gateway.api.queries import CallbacksQuery, ContextsQuery, TransfersQuery
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.problems import Problem
from tests.api.conftest import Client, Desk

SEAT = {"seat": "1001", "switchboard": "12345"}


def details(model: type[Fields], body: dict[str, Any], limits: DoorLimits = DOOR_LIMITS) -> dict[str, Any]:
    """What whoever sent this is told."""
    with pytest.raises(Problem) as caught:
        checked(model, body, limits)
    assert caught.value.error_id == "bad_parameter"
    return caught.value.details


async def test_an_answer_names_every_field(client: Client, desk: Desk) -> None:
    """Three slips are three problems of one answer, in the model's order, and nothing has begun."""
    body = {"tagret": "110", "mode": "silently", "seat": "a b", "switchboard": "12345"}
    answer = await client.post("/v1/transfers", body, 400)
    assert answer["error_id"] == "bad_parameter"
    assert [one["parameter"] for one in answer["details"]["problems"]] == ["target", "mode", "seat", "tagret"]
    first = answer["details"]["problems"][0]
    assert {name: value for name, value in answer["details"].items() if name != "problems"} == first
    assert first == {"parameter": "target", "pattern": "[0-9A-Za-z.-]{1,100}"}
    assert desk.play.rings() == []


async def test_a_query_names_every_parameter(client: Client) -> None:
    """The same of what stands behind the question mark."""
    answer = await client.get("/v1/transfers?limit=0&before=x&state=odd&seat=a%20b", 400)
    found = answer["details"]["problems"]
    assert [one["parameter"] for one in found] == ["limit", "before", "state", "seat"]
    assert found[0] == {"parameter": "limit", "minimum": 1, "maximum": 500}
    assert found[2]["allowed"] == ["running", "ended"]


async def test_an_edit_and_a_new_case_name_every_field(client: Client, desk: Desk) -> None:
    """Details of a case that do not fit are told at once, in the order in which they were written."""
    desk.play.connect()
    id_ = next(iter(desk.play.core.world.calls.values())).context.id
    body = {"urgency": "very", "district": "12", "cases": "A1", "longitude": 1.0}
    async with client.session.patch(f"/v1/contexts/{id_}", json=body, headers={"If-Match": '"2"'}) as answer:
        assert answer.status == 400
        told = (await answer.json())["details"]
    assert [one["parameter"] for one in told["problems"]] == ["urgency", "district", "cases", "longitude"]
    assert (told["parameter"], told["rule"]) == ("urgency", "one of normal, urgent, danger")
    new = {"caller_number": "x", "summary": 5, "colour": "red"}
    told = (await client.post("/v1/contexts?switchboard=12345", new, 400))["details"]
    assert [one["parameter"] for one in told["problems"]] == ["summary", "colour", "caller_number"]


async def test_names_that_an_edit_does_not_know_are_all_told(client: Client, desk: Desk) -> None:
    """A field that nobody knows was meant to do something."""
    desk.play.connect()
    body = {"sumary": "x", "summary": "y", "onwer": "110"}
    async with client.session.patch("/v1/contexts/k0", json=body, headers={"If-Match": '"1"'}) as answer:
        told = (await answer.json())["details"]
    assert [one["parameter"] for one in told["problems"]] == ["sumary", "onwer"]
    assert "summary" in told["allowed"]


@pytest.mark.parametrize(
    ("model", "body", "told"),
    [
        (TransferBody, {"target": "110"}, {"parameter": "call", "exactly_one_of": ["call", "seat", "channel"]}),
        (TransferBody, {"target": "110", "seat": "1001"}, {"parameter": "switchboard", "pattern": "[0-9A-Za-z.-]{1,100}"}),
        (LogInBody, {}, {"parameter": "queues", "minimum": 1}),
        (PauseBody, {"queues": []}, {"parameter": "queues", "pattern": "[0-9A-Za-z._-]{1,80}", "maximum": 50}),
        (DropBody, {"note": " \t"}, {"parameter": "note", "characters_max": 200}),
        (ButtonBody, {"action": "accept", **SEAT, "ttl_s": True}, {"parameter": "ttl_s", "minimum": 1, "maximum": 86400}),
        (Nothing, {"a": 1}, {"parameter": "a", "allowed": []}),
        (ContextsQuery, {"since": "soon"}, {"parameter": "since", "format": "2026-11-24T08:00+08:00", "remedy": texts.INSTANT_IN_A_URL}),
        (CallbacksQuery, {"before": "nan"}, {"parameter": "before", "minimum": 0, "maximum": 4102444800.0}),
        (TransfersQuery, {"limit": "1.5"}, {"parameter": "limit", "minimum": 1, "maximum": 500}),
    ],
)  # fmt: skip
def test_one_error_is_told_as_before(model: type[Fields], body: dict[str, Any], told: dict[str, Any]) -> None:
    """One field that does not fit has no list beside it."""
    assert details(model, body) == told


@pytest.mark.parametrize("model", [TransferBody, ButtonBody, Nothing])
def test_thousands_of_fields_are_refused_unseen(model: type[Fields]) -> None:
    """Bounds come before content: the answer names none of them, and is as short as for one."""
    told = details(model, {f"f{n}": n for n in range(8000)})
    most = len(model.model_fields) + DOOR_LIMITS.problems_max
    assert told == {"parameter": "body", "fields_max": most, "allowed": sorted(model.model_fields)}
    few = DoorLimits(problems_max=2)
    assert "fields_max" not in details(model, dict.fromkeys(["x", "y"], 1), few)
    assert "fields_max" in details(Nothing, dict.fromkeys(["x", "y", "z"], 1), few)


def test_no_more_problems_are_told_than_the_site_allows() -> None:
    """Each is told once; the first are those of the model's own fields, and the rest is not told."""
    body = {"target": "a b", "call": "x y"} | {f"f{n}": n for n in range(DOOR_LIMITS.problems_max)}
    found = details(TransferBody, body)["problems"]
    assert len(found) == DOOR_LIMITS.problems_max
    assert [one["parameter"] for one in found[:3]] == ["target", "call", "f0"]
    assert (
        len(details(TransferBody, {"target": "a b", "call": "x y", "f": 1}, DoorLimits(problems_max=2))["problems"])
        == 2
    )


async def test_an_edit_and_a_new_case_bring_no_thousand_fields(client: Client, desk: Desk) -> None:
    """Neither is read field by field, whoever judges the values."""
    desk.play.connect()
    body = {f"f{n}": n for n in range(4000)}
    async with client.session.patch("/v1/contexts/k0", json=body, headers={"If-Match": '"1"'}) as answer:
        text = await answer.text()
    new = (await client.post("/v1/contexts?switchboard=12345", body, 400))["details"]
    for told in (json.loads(text)["details"], new):
        assert told["parameter"] == "body"
        assert "problems" not in told
    assert len(text) < 2000
    some = {f"f{n}": n for n in range(DOOR_LIMITS.problems_max + 5)}
    told = (await client.post("/v1/contexts?switchboard=12345", some, 400))["details"]
    assert len(told["problems"]) == DOOR_LIMITS.problems_max


def test_a_bound_is_the_sites() -> None:
    """Where a site allows less, the answer names that, and what was taken before is not."""
    limits = DoorLimits(rows_max=60, action_url_s_max=60)
    assert details(TransfersQuery, {"limit": "61"}, limits)["maximum"] == 60
    assert details(ButtonBody, {"action": "accept", **SEAT, "ttl_s": 61}, limits)["maximum"] == 60


def test_fields_that_do_not_belong_together_are_told_beside_others() -> None:
    """What only one action has is refused for another, although a field beside it is wrong too."""
    found = details(ButtonBody, {"action": "cancel", "switchboard": "12345", "seat": "a b", "target": "110", "x": 1})
    assert [one["parameter"] for one in found["problems"]] == ["seat", "target", "x"]


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=8) | st.sampled_from([*TransferBody.model_fields]), st.from_type(type(None)) | st.text(max_size=5) | st.integers() | st.lists(st.integers(), max_size=2)))  # fmt: skip
def test_whatever_comes_is_values_or_a_problem(body: dict[str, Any]) -> None:
    """No body is an error of ours, and an error repeats no value."""
    for model in (TransferBody, ButtonBody, PauseBody, DropBody):
        named = set[str]()
        try:
            assert isinstance(checked(model, body, DOOR_LIMITS), Body)
        except Problem as problem:
            named = {problem.details["parameter"]}
        assert named <= {*body, *model.model_fields, "body"}
