"""A backtracking matcher that counts its steps, and texts made to cost many: whether a pattern's work grows with the text or faster.

It walks the tree that Python's own parser makes of a pattern, as Python's matcher does, without that one's shortcuts for texts that begin
otherwise. So a count is the same on every machine, where a time would not be.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator
from re import _compiler, _parser  # type: ignore[attr-defined]  # the only reader of patterns that agrees with ``re``
from typing import Any, TypeVar

Text = TypeVar("Text", str, bytes)
sys.setrecursionlimit(max(sys.getrecursionlimit(), 60_000))
_SINGLE = {"LITERAL", "NOT_LITERAL", "ANY", "IN", "RANGE", "CATEGORY"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
CHARACTERS = [chr(code) for code in range(128)] + ["é", "٣", "３", "一", "，", "\u3000", "\ud800"]
STEPS_MAX = 300_000
"""A text of some hundred characters takes some thousand steps."""


class Endless(Exception):
    """A pattern has taken more steps than any that is linear."""


class Matcher:
    """Counts the ``steps`` of one compiled pattern over all texts that it is given."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.tree = _parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE if pattern.flags else 0)
        self.bytes = isinstance(pattern.pattern, bytes)
        self.steps = 0
        self._accepts: dict[tuple[int, Any], bool] = {}
        self._compiled: dict[int, Any] = {}
        self._groups: dict[int | None, Any] = {}
        """What each group has taken last."""

    def over(self, text: Any, ways: set[str]) -> int:
        """Steps to ask a text in these ways: ``fullmatch`` and ``match`` begin once, all others everywhere."""
        self.steps = 0
        self._text = text
        if ways <= {"fullmatch", "match"}:
            self._walk(self.tree, 0, 0, len(text).__eq__ if ways == {"fullmatch"} else lambda _end: True)
            return self.steps
        at = 0
        while at <= len(text):
            ends: list[int] = []
            self._walk(self.tree, 0, at, lambda end, ends=ends: not ends.append(end))  # type: ignore[misc,func-returns-value]
            at = max(ends[0] if ends else 0, at + 1)
        return self.steps

    def accepts(self, node: Any, character: Any) -> bool:
        """Whether a node for one character takes this one."""
        key = id(node), character
        if key not in self._accepts:
            if id(node) not in self._compiled:
                self._compiled[id(node)] = _compiler.compile(_parser.SubPattern(self.tree.state, [node]))
            self._accepts[key] = self._compiled[id(node)].fullmatch(character) is not None
        return self._accepts[key]

    def _tick(self) -> None:
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Endless

    def _begins(self, at: int) -> bool:
        """Whether a text begins here, or a line where lines count. Borders of words are taken for true."""
        lines = self.tree.state.flags & re.MULTILINE
        return at == 0 or bool(lines and self._text[at - 1 : at] in ("\n", b"\n"))

    def _takes(self, node: Any, at: int) -> bool:
        self._tick()
        return at < len(self._text) and self.accepts(node, self._text[at : at + 1])

    def _walk(self, nodes: Any, index: int, at: int, then: Callable[[int], bool]) -> bool:
        while index < len(nodes):
            node = nodes[index]
            kind, value = str(node[0]), node[1]
            index += 1
            if kind in _SINGLE:
                if not self._takes(node, at):
                    return False
                at += 1
            elif kind == "AT":
                self._tick()
                if str(value).startswith("AT_END") and at != len(self._text):
                    return False
                if str(value).startswith("AT_BEGINNING") and not self._begins(at):
                    return False
            elif kind == "GROUPREF":
                self._tick()
                again = self._groups.get(value, self._text[:0])
                if self._text[at : at + len(again)] != again:
                    return False
                at += len(again)
            elif kind in ("ASSERT", "ASSERT_NOT"):
                begin = at if value[0] > 0 else at - value[1].getwidth()[0]
                found = begin >= 0 and self._walk(value[1], 0, begin, lambda _end: True)
                if found != (kind == "ASSERT"):
                    return False
            elif kind == "ATOMIC_GROUP":
                ends: list[int] = []
                if not self._walk(value, 0, at, lambda end, ends=ends: not ends.append(end)):  # type: ignore[misc,func-returns-value]
                    return False
                at = ends[0]
            else:
                follow = lambda end, index=index: self._walk(nodes, index, end, then)  # noqa: E731
                return self._branches(kind, value, at, follow)
        return then(at)

    def _branches(self, kind: str, value: Any, at: int, then: Callable[[int], bool]) -> bool:
        if kind == "BRANCH":
            return any(self._walk(way, 0, at, then) for way in value[1])
        if kind == "SUBPATTERN":

            def close(end: int) -> bool:
                self._groups[value[0]] = self._text[at:end]
                return then(end)

            return self._walk(value[3], 0, at, close)
        assert kind in _REPEATS, f"{kind} is not known here"
        least, most, body = value
        if len(body) == 1 and str(body[0][0]) in _SINGLE:
            count = 0
            while count < most and self._takes(body[0], at + count):
                count += 1
            counts: Any = range(count, least - 1, -1)
            if kind == "POSSESSIVE_REPEAT":
                counts = range(count, max(count, least) - 1, -1)
            return any(self._one(at + taken, then) for taken in (counts if kind != "MIN_REPEAT" else reversed(counts)))
        if kind == "POSSESSIVE_REPEAT":
            ends = [at]
            self._again(body, least, most, 0, at, lambda end: not ends.append(end))  # type: ignore[func-returns-value]
            return (len(ends) > 1 or least == 0) and then(ends[-1])
        return self._again(body, least, most, 0, at, then, lazy=kind == "MIN_REPEAT")

    def _one(self, at: int, then: Callable[[int], bool]) -> bool:
        self._tick()
        return then(at)

    def _again(
        self, body: Any, least: int, most: int, done: int, at: int, then: Callable[[int], bool], *, lazy: bool = False
    ) -> bool:
        self._tick()

        def more(end: int) -> bool:
            return end > at and self._again(body, least, most, done + 1, end, then, lazy=lazy)

        if lazy and done >= least and then(at):
            return True
        if done < most and self._walk(body, 0, at, more):
            return True
        return not lazy and done >= least and then(at)


# --- texts that cost much ---------------------------------------------------------------------------------------------------


def _nodes(nodes: Any) -> Iterator[Any]:
    """Every node for one character, however deep."""
    for node in nodes:
        kind, value = str(node[0]), node[1]
        if kind in _SINGLE:
            yield node
        for inner in _inner(kind, value):
            yield from _nodes(inner)


def _inner(kind: str, value: Any) -> list[Any]:
    if kind == "BRANCH":
        return list(value[1])
    if kind in ("SUBPATTERN", "ASSERT", "ASSERT_NOT", *_REPEATS):
        return [value[-1]]
    return [value] if kind == "ATOMIC_GROUP" else []


def _shortest(matcher: Matcher, nodes: Any, characters: list[Any]) -> Any:
    """A short text that these nodes take."""
    text = characters[0][:0]
    for node in nodes:
        kind, value = str(node[0]), node[1]
        if kind in _SINGLE:
            text += next((one for one in characters if matcher.accepts(node, one)), text[:0])
        elif kind in _REPEATS:
            text += _shortest(matcher, value[2], characters) * min(value[0], 200)
        elif kind == "BRANCH":
            text += min((_shortest(matcher, way, characters) for way in value[1]), key=len)
        elif kind in ("SUBPATTERN", "ATOMIC_GROUP"):
            text += _shortest(matcher, _inner(kind, value)[0], characters)
    return text


def _repeats(matcher: Matcher, nodes: Any, before: Any, characters: list[Any]) -> Iterator[tuple[Any, Any]]:
    """For each repeat what leads to it, and what it repeats."""
    for node in nodes:
        kind, value = str(node[0]), node[1]
        if kind in _REPEATS:
            yield before, _shortest(matcher, value[2], characters)
        for inner in _inner(kind, value):
            yield from _repeats(matcher, inner, before, characters)
        before += _shortest(matcher, [node], characters)


def hard_texts(matcher: Matcher, length: int) -> Iterator[Any]:
    """Texts of about this length that lead a matcher astray: what a repeat takes, again and again, and then what nothing takes."""
    everything: list[Any] = [bytes((code,)) for code in range(256)] if matcher.bytes else CHARACTERS
    nodes = list(_nodes(matcher.tree))
    groups: dict[tuple[bool, ...], Any] = {}
    for character in everything:
        groups.setdefault(tuple(matcher.accepts(node, character) for node in nodes), character)
    kinds = list(groups.values())
    leads = {everything[0][:0]}
    pumps = dict.fromkeys(kinds)
    for lead, body in _repeats(matcher, matcher.tree, everything[0][:0], kinds):
        leads.add(lead)
        pumps |= dict.fromkeys([body, body[1:] + body[:1]] if body else [])
    if len(kinds) <= 6:
        pumps |= {one + other: None for one, other in itertools.permutations(kinds, 2)}
    nothing = groups.get((False,) * len(nodes), everything[0][:0])
    for lead, pump, tail in itertools.product(sorted(leads), pumps, {everything[0][:0], nothing, kinds[-1]}):
        yield (lead + pump * (length // len(pump) + 1))[:length] + tail


def growth(pattern: re.Pattern[Any], ways: set[str], length: int = 64) -> float:
    """How the steps over the hardest texts grow where the text doubles: about 2 for linear work, 4 for quadratic, infinite for worse."""
    matcher = Matcher(pattern)
    worst = 0.0
    try:
        found = sorted(
            (matcher.over(text, ways), number) for number, text in enumerate(hard_texts(matcher, length // 2))
        )
        chosen = {number for _, number in found[-8:]}
        counts = []
        for times in (1, 2, 4):
            texts = (text for number, text in enumerate(hard_texts(matcher, length * times)) if number in chosen)
            counts.append([matcher.over(text, ways) for text in texts])
        for first, second, third in zip(*counts, strict=True):
            if third - second > 20 * length:  # a few steps more are no growth
                worst = max(worst, (third - second) / max(second - first, length))
    except Endless:
        return float("inf")
    return worst
