"""Texts for people stand in catalogues: ``texts.py`` of each room, Chinese first, English beside it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

GATEWAY = Path(__file__).resolve().parents[2] / "gateway"
CHINESE = re.compile("[\u3400-\u9fff、。「」【】《》，；：？！（）]")
ELSEWHERE = {
    "problems.py": "itself a catalogue: an error's id, its status and both texts stand in one line",
    "reporting/figures.py": "itself a catalogue: a figure's name, its SQL, its formula and its source stand in one line",
    "rules/catalogue_import.py": "headings that a site's list may have: words that are read, not shown",
    "core/values/case_details.py": "an alphabet: characters that a case number may have",
    "core/values/telephone.py": "an alphabet: digits as people write them",
}
"""Modules with Chinese in them that are no catalogue, each with its reason."""
MODULES = sorted(path for path in GATEWAY.rglob("*.py") if path.name != "texts.py")


def name(path: Path) -> str:
    """A module as the lists here name it."""
    return path.relative_to(GATEWAY).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything that a module is made of."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def literals(path: Path) -> Iterator[str]:
    """Texts of a module with Chinese in them: neither docstrings nor comments."""
    prose = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and id(node) not in prose and CHINESE.search(str(node.value)):
            yield str(node.value)


def test_no_text_for_people_stands_outside_a_catalogue() -> None:
    """Chinese is written in ``texts.py`` of a room, and in the modules named above."""
    found = {name(path): list(literals(path)) for path in MODULES if name(path) not in ELSEWHERE}
    assert {path: some for path, some in found.items() if some} == {}


def test_every_exception_is_needed() -> None:
    """A module of the list is there, and has Chinese in it."""
    assert [one for one in ELSEWHERE if not list(literals(GATEWAY / one))] == []


# --- catalogues -----------------------------------------------------------------------------------------------------------

TEMPLATES = ("template", "Template", "pair")


def catalogues() -> list[Path]:
    """Every ``texts.py``."""
    return sorted(GATEWAY.rglob("texts.py"))


def room(path: Path) -> str:
    """The package that a catalogue is of."""
    return ".".join(path.relative_to(GATEWAY.parent).parent.parts)


def entries(path: Path) -> dict[str, list[str] | None]:
    """Names of a catalogue: with the parts of its template where it has fields, else None."""
    found: dict[str, list[str] | None] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            call = node.value if isinstance(node.value, ast.Call) else None
            has_fields = call is not None and ast.unparse(call.func) in TEMPLATES
            found[ast.unparse(target)] = [ast.literal_eval(one) for one in call.args] if call and has_fields else None
    return found


def fields(text: str) -> set[str]:
    """Names in the braces of a template, those of its formats too."""
    found: set[str] = set()
    for _, field, spec, _ in string.Formatter().parse(text):
        if field is not None:
            found |= {field} | fields(spec or "")
    return found


@cache
def taken(path: Path) -> dict[str, list[str]]:
    """Texts that a module takes, by the room of their catalogue: by ``texts.NAME``, or by name."""
    found: dict[str, list[str]] = {}
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and any(one.name == "texts" for one in node.names):
            named = [ast.unparse(one) for one in nodes(path) if isinstance(one, ast.Attribute)]
            found[str(node.module)] = [one.split(".")[1] for one in named if one.startswith("texts.")]
        elif isinstance(node, ast.ImportFrom) and str(node.module).endswith(".texts"):
            found.setdefault(str(node.module).removesuffix(".texts"), []).extend(one.name for one in node.names)
    return found


def calls(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Texts that a module calls: name, the language if only one is, and the fields that are given."""
    for node in nodes(path):
        if isinstance(node, ast.Call) and (
            match := re.fullmatch(r"texts\.([A-Z_0-9]+)(?:\.(zh|en))?", ast.unparse(node.func))
        ):
            yield match[1], match[2] or "", {word.arg or "**" for word in node.keywords} | {"*" for _ in node.args}


def own(path: Path) -> str:
    """The room whose catalogue a module calls ``texts``; empty where it takes none, or single texts by name."""
    imports = (node for node in nodes(path) if isinstance(node, ast.ImportFrom))
    return next((str(node.module) for node in imports if any(one.name == "texts" for one in node.names)), "")


@pytest.mark.parametrize("path", catalogues(), ids=name)
def test_every_call_gives_the_fields_of_its_template(path: Path) -> None:
    """No field is missing and none is given for nothing; a text that is no template is not called."""
    known, wrong = entries(path), []
    for module in (one for one in MODULES if own(one) == room(path)):
        for text, language, given in calls(module):
            parts = known.get(text)
            some = parts if parts is None or not language else [parts[language == "en"]]
            if some is None or given != set().union(*map(fields, some)):
                wrong.append((name(module), text, given))
    assert wrong == []


@pytest.mark.parametrize("path", catalogues(), ids=name)
def test_every_text_is_shown_somewhere(path: Path) -> None:
    """A catalogue keeps no text that nobody takes."""
    within = {
        ast.unparse(node) for node in nodes(path) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    used = within.union(*(taken(module).get(room(path), []) for module in MODULES))
    assert [one for one in entries(path) if one not in used] == []
