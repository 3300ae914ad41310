"""Edits by somebody who has seen a masked reading: what it masks is not overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.contexts import texts
from gateway.core.messages.records import ContextRow
from gateway.core.values.case_details import CaseDetails, changed
from gateway.views.contexts import context_view

MASKED = texts.MASKED_READING


NOT_YOURS_TO_LIFT = texts.KEPT_BY_THE_CALLERS_WISH


MASKABLE = ("location", "summary", "recordings", "cases", "matter")


def masked_in(row: ContextRow, patch: Mapping[str, Any]) -> list[str]:
    """Fields of an edit that are what a masked reading showed, or have a piece of it, and not what stands there: whoever sends them
    back saw no more, and what the stars stand for would be lost."""
    whole = context_view(row, full=True)
    readings = [
        context_view(row, full=full, hidden=hidden) for full, hidden in ((False, False), (False, True), (True, True))
    ]
    return [
        name
        for name, new in patch.items()
        if name in MASKABLE
        and new != whole[name]
        and any(new == reading[name] or _keeps(new, reading[name], whole[name]) for reading in readings)
    ]


_STARS = re.compile(r"(?:(?<![0-9])[0-9]++)?\*{2,}[0-9]*")


def _keeps(new: Any, read: Any, whole: Any) -> bool:
    """True where a new value keeps a masked piece of what was read: stars, or a place of which the beginning was shown."""
    begun = isinstance(new, str) and isinstance(read, str) and read.endswith("…") and read != whole and read in new
    return begun or bool(_masks(new) & (_masks(read) - _masks(whole)))


def _masks(value: Any) -> set[str]:
    """Masked pieces of a text, or in a list of texts."""
    pieces = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return {piece for text in pieces if isinstance(text, str) for piece in _STARS.findall(text)}


COORDINATES = ("longitude", "latitude")


def carried(row: ContextRow, said: CaseDetails, owner: str, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an edit that goes to the home of a record, of which our copy may be a masked reading. What the copy hides and the edit sends back
    unchanged is no change: the home would take the mask for the text.

    Coordinates are masked as none, and to clear them looks like no change, too. Cleared they are by an edit that names what it means;
    a form that is sent back, as other fields of it tell that stay as they are, has only not seen them."""
    wanted = {name: patch[name] for name in changed(row.said, said)} | ({"owner": owner} if owner else {})
    if all(name in wanted or name in COORDINATES for name in patch):
        wanted |= {name: None for name in COORDINATES if name in patch and patch[name] is None}
    return wanted
