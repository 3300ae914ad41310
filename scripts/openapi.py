"""Components of ``gateway/api/openapi.yaml`` from the models: ``python -m scripts.openapi`` writes them, ``--check`` compares.

Everything above them is written by hand: paths, security, and answers that several addresses share.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import gateway.api
from gateway.api import answers, answers_calls, answers_matters, bodies
from gateway.contexts import case_models

DOCUMENT = Path(gateway.api.__file__).parent / "openapi.yaml"
MARK = "  schemas:\n"
NOTE = "    # 由 python -m scripts.openapi 从模型生成，勿手改 / made of the models by python -m scripts.openapi: no edits by hand\n"
WIDTH = 150
ORDER = ("type", "description", "additionalProperties", "required", "properties")

COMPONENTS: tuple[type[BaseModel], ...] = (
    answers.Health,
    answers.Ready,
    answers.Rules,
    answers.Error,
    answers_matters.Context,
    answers_matters.Delivery,
    answers_matters.Deliveries,
    answers_matters.Contexts,
    answers_matters.WorkOrder,
    answers_matters.Eido,
    answers_matters.ContextTold,
    answers_matters.TakenIn,
    case_models.NewCase,
    case_models.ContextPatch,
    answers_matters.History,
    answers_calls.Trace,
    answers_calls.Transfer,
    answers_calls.Transfers,
    bodies.TransferBody,
    bodies.ButtonBody,
    answers_calls.Button,
    answers_calls.Callback,
    answers_calls.Callbacks,
    answers_calls.Call,
    answers_calls.Calls,
    answers_calls.Seat,
    bodies.PauseBody,
    bodies.LogInBody,
    bodies.QueuesBody,
    answers_calls.Report,
    answers_calls.Seats,
    answers_calls.Prospects,
    answers_calls.Switchboard,
    answers_calls.Switchboards,
)
"""Models that the document names, in its order."""
NAMES = {
    "NewCase": "ContextNew",
    "TransferBody": "TransferWish",
    "ButtonBody": "ButtonWish",
    "PauseBody": "SeatPause",
    "LogInBody": "SeatLogIn",
    "QueuesBody": "SeatQueues",
}
"""Names of components that programs have been made from, where the model's is another."""


def components() -> dict[str, Any]:
    """The schemas by name: those that the document names in its order, then those that they are made of."""
    _, found = models_json_schema(
        [(model, "validation") for model in COMPONENTS], ref_template="#/components/schemas/{model}"
    )
    parts = found["$defs"]
    first = [model.__name__ for model in COMPONENTS]
    names = [*first, *sorted(name for name in parts if name not in first)]
    return {NAMES.get(name, name): as_written(parts[name]) for name in names}


def as_written(schema: Any) -> Any:
    """A schema as people write one: no titles, no defaults that only mean nothing, null beside the type."""
    if isinstance(schema, list):
        return [as_written(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: value for name, value in schema.items() if not (name == "title" and isinstance(value, str))}
    if plain.get("default", 1) in ("", None, [], ()):
        del plain["default"]
    if "$ref" in plain:
        name = plain["$ref"].rpartition("/")[2]
        plain["$ref"] = f"#/components/schemas/{NAMES.get(name, name)}"
    if isinstance(plain.get("description"), str):
        plain["description"] = " ".join(plain["description"].split())
    plain = _with_null(plain)
    first = {name: plain.pop(name) for name in ORDER if name in plain}
    # names of fields are no keywords: a field may be called title
    fields = {
        name: {key: as_written(one) for key, one in first.pop(name).items()}
        for name in ("properties",)
        if name in first
    }
    return {name: as_written(value) for name, value in {**first, **plain}.items()} | fields


def _with_null(plain: dict[str, Any]) -> dict[str, Any]:
    """``anyOf`` a kind and null, as one type; a choice of words has null among them."""
    kinds = plain.get("anyOf")
    if not isinstance(kinds, list) or len(kinds) != 2 or kinds[1] != {"type": "null"} or "$ref" in kinds[0]:
        return plain
    kind = {name: value for name, value in kinds[0].items() if name != "title"}
    rest = {name: value for name, value in plain.items() if name != "anyOf"}
    if "enum" in kind or "const" in kind:
        return {"enum": [*kind.get("enum", [kind.get("const")]), None], **rest}
    return {**kind, "type": [kind["type"], "null"], **rest}


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, lists set in from their keys."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def document(text: str) -> str:
    """The document with its components written anew."""
    head, mark, _ = text.partition(MARK)
    assert mark, f"{DOCUMENT}: no line {MARK!r}"
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": WIDTH, "default_flow_style": None}
    body = yaml.dump(components(), Dumper=_Dumper, **options)
    return head + mark + NOTE + "".join(f"    {line}\n" if line else "\n" for line in body.splitlines())


def main(arguments: list[str]) -> int:
    """Write the document, or compare it: 1 where it is stale."""
    text = DOCUMENT.read_text(encoding="utf-8")
    made = document(text)
    if "--check" in arguments:
        if made != text:
            print(f"{DOCUMENT}: 与模型不符 / not what the models say\n    → python -m scripts.openapi", file=sys.stderr)
        return int(made != text)
    DOCUMENT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
