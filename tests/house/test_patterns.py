"""Work in proportion to the text: every pattern of the gateway, counted in steps."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.backtracking import growth

ROOT = Path(__file__).resolve().parents[2]
WAYS = {"match", "fullmatch", "search", "sub", "subn", "findall", "finditer", "split"}
LINEAR = 3.0
"""Steps where a text is twice as long: 2 is linear, 4 is quadratic."""
OF_OUR_OWN_FILES: dict[str, str] = {
    "gateway.ami.wire": "patterns of a class's own constructor, each of an alphabet and bounded: tests/ami",
    "gateway.app.answering": "callback_numbers of the administrator's own file, asked of a telephone number",
    "gateway.config.site_tables": "PUBLIC_URL of gateway.config.settings, in the administrator's own file",
    "gateway.config.toml_values": "callback_numbers of the administrator's own file, tried whether it is a pattern",
    "gateway.doctor.causes": "names of phones of the administrator's own files, each of them escaped",
    "gateway.cli.records": "alphabets of the command line's own words",
    "gateway.observability.tape": "the name of our own file",
    "gateway.rules.yaml_shapes": "patterns of the rules' own shapes, over a value of at most 200 characters",
    "gateway.rules.catalogue_import": "alphabets of gateway.rules.file, asked of a cell of bounded length",
}
"""Modules that may ask for a pattern that does not stand there as a text, and why that is bounded."""


def modules() -> dict[str, Path]:
    """Every module of the gateway by its name, the lab's apart, which reads what a Debian mirror signed."""
    found = {}
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if (
            not name.startswith(("gateway.lab", "gateway.debian", "gateway.provisioning.prompts"))
            and name != "gateway.__main__"
        ):
            found[name] = path
    return found


TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules().items()}


def ways_by_name() -> dict[str, set[str]]:
    """How patterns that have a name are asked, wherever that stands."""
    found = defaultdict[str, set[str]](set)
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in WAYS:
                owner = node.value
                name = (
                    owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
                )
                found[name].add(node.attr)
    return found


def patterns() -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """Each pattern, where it stands and how it is asked: those with a name, those in a call, and those of the schema of EIDOs."""
    ways = ways_by_name()
    seen = set[int]()
    for name in TREES:
        for key, value in vars(importlib.import_module(name)).items():
            if isinstance(value, re.Pattern) and id(value) not in seen:
                seen.add(id(value))
                yield f"{name}.{key}", value, ways.get(key) or {"fullmatch"}
    for name, tree in TREES.items():
        for call in in_calls(tree):
            pattern = call.args[0]
            if isinstance(pattern, ast.Constant):
                flags = re.M if "re.M" in ast.unparse(call) else 0
                yield f"{name}:{call.lineno}", re.compile(pattern.value, flags), {call.func.attr}  # type: ignore[attr-defined]
    schema = json.loads((ROOT / "gateway/contexts/formats/eido.schema.json").read_text(encoding="utf-8"))
    for number, pattern in enumerate(sorted(set(in_schema(schema)))):
        yield f"eido.schema.json:{number}", re.compile(pattern), {"search"}


def in_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of ``re.search(…)`` and its kind."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and of_re(node.func, WAYS):
            yield node


def of_re(function: ast.expr, names: set[str]) -> bool:
    """Whether a call is one of these of ``re``."""
    if not isinstance(function, ast.Attribute) or function.attr not in names:
        return False
    return isinstance(function.value, ast.Name) and function.value.id == "re"


def in_schema(value: Any) -> Iterator[str]:
    """Every pattern of a JSON Schema."""
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        yield from value.get("patternProperties", {})
        for inner in value.values():
            yield from in_schema(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from in_schema(inner)


ALL = list(patterns())


@pytest.mark.parametrize(("pattern", "ways"), [one[1:] for one in ALL], ids=[one[0] for one in ALL])
def test_a_pattern_works_in_proportion_to_the_text(pattern: re.Pattern[Any], ways: set[str]) -> None:
    """A text that is twice as long takes about twice the steps, however it is made."""
    assert growth(pattern, ways) < LINEAR, pattern.pattern


def test_every_pattern_is_counted() -> None:
    """A pattern that is put together where it is asked would be in no list: there is none, apart from those with a reason."""
    hidden = {
        name
        for name, tree in TREES.items()
        for call in in_calls(tree)
        if not isinstance(call.args[0], ast.Constant)
    }  # fmt: skip
    for name, tree in TREES.items():
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        inner = [node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)]
        if any(of_re(node.func, {"compile"}) for node in inner):
            hidden.add(name)
    assert hidden <= set(OF_OUR_OWN_FILES)


@pytest.mark.parametrize(
    ("pattern", "ways", "linear"),
    [
        (r"[0-9]*\*{2,}[0-9]*", {"findall"}, False),  # the pattern that froze a gateway for 84 s
        (r"[0-9]*\*{2,}[0-9]*", {"fullmatch"}, True),
        (r"<[^>]*>", {"sub"}, False),
        (r"(?:a+)+b", {"fullmatch"}, False),
        (r"(?:a|ab|b)*c", {"fullmatch"}, False),
        (r"\s*,\s*", {"split"}, False),
        (r"a*a*b", {"match"}, False),
        (r"(?:a++)*+b", {"match"}, True),
        (r"[0-9A-Za-z.-]{1,100}", {"fullmatch"}, True),
        (r"(?<![0-9])[0-9]+x", {"search"}, True),
        (rb"\n\r*\n", {"search"}, True),
    ],
)
def test_the_counter_tells_linear_work_from_other(pattern: str, ways: set[str], linear: bool) -> None:
    """Known patterns of both kinds."""
    assert (growth(re.compile(pattern), ways) < LINEAR) is linear
