"""A call context as a flat work order (工单/警单) and back: the fields of a form that knows nothing of ours, each one text.

Which field of the form is which of the context the site's ``work_order.yaml`` says (``work_order_form`` reads it). What is mapped
is what a reader may see, with its masks, never the record. What the form cannot hold is told beside it, never cut in silence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from gateway.contexts import texts
from gateway.core.messages.records import ContextRow
from gateway.core.rules.conditions import UTC_OFFSET_S
from gateway.core.values.case_details import FIELDS
from gateway.core.values.ids import ContextId, SwitchboardId
from gateway.views.contexts import context_view
from gateway.views.plain import View

_NOBODY = SwitchboardId("")
_EMPTY = context_view(
    ContextRow(
        id=ContextId(""),
        version=1,
        at=0.0,
        home=_NOBODY,
        call="",
        caller_number="",
        caller_name="",
        queue="",
        arrived_at=0.0,
        wait_s=-1,
        seats=(),
        transfers=(),
        owner=_NOBODY,
        ended_at=0.0,
    )
)
KNOWN = tuple(name for name in _EMPTY if name not in ("full", "seats", "queues"))  # lists of several things are no text
"""Sources that a field of a form may have."""
INSTANTS = tuple(name for name in KNOWN if name.endswith("_at"))
LISTS = tuple(name for name in KNOWN if isinstance(_EMPTY[name], list))
FLAGS = tuple(name for name in KNOWN if isinstance(_EMPTY[name], bool))
DEGREES = ("longitude", "latitude")
TAKEN = (*FIELDS, "caller_number", "caller_name", "arrived_at")
"""Fields that are read back of a form: the rest is the call's own to say."""
ZONE = timezone(timedelta(seconds=UTC_OFFSET_S))
JOIN = texts.ENUMERATION_COMMA
YES_NO = {"yes": texts.YES, "no": texts.NO}
CUT = "…"
"""The end of a text that was longer than its field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form. ``source`` is one of ``KNOWN``, or empty where the text is always ``constant``.

    ``words`` are the form's own for our codes, ``otherwise`` stands for a code that has none (None: nothing does). ``date`` is a
    format of ``strftime`` in China's time. ``chars_max`` 0: any length.
    """

    name: str
    source: str = ""
    constant: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    date: str = ""
    chars_max: int = 0
    join: str = JOIN


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a site's form, in its order."""

    fields: tuple[FormField, ...]

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that are others for another form, and the same in every gateway and after a restart."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


NO_FORM = Form(())


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that a field of the form could not hold, or a text of it that says nothing to us. Names and rules, no values."""

    field: str
    source: str
    rule: str

    def view(self) -> View:
        """For people and programs."""
        return {"field": self.field, "source": self.source, "rule": self.rule}


# --- there ----------------------------------------------------------------------------------------------------------------


def work_order(view: View, form: Form) -> tuple[dict[str, str], list[Misfit]]:
    """The form, filled in from a context as ``context_view`` shows it, and what did not fit into it."""
    filled: dict[str, str] = {}
    misfits: list[Misfit] = []
    for one in form.fields:
        text, rule = (one.constant, "") if not one.source else _written(view[one.source], one)
        if not rule and one.chars_max and len(text) > one.chars_max:
            rule = texts.MORE_CHARACTERS_THAN_FIT(text_count=len(text), chars_max=one.chars_max)
            text = text[: one.chars_max - len(CUT)] + CUT
        if rule:
            misfits.append(Misfit(one.name, one.source, rule))
        filled[one.name] = text
    return filled, misfits


def _written(value: Any, one: FormField) -> tuple[str, str]:
    """As people write it on a form, nothing where nothing is known; and what is wrong with it."""
    if value in (None, "", []):
        return "", ""
    if isinstance(value, list):
        return one.join.join(value), ""
    if one.date:
        return datetime.fromisoformat(value).astimezone(ZONE).strftime(one.date), ""
    words, code = one.words, str(value)
    if isinstance(value, bool):
        words, code = {**YES_NO, **one.words}, "yes" if value else "no"
    if not words or code in words:
        return words.get(code, code), ""
    rule = texts.FORM_HAS_NO_WORD(code=code)
    return (one.otherwise, "") if one.otherwise is not None else ("", rule)


# --- and back -------------------------------------------------------------------------------------------------------------


class NotAnOrder(ValueError):
    """A form that cannot be read: the field, and what it may be."""

    def __init__(self, where: str, rule: str) -> None:
        self.where, self.rule = where, rule
        super().__init__(f"{where}: {rule}")


def from_work_order(filled: Mapping[str, Any], form: Form) -> tuple[View, list[str]]:
    """The context that a filled-in form tells of, and the names of its fields that nobody takes. Raises NotAnOrder.

    A field that is empty says nothing. Where two fields are the same of the context, the first that says something stands.
    Nothing of it is believed: whoever writes it into a context passes it through ``case_details.patched``.
    """
    known = {one.name: one for one in form.fields}
    told: View = {}
    left = []
    for name, text in filled.items():
        one = known.get(name)
        if one is None or one.source not in TAKEN:
            left.append(name)
            continue
        if not isinstance(text, str):
            raise NotAnOrder(name, texts.A_TEXT)
        if text.strip() and text.strip() != one.otherwise:
            told.setdefault(one.source, _read(text.strip(), one))
    return told, left


def _read(text: str, one: FormField) -> Any:
    if one.source in LISTS:
        return [item.strip() for item in text.split(one.join.strip() or one.join) if item.strip()]
    words = {**YES_NO, **one.words} if one.source in FLAGS else one.words
    if words:
        code = next((code for code, word in words.items() if word == text), None)
        if code is None:
            raise NotAnOrder(one.name, texts.ONE_OF_VALUES(values=" ".join(words.values())))
        return code == "yes" if one.source in FLAGS else code
    if one.source in DEGREES:
        try:
            return float(text)
        except ValueError:
            raise NotAnOrder(one.name, texts.DEGREES)
    if one.source in INSTANTS:
        return _instant(text, one)
    return text


def _instant(text: str, one: FormField) -> str:
    try:
        at = datetime.strptime(text, one.date) if one.date else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone is ours
        whole = at if at.tzinfo is not None else at.replace(tzinfo=ZONE)
        return whole.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        raise NotAnOrder(
            one.name,
            texts.AN_INSTANT(datetime=datetime(2026, 11, 24, 8, tzinfo=ZONE), date=one.date or "%Y-%m-%dT%H:%M"),
        )
