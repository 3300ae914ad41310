"""Errors of the models of the site's file, in the words of whoever writes the file: table and key, line, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from gateway.config import texts
from gateway.config.toml_lines import Place, line_of
from gateway.config.toml_values import EXAMPLE, WRONG
from gateway.core.values.nearest import nearest

KINDS = {"string_type": "str", "int_type": "int", "float_type": "float", "list_type": "list", "tuple_type": "list"}
"""Types that a value may have, by the kind of the error."""


def problems_of(
    error: ValidationError, model: type[BaseModel], lines: Mapping[Place, int]
) -> list[tuple[str, str, str]]:
    """Where, what and remedy of every error, table by table; in a table what it does not know comes first, since a name that was mistyped
    explains one that is missing."""
    found: dict[tuple[str, str], tuple[int, bool, int, str, str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        place, what, remedy = _words(one, model)
        key = where_of(place), what
        header = line_of(place[:-1], lines)
        number = line_of(place, lines)
        shown = texts.WITH_LINE(what=what, number=number) if number else what
        found.setdefault(key, (header, one["type"] != "extra_forbidden", number, shown, remedy))
    ordered = sorted(found.items(), key=lambda item: item[1][:3])
    return [(where, shown, remedy) for (where, _), (*_, shown, remedy) in ordered]


def where_of(place: Place) -> str:
    """``switchboards[1].port``: keys with points between them, tables of several numbered from 1."""
    text = ""
    for n, part in enumerate(place):
        if isinstance(part, int):
            text += f"[{part + 1}]" + ("." if n == len(place) - 1 else "")
        else:
            text += f".{part}" if text else part
    return text


def _words(one: Any, model: type[BaseModel]) -> tuple[Place, str, str]:
    """Place, what and remedy of an error as pydantic gives it. Its own words are never shown: they name no remedy."""
    place, kind = tuple(one["loc"]), one["type"]
    name = place[-1] if place else ""
    if kind == WRONG:
        at = one["ctx"]["at"]
        place = (at[1:],) if at.startswith("/") else (*place[:-1], *at.split(".")) if at else place
        return place, one["ctx"]["what"], one["ctx"]["remedy"]
    if kind == "missing":
        return place, texts.IS_MISSING, texts.ADD_NAME(name=name)
    if kind == "extra_forbidden":
        known = known_keys(model, place[:-1])
        near = nearest(str(name), known)
        hint = texts.DID_YOU_MEAN_NEAR(near=near[0]) if near else texts.KNOWN(known=", ".join(known))
        return place, texts.UNKNOWN_SETTING, hint
    if kind == "bool_type":
        return place, texts.MUST_BE_TRUE_OR_FALSE, texts.LEAVE_IT_OUT_FOR_FALSE
    if kind in ("model_type", "dict_type"):
        shape = f"[[{place[-2]}]]" if isinstance(name, int) else f"[{name}]"
        return place, texts.MUST_BE_A_TABLE(shape=shape), EXAMPLE
    if kind in KINDS:
        return place, texts.MUST_BE_OF_KIND(kinds=KINDS[kind]), EXAMPLE
    return place, texts.DOES_NOT_FIT(msg=one["msg"]), EXAMPLE


def known_keys(model: type[BaseModel], place: Iterable[str | int]) -> list[str]:
    """The keys of the table at a place, a file's behind that of its secret."""
    for part in place:
        if isinstance(part, str):
            model = _table_in(model.model_fields[part].annotation)
    names = list(model.model_fields)
    files = [name for name in names if name.endswith("_file") and name.removesuffix("_file") in names]
    plain = [name for name in names if name not in files]
    for file in files:
        plain.insert(plain.index(file.removesuffix("_file")) + 1, file)
    return plain


def _table_in(annotation: Any) -> type[BaseModel]:
    """The model of a table, or of each table of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_table_in(inner) for inner in get_args(annotation))
