"""What ``openapi.yaml`` says of a request is what the server takes: whatever fits is not called wrong, whatever does not is refused."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.api import ApiServer
from tests.api.test_openapi import DOCUMENT, PATHS, filled
from tests.core.plays import Play

from .conftest import Client, Desk

ODD = [
    "",
    " ",
    "\t",
    "a b",
    "万",
    "1" * 201,
    "x" * 201,
    "../x",
    "\u202e1",
    "-",
    "*",
    "1001;DROP",
    "0",
    "-1",
    "501",
    "1e5",
    "NaN",
    "2026-13-01",
]
"""Texts that hardly anything takes; each is judged by the document before it is sent."""


def schema_of(value: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to."""
    return {**value, "components": DOCUMENT["components"]}


def queries() -> list[tuple[str, str, dict[str, Any]]]:
    """Each parameter of a query: its address, its name and its schema."""
    return [
        (path, line["name"], line["schema"])
        for path, methods in PATHS.items()
        for line in methods.get("get", {}).get("parameters", [])
        if line["in"] == "query"
    ]


def fitting(schema: dict[str, Any]) -> list[str]:
    """Some texts that a parameter's schema allows."""
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") in ("integer", "number"):
        return [str(schema.get("minimum", 0)), str(min(schema.get("maximum", 9), 10**9))]
    if "anyOf" in schema:
        return ["2026-11-24", "2026-11-24T08:00:00+08:00", "1795536000", "1795536000.5"]
    if "pattern" in schema:
        found: list[str] = []
        text = st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True).filter(str.isascii)

        @settings(max_examples=15, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(text)
        def take(value: str) -> None:
            found.append(value)

        take()
        return found
    return ["x", "噪音", "x" * schema.get("maxLength", 20)]


def allows(schema: dict[str, Any], text: str) -> bool:
    """Whether the document allows this text for a parameter; of an instant it says the shape, not the calendar."""
    value: Any = text
    if schema.get("type") in ("integer", "number"):
        if not re.fullmatch(r"-?[0-9]+" if schema["type"] == "integer" else r"-?[0-9]+(\.[0-9]+)?([eE][0-9]+)?", text):
            return False
        value = int(text) if schema["type"] == "integer" else float(text)
    return Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("path", "name", "schema"), queries(), ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_query_is_taken_as_described(
    client: Client, desk: Desk, path: str, name: str, schema: dict[str, Any]
) -> None:
    """What fits is never the reader's fault; what does not fit, and is told apart by more than a calendar, is."""
    more = (
        {"full": "true", "purpose": "x"} if name in ("tail", "purpose") else {"purpose": "x"} if name == "full" else {}
    )
    where = filled(path, "k0").replace("{token}", "x")
    for text in fitting(schema):
        async with client.session.get(where, params={**more, name: text}) as answer:
            found = await answer.text(errors="replace")  # an export is a file
            assert not (answer.status == 400 and f'"parameter": "{name}"' in found), (text, found)
    if path == "/v1/reports/{name}" and name in ("since", "until", "zone"):
        return  # a process of its own reads them: tests/test_reporting
    for text in ODD:
        if not allows(schema, text) and not (text != text.strip() and text.strip()):
            async with client.session.get(where, params={**more, name: text}) as answer:
                assert answer.status == 400, (text, await answer.text())


def bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """Each JSON body that is an object of ours: method, address, schema."""
    found = []
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            schema = content["schema"] if content else {}
            if "$ref" in schema:
                schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            if schema.get("type") == "object" and schema.get("properties"):
                found.append((method, path, schema))
    return found


def value_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a field, fitting or nearly."""
    if "$ref" in schema or schema is True:
        return st.text(max_size=5)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") == "integer":
        return st.integers(schema.get("minimum", 0) - 1, schema.get("maximum", 10) + 1)
    if schema.get("type") == "array":
        return st.lists(value_of(schema["items"]), max_size=3)
    shown = st.sampled_from([text for text in ODD if text.isprintable()])  # a document cannot say what shows
    if str(schema.get("pattern", "")).startswith("^"):
        fits = st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True)
        return fits.filter(lambda text: text.isascii() and text.isprintable()) | shown
    return st.text(max_size=5).filter(str.isprintable) | shown


def objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of the fields that the document names, and sometimes one that it does not."""
    known = {name: value_of(field) for name, field in schema["properties"].items()}
    needed = {name: known[name] for name in schema.get("required", ())}
    some = st.fixed_dictionaries(needed, optional={name: known[name] for name in known if name not in needed})
    return some | st.dictionaries(
        st.sampled_from([*known, "other"]),
        st.none() | st.text(max_size=3).filter(str.isprintable) | st.integers(),
        max_size=3,
    )


@pytest.mark.parametrize(
    ("method", "path", "schema"), bodies(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_body_is_taken_as_described(method: str, path: str, schema: dict[str, Any]) -> None:
    """400 for what the document does not allow, and for nothing that it allows."""
    taken: list[dict[str, Any]] = []

    @settings(max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(objects(schema))
    def take(body: dict[str, Any]) -> None:
        taken.append(body)

    take()
    asyncio.run(judged(method, path, schema, taken))


async def judged(method: str, path: str, schema: dict[str, Any], taken: list[dict[str, Any]]) -> None:
    """Send each to a server of their own, and compare."""
    desk = Desk(Play())
    desk.play.connect()
    server = ApiServer("127.0.0.1", 0, "a-token-of-the-tests", desk.services())
    await server.start()
    client = Client(server)
    judge = Draft202012Validator(schema_of(schema))
    try:
        for body in taken:
            headers = {"If-Match": '"1"'} if method == "patch" else {}
            async with client.session.request(method, filled(path, "k0"), json=body, headers=headers) as answer:
                found = await answer.text()
                assert answer.status < 500 or '"not_connected"' in found, (body, found)
                assert (answer.status == 400) == (not judge.is_valid(body)), (body, answer.status, found)
    finally:
        await client.session.close()
        await server.stop()
