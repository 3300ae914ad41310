"""The text of a YAML file -> nodes with places; nothing is converted, so every scalar is the text that was written."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import yaml

from gateway.rules import texts
from gateway.rules.problems import Problem, RulesError, plain

DEPTH_MAX = 20
"""Levels of nesting; the schema needs eight. YAML nested by the thousand exhausts a parser's stack."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


SINGLE = "expected a single document in the stream"
_WIDE = re.compile("[ ]*([\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])")
RULES_NEED = texts.WHAT_A_FILE_NEEDS


def compose(text: str, path: str, needs: str = RULES_NEED) -> yaml.Node:
    """One document of a text; ``needs`` says what an empty one lacks. Raises RulesError for what is not YAML, or more of it
    than we take."""
    try:
        node = _built(text, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if (blank := _wide_indent(text, mark.line if mark else 0)) is not None:
            raise RulesError(path, text, [blank]) from None
        if error.problem == SINGLE:
            raise RulesError(path, text, [problem(mark, texts.SECOND_DOCUMENT, texts.ONE_DOCUMENT)]) from None
        said = plain(str(error.problem))
        what = texts.NOT_VALID_YAML(said=said)
        remedy = texts.INDENT_WITH_SPACES
        raise RulesError(path, text, [problem(mark, what, remedy)]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = plain(str(error).replace("\n", " "))
        what = texts.NOT_VALID_YAML(said=said)
        raise RulesError(path, text, [Problem(1, 1, what, texts.CHECK_THE_FILE)]) from None
    if node is None:
        raise RulesError(path, text, [Problem(1, 1, texts.FILE_IS_EMPTY, needs)])
    return node


def _wide_indent(text: str, line: int) -> Problem | None:
    """A blank in an indentation, in this line or the nearest before it, that is none for YAML: it looks like one, and the parser stumbles
    lines later."""
    lines = text.splitlines()[: line + 1]
    for number in range(len(lines), 0, -1):
        if (found := _WIDE.match(lines[number - 1])) is not None:
            blank = found[1]
            what = texts.WIDE_BLANK(code=f"U+{ord(blank):04X}", name=unicodedata.name(blank, ""))
            return Problem(number, found.start(1) + 1, what, texts.REPLACE_BY_SPACES)
    return None


def problem(mark: Any, what: str, remedy: str) -> Problem:
    """A problem at a place of the parser's."""
    return Problem((mark.line if mark else 0) + 1, (mark.column if mark else 0) + 1, what, remedy)


def _built(text: str, path: str) -> yaml.Node | None:
    """The tree, built straight from the parser's events: no resolver guesses what a scalar may mean, and one pass is enough."""
    root: yaml.Node | None = None
    open_: list[yaml.CollectionNode] = []
    key: list[yaml.Node | None] = []  # of each open mapping, the key that waits for its value
    event: Any
    for event in yaml.parse(text, Loader=_Loader):
        mark: Any = event.start_mark
        node: yaml.Node
        if type(event) is yaml.ScalarEvent and not event.anchor:  # first, because most are
            node = yaml.ScalarNode("", event.value, mark, event.end_mark)  # type: ignore[arg-type]
        elif isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            what = texts.ANCHORS_ARE_NOT_SUPPORTED
            remedy = texts.QUOTE_A_KEY
            raise RulesError(path, text, [problem(event.start_mark, what, remedy)])
        elif isinstance(event, yaml.MappingStartEvent):
            node = yaml.MappingNode("", [], mark, flow_style=event.flow_style)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = yaml.SequenceNode("", [], mark, flow_style=event.flow_style)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_.pop().end_mark = event.end_mark
            key.pop()
            continue
        elif isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise yaml.composer.ComposerError(None, None, SINGLE, mark)
        else:
            continue
        if root is None:
            root = node
        else:
            _put(open_[-1], key, node)
        if isinstance(node, yaml.CollectionNode):
            open_.append(node)
            key.append(None)
            if len(open_) > DEPTH_MAX:
                what, remedy = texts.NESTED_TOO_DEEPLY, texts.DEPTH_MAX_LEVELS(depth_max=DEPTH_MAX)
                raise RulesError(path, text, [problem(event.start_mark, what, remedy)])
    return root


def _put(into: yaml.CollectionNode, key: list[yaml.Node | None], node: yaml.Node) -> None:
    if isinstance(into, yaml.SequenceNode):
        into.value.append(node)
    elif key[-1] is None:
        key[-1] = node
    else:
        into.value.append((key[-1], node))
        key[-1] = None
