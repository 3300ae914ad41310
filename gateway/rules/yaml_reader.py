"""A reader of a YAML tree, which keeps every error with its line and column."""

from __future__ import annotations

from collections.abc import Collection

import yaml

from gateway.core.values.nearest import nearest as nearest_of
from gateway.core.values.numbers import mask_runs
from gateway.rules import texts
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
            self.bad(node, texts.EXPECTED_A_SINGLE_VALUE, texts.CHECK_THE_INDENTATION)
            return None
        value: str = node.value
        if value == "":
            self.bad(node, texts.VALUE_IS_EMPTY, texts.QUOTE_A_VALUE)
            return None
        if not value.isprintable():
            hidden = next((c for c in value if not (c.isprintable() or c == "\u3000")), None)
            if hidden is not None:
                what = texts.INVISIBLE_CHARACTER_U_ORD(ord=ord(hidden))
                self.bad(node, what, texts.REMOVE_IT_WRITE)
                return None
        return value


def nearest(value: str, known: Collection[str]) -> str:
    """The name that was probably meant, or empty."""
    return next(iter(nearest_of(value, known)), "")


def hint(value: str, known: Collection[str]) -> str:
    """The name that was probably meant, or all that are known."""
    near = nearest(value, known)
    shown = ", ".join(list(known)[:30]) + (" …" if len(known) > 30 else "")
    return texts.DID_YOU_MEAN_NEAR(near=near) if near else texts.KNOWN_ONES(shown=shown)
