"""A reader of a YAML tree, which keeps every error with its line and column."""

from __future__ import annotations

from collections.abc import Collection

import yaml

from gateway.core.values.nearest import nearest as nearest_of
from gateway.core.values.numbers import mask_runs
from gateway.rules.problems import Problem, plain
from gateway.rules.yaml_nodes import problem

PROBLEMS_MAX = 100
"""A file with more errors is not a rules file; looking for the nearest name of each could take minutes."""
"""Names among which the nearest is looked for; of more, those that begin alike."""


class TooManyError(Exception):
    """Nobody reads on."""


class Reader:
    """Gathers problems, and knows the names that have been read so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.names: dict[str, Collection[str]] = {}

    def bad(self, node: yaml.Node, what: str, remedy: str) -> None:
        """Something is wrong here. Raises TooManyError behind the last that anyone reads."""
        if len(self.problems) >= PROBLEMS_MAX:
            raise TooManyError
        self.problems.append(problem(node.start_mark, mask_runs(plain(what)), remedy))

    def text(self, node: yaml.Node) -> str | None:
        """The text of a scalar: one line in which nothing hides."""
        if not isinstance(node, yaml.ScalarNode):
            self.bad(node, "这里应为一个值 / expected a single value", "检查缩进 / check the indentation")
            return None
        value: str = node.value
        if value == "":
            self.bad(node, "值是空的 / the value is empty", '含 # 的值请加引号："#" / quote a value with #: "#"')
            return None
        if not value.isprintable():
            hidden = next((c for c in value if not (c.isprintable() or c == "\u3000")), None)
            if hidden is not None:
                what = f"值里有不可见字符 U+{ord(hidden):04X} / invisible character U+{ord(hidden):04X} in a value"
                self.bad(node, what, "删去它；值只写一行 / remove it; write a value in one line")
                return None
        return value


def nearest(value: str, known: Collection[str]) -> str:
    """The name that was probably meant, or empty."""
    return next(iter(nearest_of(value, known)), "")


def hint(value: str, known: Collection[str]) -> str:
    """The name that was probably meant, or all that are known."""
    near = nearest(value, known)
    shown = ", ".join(list(known)[:30]) + (" …" if len(known) > 30 else "")
    return f"是否想写 {near} / did you mean {near}" if near else f"可用 / known: {shown}"
