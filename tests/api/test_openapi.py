"""``openapi.yaml`` and the routes say the same, and every answer is as described."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import gateway.api
from gateway.api import ApiServer
from gateway.api.access import OPEN, RECEIVED
from gateway.api.alphabets import MODES
from gateway.api.connections import OF_STATUS
from gateway.api.queries import CALLBACK_STATES
from gateway.core.machines.transfer import DECISIONS, NEXT, state_name
from gateway.core.messages.link_events import LinkLost
from gateway.core.messages.queue_events import QueueJoined
from gateway.core.messages.records import ContextRow
from gateway.core.values.ids import ChannelUid, Outcome, PressedBy, SeatState
from gateway.problems import MESSAGES
from gateway.rules import file as rules_file
from tests.api.conftest import TOKEN, Client, Desk
from tests.core.plays import A, Play
from tests.store.contract import task

DOCUMENT: dict[str, Any] = yaml.safe_load((Path(gateway.api.__file__).parent / "openapi.yaml").read_text("utf-8"))
PATHS: dict[str, Any] = DOCUMENT["paths"]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
PRESS = "12345.1000000.1"
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]
GETS = [path for path, method in OPERATIONS if method == "get"]
BUTTON = "/v1/action/{token}"
BODIES: dict[str, Any] = {
    "/v1/transfers": {"target": "110", "seat": "1001", "switchboard": "12345"},
    "/v1/contexts": {"summary": "噪音", "caller_number": "13800000001"},
    "/v1/transfers/{id}/decline": {"reason": "busy"},
    "/v1/transfers/{id}/resolve": {"outcome": "agreed_here"},
    "/v1/callbacks/{id}/dial": {"switchboard": "12345", "seat": "1001"},
    "/v1/callbacks/{id}/drop": {"note": "已另行联系"},
    "/v1/seats/{switchboard}/{seat}/pause": {"reason": "lunch", "queues": ["12345"]},
    "/v1/seats/{switchboard}/{seat}/log_in": {"queues": ["12345"]},
    "/v1/action-urls": {"action": "cancel", "switchboard": "12345", "seat": "1001"},
    "/v1/action-urls/revoke": {"url": "http://127.0.0.1:8012/v1/action/x"},
}

SCENES = ["nobody", "waiting", "talking", "pressed", "ringing", "three_party", "completed", "failed", "cut_off"]


def play_to(play: Play, scene: str) -> None:
    """Bring a play to a scene."""
    if scene == "waiting":
        play.channel(A, "c", "PJSIP/13800000001-0000000a")
        play.tell(
            QueueJoined(
                A,
                play.at(),
                queue="12345",
                channel=ChannelUid("c"),
                channel_name="PJSIP/13800000001-0000000a",
                caller_number="13800000001",
                caller_name="",
            )
        )
    elif scene == "cut_off":
        play.tell(LinkLost(A, play.at(), "closed by the other side"))
    elif scene != "nobody":
        play.connect()
        if scene != "talking":
            play.press()
        if scene in ("ringing", "three_party", "completed", "failed"):
            play.ring()
        if scene in ("three_party", "completed"):
            play.answer()
        if scene == "completed":
            play.leave(A, "b1", "s")
            play.hang_up(A, "s")
            play.hang_up(A, "l")
            play.hang_up(A, "c")
        if scene == "failed":
            play.hang_up(A, "l", 17)


def check(schema: dict[str, Any], body: Any) -> None:
    """The body is as its schema says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole).validate(body)


def described(path: str, status: int, method: str = "get") -> dict[str, Any]:
    """What is said about the body of this answer: type -> schema."""
    responses = PATHS[path][method]["responses"]
    assert str(status) in responses, f"{path} answered {status}, which is not described"
    found = responses[str(status)]
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]]
    content: dict[str, Any] = found.get("content", {})
    return {kind: value["schema"] for kind, value in content.items()}


def routes() -> set[tuple[str, str]]:
    """The server's addresses and methods."""
    app = ApiServer("127.0.0.1", 0, TOKEN, Desk().services()).app
    return {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


def test_every_route_is_described_and_every_described_path_exists() -> None:
    """The document and the server know the same addresses and methods."""
    assert routes() == {(path, method) for path, methods in PATHS.items() for method in methods}


def test_the_document_is_sound() -> None:
    """Every schema is one, and every reference leads somewhere."""
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    references = [value for key, value in _pairs(DOCUMENT) if key == "$ref"]
    assert references
    for reference in references:
        found: Any = DOCUMENT
        for word in reference.removeprefix("#/").split("/"):
            found = found[word]


def _pairs(value: Any) -> list[tuple[str, Any]]:
    """Every key and value, however deep."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in [(key, inner), *_pairs(inner)]]
    return [pair for inner in value for pair in _pairs(inner)] if isinstance(value, list) else []


def test_open_addresses_are_described_as_open() -> None:
    """What needs no token says so, and nothing else does."""
    found = {path for path, method in OPERATIONS if PATHS[path][method].get("security") == []}
    assert found == OPEN | {BUTTON, RECEIVED}


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_closed_address_describes_401(path: str, method: str) -> None:
    """Whoever programs against a closed address is told what comes without a token."""
    assert ("401" in PATHS[path][method]["responses"]) is (path not in OPEN | {BUTTON})


DOOR = ("connections", "errors", "access", "denials")
"""The modules of ``gateway.api`` that answer before, or instead of, the handler of an address."""
OF_NO_ADDRESS = {"no_route", "method_not_allowed"}
"""What is answered where there is no such address or method: no operation of the document."""
TOO_MANY = {
    "too_many_presses": {("/v1/transfers", "post"), (BUTTON, "get")},
    "too_many_callbacks": {("/v1/callbacks/{id}/dial", "post")},
    "export_running": {("/v1/exports/contexts", "get")},
    "too_many_readers": {("/v1/events", "get")},
}
"""Where each 429 is answered."""


def door_answers() -> set[str]:
    """Error ids that the door's own code answers with, read from its source: what it raises, writes, and makes of aiohttp's refusals."""
    found = set(OF_STATUS.values())
    for name in DOOR:
        tree = ast.parse((Path(gateway.api.__file__).parent / f"{name}.py").read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        words = [ast.walk(argument) for call in calls for argument in call.args]
        found |= {
            node.value
            for inner in words
            for node in inner
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in MESSAGES
        }
    return found - OF_NO_ADDRESS


def test_what_the_door_answers_is_known() -> None:
    """The reading of the door's source finds what it is known to answer with, so that the next test can fail."""
    known = {"too_slow", "too_large", "head_too_long", "too_many_connections", "internal", "no_token", "bad_body"}
    assert known <= door_answers()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_what_the_door_answers_is_described(path: str, method: str) -> None:
    """Whoever programs against an address is told what its door may answer before the address itself does."""
    statuses = {MESSAGES[error_id][0] for error_id in door_answers()}
    if path in OPEN | {BUTTON, RECEIVED}:
        statuses -= {401, 403}
    missing = {str(status) for status in statuses} - set(PATHS[path][method]["responses"])
    assert not missing, f"{method} {path} may answer {missing}"


def test_too_many_is_described_where_it_is_answered() -> None:
    """Each 429 has its addresses, and they describe it."""
    assert set(TOO_MANY) == {error_id for error_id, (status, *_) in MESSAGES.items() if status == 429}
    for operations in TOO_MANY.values():
        for path, method in operations:
            assert "429" in PATHS[path][method]["responses"], path


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_path_parameters_are_described(path: str, method: str) -> None:
    """Each name in braces has its line, and no line is without a name."""
    lines = PATHS[path][method].get("parameters", [])
    assert {line["name"] for line in lines if line["in"] == "path"} == {
        word[1:-1] for word in path.split("/") if word.startswith("{")
    }


def test_words_are_those_of_the_core() -> None:
    """States, outcomes and seat states are listed completely: no reader meets a word it was not told."""
    transfer, seat = SCHEMAS["Transfer"]["properties"], SCHEMAS["Seat"]["properties"]
    assert set(transfer["state"]["enum"]) == {state_name(state) for state in NEXT}
    assert set(transfer["outcome"]["enum"]) == {outcome.value for outcome in Outcome} | {None}
    assert set(seat["state"]["enum"]) == {state.value for state in SeatState}
    assert set(transfer["mode"]["enum"]) - {"attended"} == set(MODES) == set(rules_file.MODES)
    assert set(transfer["pressed_by"]["enum"]) == {hand.value for hand in PressedBy}
    assert set(SCHEMAS["Callback"]["properties"]["state"]["enum"]) == set(CALLBACK_STATES)
    outcome = PATHS["/v1/transfers/{id}/resolve"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(outcome["properties"]["outcome"]["enum"]) == DECISIONS


def test_described_fields_are_all_required() -> None:
    """What the gateway shows it shows always; a reader need not ask whether a field is there."""
    for name in (
        "Context",
        "Transfer",
        "Call",
        "Seat",
        "Switchboard",
        "Error",
        "Health",
        "Callback",
        "Button",
    ):
        assert set(SCHEMAS[name]["required"]) == set(SCHEMAS[name]["properties"]), name


POSTS = [path for path, method in OPERATIONS if method == "post" and path != RECEIVED]
"""What is pushed to us must be signed: ``test_received``."""


def filled(path: str, id_: str) -> str:
    """An address with something in each of its places."""
    places = {"id": id_, "switchboard": "12345", "seat": "1001", "name": "seats"}
    for name, value in places.items():
        path = path.replace(f"{{{name}}}", value)
    return path


@pytest.mark.parametrize("scene", SCENES)
async def test_every_answer_is_as_described(client: Client, desk: Desk, scene: str) -> None:
    """In every scene of a call each address answers with a described status, type and body."""
    play_to(desk.play, scene)
    contexts = desk.play.all(ContextRow)
    ids = {"/v1/contexts/{id}": contexts[-1].id if contexts else "nobody", "/v1/transfers/{id}": PRESS}
    for path in GETS:
        async with client.session.get(filled(path, ids.get(path, "")).replace("{token}", "x")) as answer:
            schemas = described(path, answer.status)
            assert answer.content_type in schemas, path
            if answer.content_type == "application/json":
                check(schemas[answer.content_type], await answer.json())


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("path", POSTS)
async def test_every_post_is_answered_as_described(client: Client, desk: Desk, scene: str, path: str) -> None:
    """In every scene each address takes a body that fits its schema and answers with a described status, type and body."""
    play_to(desk.play, scene)
    desk.store.write(task(state="done" if scene == "completed" else "open"))
    body = BODIES.get(path, {})
    check(PATHS[path]["post"]["requestBody"]["content"]["application/json"]["schema"], body)
    id_ = task().id if "callbacks" in path else PRESS
    async with client.session.post(filled(path, id_), json=body) as answer:
        check(described(path, answer.status, "post")[answer.content_type], await answer.json())


@pytest.mark.parametrize("path", POSTS)
async def test_a_body_that_is_none_is_answered_as_described(client: Client, path: str) -> None:
    """What is no JSON object, and a field that nobody knows, are 400 everywhere."""
    for data in (b"{", b"[]", b"null", b"[" * 60_000, b"\xff", b'{"nobody": 1}'):
        async with client.session.post(filled(path, PRESS), data=data) as answer:
            assert answer.status == 400, data[:9]
            check(described(path, 400, "post")["application/json"], await answer.json())


@pytest.mark.parametrize(("tag", "status"), [('"2"', 200), ('"1"', 412), (None, 428), ("x", 400)])
async def test_an_edit_is_answered_as_described(client: Client, desk: Desk, tag: str | None, status: int) -> None:
    """A patch that fits its schema gets the next version, or an error of the described shape."""
    desk.play.connect()
    id_, body = desk.play.all(ContextRow)[-1].id, {"summary": "噪音", "urgency": "danger", "cases": None}
    check(SCHEMAS["ContextPatch"], body)
    headers = {"If-Match": tag} if tag else {}
    async with client.session.patch(f"/v1/contexts/{id_}", json=body, headers=headers) as answer:
        assert answer.status == status
        check(described("/v1/contexts/{id}", status, "patch")["application/json"], await answer.json())


async def test_a_full_reading_is_as_described(client: Client, desk: Desk) -> None:
    """The unmasked context has the same shape."""
    desk.play.connect()
    id_ = desk.play.all(ContextRow)[-1].id
    check(SCHEMAS["Context"], await client.get(f"/v1/contexts/{id_}?full=true&purpose=test"))


@pytest.mark.parametrize(("path", "method"), [pair for pair in OPERATIONS if pair[0] not in OPEN | {BUTTON}])
async def test_no_token_is_answered_as_described(client: Client, path: str, method: str) -> None:
    """401 has the error's shape everywhere."""
    async with client.session.request(method, filled(path, "x"), headers={"Authorization": ""}) as answer:
        assert answer.status == 401
        check(described(path, 401, method)["application/json"], await answer.json())


async def test_not_ready_is_answered_as_described(client: Client, desk: Desk) -> None:
    """503 of readyz has the shape of its 200."""
    desk.problems = [{"what": "a", "where": "b", "remedy": "c"}]
    check(described("/readyz", 503)["application/json"], await client.get("/readyz", 503))
