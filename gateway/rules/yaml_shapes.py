"""Shapes of values: each shape reads a node, and writes itself as JSON Schema. One description for both.

A shape returns what it read, or None where it has told a problem; the rest of the file is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import yaml

from gateway.rules import texts
from gateway.rules.yaml_reader import Reader, hint

Names = Mapping[str, Collection[str]]
"""Names by kind: ``targets``, ``matters``, …"""
Json = dict[str, Any]


class Shape(Protocol):
    """One kind of value."""

    def read(self, node: yaml.Node, reader: Reader) -> Any:
        """The value, or None where it has told a problem."""
        ...

    def schema(self, names: Names) -> Json:
        """JSON Schema of it."""
        ...


_WRITTEN = {"type": ["string", "number"]}
"""A text may be written without quotes where it looks like a number: we read what is written."""


@dataclass(frozen=True)
class Text:
    """A line, whole in ``pattern`` where there is one; ``what`` says so, ``remedy`` gives an example."""

    pattern: str = ""
    what: str = ""
    remedy: str = ""

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The text."""
        value = reader.text(node)
        if value is None or not self.pattern or re.fullmatch(self.pattern, value, re.ASCII):
            return value
        zh, _, en = self.what.partition(" / ")
        reader.bad(node, texts.WITH_VALUE(zh=zh, value=value[:60], en=en), self.remedy)
        return None

    def schema(self, names: Names) -> Json:
        """A string."""
        return {**_WRITTEN, **({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})}


@dataclass(frozen=True)
class Whole:
    """A whole number within limits."""

    low: int
    high: int

    def read(self, node: yaml.Node, reader: Reader) -> int | None:
        """The number."""
        value = reader.text(node)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 6 and self.low <= int(value) <= self.high):
            range_ = texts.EXPECTED_LOW_TO_HIGH(low=self.low, high=self.high, value=value[:40])
            reader.bad(node, texts.NOT_IN_RANGE(range=range_, value=value[:40]), texts.WRITE_A_NUMBER)
            return None
        return int(value)

    def schema(self, names: Names) -> Json:
        """An integer."""
        return {"type": ["integer", "string"], "minimum": self.low, "maximum": self.high, "pattern": "^[0-9]{1,6}$"}


@dataclass(frozen=True)
class Named:
    """One of the names of some kinds (``targets``), or one of some fixed words; ``what`` says what an unknown one is not."""

    what: str
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The name."""
        value = reader.text(node)
        if value is None or value in self.words or any(value in reader.names.get(kind, ()) for kind in self.kinds):
            return value
        known = [*self.words, *(name for kind in self.kinds for name in reader.names.get(kind, ()))]
        remedy = hint(value, known) if known else texts.WRITE_IT_DOWN_IN_THE_FILE
        reader.bad(node, f"{self.what}: {value[:60]}", remedy)
        return None

    def schema(self, names: Names) -> Json:
        """An enumeration, where the names are known."""
        known = [*self.words, *(name for kind in self.kinds for name in names.get(kind, ()))]
        numbers = [int(name) for name in known if name.isdigit() and not name.startswith("0")]  # written without quotes
        return {"enum": [*known, *numbers]} if known and all(names.get(kind) for kind in self.kinds) else dict(_WRITTEN)


class Parts(dict[str, Any]):
    """A mapping as far as it was read. ``nodes`` has the nodes of its values, ``keys_`` those of its keys, ``node`` its own."""

    def __init__(self, node: yaml.Node) -> None:
        super().__init__()
        self.node = node
        self.nodes: dict[str, yaml.Node] = {}
        self.keys_: dict[str, yaml.Node] = {}

    def at(self, name: str) -> yaml.Node:
        """Where a problem with this value is shown."""
        return self.nodes.get(name, self.node)


class Items(list[Any]):
    """A list as far as it was read, with the node of each item. ``sound``: every one was read whole."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[yaml.Node] = []
        self.sound = True

    def put(self, shape: Shape, node: yaml.Node, reader: Reader) -> None:
        """One more; what could not be read is left out."""
        before = len(reader.problems)
        value = shape.read(node, reader)
        if len(reader.problems) > before:
            self.sound = False
        if value is not None:
            self.append(value)
            self.nodes.append(node)


@dataclass(frozen=True)
class Field:
    """One key of a mapping. ``missing`` makes it a must: what is wrong without it, and what to do."""

    shape: Shape
    doc: str
    missing: tuple[str, str] | None = None


def must(name: str) -> tuple[str, str]:
    """The problem of a key that is not there."""
    return texts.NAME_IS_MISSING(name=name), texts.ADD_THE_FIELD(name=name)


@dataclass(frozen=True)
class Record:
    """A mapping of known keys, read in the order in which they stand here, so that names are known before they are used."""

    fields: dict[str, Field]
    doc: str = ""

    def read(self, node: yaml.Node, reader: Reader) -> Parts | None:
        """Its values; None for what is no mapping."""
        parts = pairs(node, reader, self.fields)
        if parts is None:
            return None
        for name, field_ in self.fields.items():
            if name in parts.nodes:
                value = field_.shape.read(parts.nodes[name], reader)
                if value is not None:
                    parts[name] = value
            elif field_.missing is not None:
                reader.bad(node, *field_.missing)
        return parts

    def schema(self, names: Names) -> Json:
        """An object that has no other keys."""
        properties = {
            name: {**field_.shape.schema(names), "description": field_.doc} for name, field_ in self.fields.items()
        }
        required = [name for name, field_ in self.fields.items() if field_.missing is not None]
        return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


@dataclass(frozen=True)
class Table:
    """A mapping whose keys are names of the file's own. ``opens``: the kind of names that its keys become known as."""

    key: Text
    value: Shape
    empty: tuple[str, str] | None = None
    opens: str = ""

    def read(self, node: yaml.Node, reader: Reader) -> Parts | None:
        """Its values by key."""
        parts = pairs(node, reader, None)
        if parts is None:
            return None
        if not parts.nodes and self.empty is not None and isinstance(node, yaml.MappingNode) and not node.value:
            reader.bad(node, *self.empty)
        fit = [name for name in parts.nodes if self.key.read(parts.keys_[name], reader) is not None]
        if self.opens:
            reader.names[self.opens] = dict.fromkeys(fit)
        for name in fit:
            value = self.value.read(parts.nodes[name], reader)
            if value is not None:
                parts[name] = value
        return parts

    def schema(self, names: Names) -> Json:
        """An object with keys of a pattern."""
        return {
            "type": "object",
            "additionalProperties": False,
            "patternProperties": {f"^(?:{self.key.pattern or '.*'})$": self.value.schema(names)},
            "minProperties": 0 if self.empty is None else 1,
        }


def pairs(node: yaml.Node, reader: Reader, known: Collection[str] | None) -> Parts | None:
    """The nodes of a mapping by key; ``known`` None: any key. A key that is unknown or stands twice is told."""
    if not isinstance(node, yaml.MappingNode):
        remedy = texts.CHECK_THE_INDENTATION_QUOTE
        reader.bad(node, texts.EXPECTED_KEY, remedy)
        return None
    parts = Parts(node)
    for key, value in node.value:
        name = reader.text(key)
        if name is None:
            continue
        if name in parts.nodes:
            shown = name[:60]
            reader.bad(key, texts.DUPLICATE_KEY(shown=shown), texts.REMOVE_ONE_OF_THEM)
        elif known is not None and name not in known:
            shown = name[:60]
            reader.bad(key, texts.UNKNOWN_KEY(shown=shown), hint(name, known))
        else:
            parts.nodes[name], parts.keys_[name] = value, key
    return parts


@dataclass(frozen=True)
class ListOf:
    """A list; ``single`` allows one value alone, without the dash."""

    item: Shape
    single: bool = False
    empty: tuple[str, str] | None = None

    def read(self, node: yaml.Node, reader: Reader) -> Items | None:
        """Its items; None for what is no list."""
        found = Items()
        if self.single and not isinstance(node, yaml.SequenceNode):
            found.put(self.item, node, reader)
            return found
        if not isinstance(node, yaml.SequenceNode):
            remedy = texts.CHECK_THE_INDENTATION
            reader.bad(node, texts.EXPECTED_A_LIST, remedy)
            return None
        if not node.value and self.empty is not None:
            reader.bad(node, *self.empty)
        for item in node.value:
            found.put(self.item, item, reader)
        return found

    def schema(self, names: Names) -> Json:
        """An array, or one item."""
        item = self.item.schema(names)
        array = {"type": "array", "items": item, "minItems": 0 if self.empty is None else 1}
        return {"anyOf": [item, array]} if self.single else array


@dataclass(frozen=True)
class Either:
    """A single value in one shape, or a mapping in another."""

    scalar: Shape
    mapping: Shape = field()

    def read(self, node: yaml.Node, reader: Reader) -> Any:
        """Value of the shape that fits."""
        return (self.mapping if isinstance(node, yaml.MappingNode) else self.scalar).read(node, reader)

    def schema(self, names: Names) -> Json:
        """Both."""
        return {"anyOf": [self.scalar.schema(names), self.mapping.schema(names)]}


def many(items: Sequence[str] | None) -> str | tuple[str, ...] | None:
    """One value as it is, several as a tuple: what a condition of the core is."""
    if not items:
        return None
    return items[0] if len(items) == 1 else tuple(items)
