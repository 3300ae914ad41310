"""A dialplan as steps: read from configuration files, or told by a running Asterisk; and how two of them differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from gateway.ami import Link
from gateway.config.settings import site_path
from gateway.doctor.asterisk_config import Sections, sections

Lines = dict[str, list[str]]
"""Context -> its lines, without comments and with spaces made even."""
Steps = dict[tuple[str, int], str]
"""(extension, priority) -> ``Application(data)``, of one context."""

_HEAD = re.compile(r"(?:(\d+)|n)(?:\((\w+)\))?")


def sections_shipped() -> Sections:
    """The dialplan that onekey ships, as sections."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(site_path("dialplan").glob("*.conf")))
    return sections("\n".join(texts))


def shipped(folder: Path) -> Lines:
    """The dialplan that onekey ships, context by context."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.conf")))
    return lines(sections("\n".join(texts)))


def lines(contexts: Sections) -> Lines:
    """The contexts of ``extensions.conf``."""
    kept = {name: values for name, values in contexts.items() if name not in ("general", "globals")}
    return {name: [f"{word} => {_even(value)}" for word, value in values] for name, values in kept.items()}


def _even(value: str) -> str:
    """A line's value with one space where there are several, and none around its first two commas."""
    parts = [part.strip() for part in re.sub(r"\s+", " ", value).split(",", 2)]
    return ",".join(parts)


def difference(ours: list[str], theirs: list[str]) -> list[str]:
    """The lines that differ, ``-`` ours and ``+`` theirs, each difference with the line before it."""
    found = difflib.unified_diff(ours, theirs, n=1, lineterm="")
    return [line for line in found if not line.startswith(("---", "+++"))]


def steps(values: list[tuple[str, str]], globals_: dict[str, str]) -> Steps:
    """The steps of one context of ``extensions.conf``. Globals in an extension's name are what they were when it was loaded."""
    found: Steps = {}
    exten, priority = "", 0
    for word, whole in values:
        value = whole
        if word == "exten":
            name, _, value = whole.partition(",")
            exten = re.sub(r"\$\{(\w+)\}", lambda match: globals_.get(match[1], ""), name.strip())
        elif word != "same":
            continue
        head, _, call = value.partition(",")
        match = _HEAD.fullmatch(head.strip())
        if match is None:
            continue  # a hint
        priority = int(match[1]) if match[1] else priority + 1
        found[exten, priority] = _call(call)
    return found


def _call(text: str) -> str:
    """Call of a line as Asterisk keeps it: ``\\;`` is the file's way to write a semicolon."""
    text = text.replace("\\;", ";")
    application, _, data = text.strip().partition("(")
    return f"{application}({data.rpartition(')')[0] if data else ''})"


async def running(link: Link, context: str) -> Steps | str | None:
    """The steps that an Asterisk has loaded of a context, or its words of refusal (``ShowDialPlan`` needs write ``reporting``). None
    where an answer holds no list: it is no Asterisk's.

    Raises ``LinkDown`` and ``NoAnswer``.
    """
    reply = await link.request("ShowDialPlan", ("Context", context))
    if not reply.ok:
        return {} if "Did not find context" in reply.message else reply.message
    if not reply.get("EventList"):
        return None
    found: Steps = {}
    for frame in reply.items:
        pairs = (line.partition(": ") for line in frame.decode("utf-8", "replace").split("\r\n"))
        told = {name: value for name, colon, value in pairs if colon}
        if told.get("Event") == "ListDialplan" and told.get("Priority", "").isdigit():
            step = f"{told.get('Application', '')}({told.get('AppData', '')})"
            found[told.get("Extension", ""), int(told["Priority"])] = step
    return found


def unlike(written: Steps, loaded: Steps) -> Iterator[str]:
    """Steps that are written and not loaded, or loaded and not written, step by step."""
    for key in sorted({*written, *loaded}):
        if written.get(key) != loaded.get(key):
            exten, priority = key
            yield f"{exten},{priority}: {written.get(key, '–')} ≠ {loaded.get(key, '–')}"
