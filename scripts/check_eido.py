"""``make check-eido FOLDER=…``: our EIDOs against the published schema of NENA-STA-021.1, and the published samples against ours.

The schema is not shipped with onekey (megabytes of types, and not ours): FOLDER is a checkout of ``NENA911/EIDO-JSON``. All references are
followed, also into the types of NIEM. Prints how many are valid, and each error; the exit code is 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from gateway.contexts.formats.eido import to_eido
from gateway.contexts.formats.eido_reading import NotEido, checked
from gateway.core.messages.records import ContextRow
from gateway.views.contexts import context_view
from tests.contexts.formats.test_eido import rows

SLIP = re.compile(r"(minItems: [0-9]+),")
"""A comma that stands twice in the published file and makes a text of the number."""
ROOT = "#/components/schemas/EmergencyIncidentDataObjectType"


def published(folder: Path) -> Draft202012Validator:
    """The published schema. OpenAPI 3.0 writes its schemas in words that JSON Schema has, too."""

    def retrieve(uri: str) -> Resource[Any]:
        path = Path(unquote(urlsplit(uri).path))
        text = SLIP.sub(r"\1", path.read_text(encoding="utf-8"))
        return Resource(yaml.load(text, yaml.CSafeLoader), DRAFT202012)  # type: ignore[call-arg]

    where = (folder / "Schema" / "openapi.yaml").absolute().as_uri()
    return Draft202012Validator({"$ref": where + ROOT}, registry=Registry(retrieve=retrieve))  # type: ignore[call-arg]


def ours(valid: Draft202012Validator, examples: int) -> list[str]:
    """Errors of random contexts, in full and masked."""
    found: list[str] = []

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(rows(), st.booleans(), st.booleans())
    def look(row: ContextRow, full: bool, hidden: bool) -> None:
        eido = json.loads(json.dumps(to_eido(context_view(row, full=full, hidden=hidden))))
        found.extend(f"{error.json_path}: {error.message[:200]}" for error in valid.iter_errors(eido))

    look()
    return found


def samples(valid: Draft202012Validator, folder: Path) -> list[str]:
    """Errors of the published samples, by their own schema and by our subset."""
    found: list[str] = []
    for path in sorted((folder / "Samples").glob("*.json")):
        eido = json.loads(path.read_text(encoding="utf-8-sig"))
        found += [f"{path.name} {error.json_path}: {error.message[:200]}" for error in valid.iter_errors(eido)]
        try:
            checked(eido)
        except NotEido as error:
            found.append(f"{path.name}, our subset: {error}")
    return found


def main() -> int:
    """Validate, print, tell."""
    parser = argparse.ArgumentParser(prog="make check-eido")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n", type=int, default=400)
    said = parser.parse_args()
    valid = published(said.folder)
    if valid.is_valid({}) or valid.is_valid({"$id": 1}):
        print(f"{said.folder}: 此模式什么都接受 / this schema takes anything")
        return 1
    errors = ours(valid, said.n)
    theirs = samples(valid, said.folder)
    print("\n".join(dict.fromkeys([*errors, *theirs])))
    print(f"{said.n} 个随机来电信息 / random contexts: {len(errors)} errors; 样例 / samples: {len(theirs)} errors")
    return int(bool(errors or theirs))


if __name__ == "__main__":
    sys.exit(main())
