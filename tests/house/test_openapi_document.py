"""``openapi.yaml`` says what the models say: its components are made of them, and what its paths repeat of them by hand is the same."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gateway.api import bodies, queries
from gateway.api.checked import Fields
from scripts.openapi import DOCUMENT, as_written, document

TEXT = DOCUMENT.read_text(encoding="utf-8")
PATHS: dict[str, Any] = yaml.safe_load(TEXT)["paths"]
BODIES: dict[str, type[bodies.Body]] = {
    "/v1/transfers/{id}/cancel": bodies.Nothing,
    "/v1/transfers/{id}/accept": bodies.Nothing,
    "/v1/transfers/{id}/decline": bodies.DeclineBody,
    "/v1/transfers/{id}/release": bodies.Nothing,
    "/v1/transfers/{id}/resolve": bodies.ResolveBody,
    "/v1/callbacks/{id}/dial": bodies.DialBody,
    "/v1/callbacks/{id}/drop": bodies.DropBody,
    "/v1/action-urls/revoke": bodies.RevokeBody,
    "/v1/deliveries/{id}/resend": bodies.Nothing,
    "/v1/seats/{switchboard}/{seat}/ready": bodies.Nothing,
    "/v1/rules/reload": bodies.Nothing,
}
"""Bodies so small that they stand in their path."""
FULL = {"full", "purpose"}
QUERIES: dict[tuple[str, str], tuple[type[Fields], set[str]]] = {
    ("/v1/contexts", "get"): (queries.ContextsQuery, FULL),
    ("/v1/contexts", "post"): (queries.ImportQuery, set()),
    ("/v1/contexts/{id}", "get"): (queries.ContextReading, FULL),
    ("/v1/contexts/{id}", "patch"): (queries.EditQuery, set()),
    ("/v1/contexts/{id}/history", "get"): (queries.Query, FULL),
    ("/v1/transfers", "get"): (queries.TransfersQuery, set()),
    ("/v1/callbacks", "get"): (queries.CallbacksQuery, FULL),
    ("/v1/exports/contexts", "get"): (queries.ExportQuery, FULL),
    ("/v1/deliveries", "get"): (queries.DeliveriesQuery, set()),
    ("/v1/reports/{name}", "get"): (queries.ReportsQuery, {"since", "until", "zone"}),
}
"""Models of the queries, and names that are read beside them."""


def test_components_are_made_of_the_models() -> None:
    """``python -m scripts.openapi`` would change nothing."""
    assert document(TEXT) == TEXT, "stale: run python -m scripts.openapi"


def bare(schema: Any) -> Any:
    """A schema without what only people read: a choice says its type by its words, and a line's blanks are no pattern."""
    if not isinstance(schema, dict):
        return schema
    kept = {name: bare(value) for name, value in schema.items() if name not in ("description", "default")}
    if kept.get("pattern") == "[^ ]":
        del kept["pattern"]
    if "enum" in kept:
        kept.pop("type", None)
    return kept


def inline() -> list[str]:
    """Addresses whose JSON body is written in the path."""
    found = []
    for path, methods in PATHS.items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content and content["schema"].get("type") == "object":
            found.append(path)
    return found


def test_every_body_of_a_path_has_its_model() -> None:
    """None is described without being read so."""
    assert sorted(inline()) == sorted(BODIES)


@pytest.mark.parametrize("path", BODIES)
def test_a_body_of_a_path_is_that_of_its_model(path: str) -> None:
    """Fields, alphabets, lengths, and which must be there."""
    said = PATHS[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert bare(said) == bare(as_written(BODIES[path].model_json_schema()))


def test_every_query_has_its_model() -> None:
    """None is described without being read so."""
    found = {
        (path, method)
        for path, methods in PATHS.items()
        for method, operation in methods.items()
        if any(line["in"] == "query" for line in operation.get("parameters", []))
    }
    assert found == set(QUERIES)


@pytest.mark.parametrize(("path", "method"), QUERIES)
def test_a_query_of_a_path_is_that_of_its_model(path: str, method: str) -> None:
    """Names, alphabets, lengths and bounds."""
    model, beside = QUERIES[path, method]
    lines = {line["name"]: line["schema"] for line in PATHS[path][method]["parameters"] if line["in"] == "query"}
    said = {name: bare(schema) for name, schema in lines.items() if name not in beside}
    made = as_written(model.model_json_schema(mode="validation")).get("properties", {})
    assert said == {name: bare(schema) for name, schema in made.items()}
    assert beside <= set(lines)
