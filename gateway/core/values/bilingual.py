"""Texts for people: Chinese first, English beside it. Each room keeps its own in ``texts.py`` (docs/decisions/0026-texts-in-catalogues.md)."""

from __future__ import annotations

from typing import NamedTuple

BESIDE = " / "
"""Stands between the two languages."""


class Pair(NamedTuple):
    """A text in two languages that are not always shown together: an answer after ``Accept-Language``, a part of a longer sentence."""

    zh: str
    en: str


class Template:
    """A text with named fields in braces, as ``str.format`` reads them. Called with the fields by name, it gives the text; a field that is
    missing raises KeyError. The fields of each call are compared with the catalogue by ``tests/house/test_texts.py``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, /, **fields: object) -> str:
        return self._text.format_map(fields)


class PairTemplate(NamedTuple):
    """A template in two languages that are not always shown together."""

    zh: Template
    en: Template

    def __call__(self, /, **fields: object) -> Pair:
        """Both texts, each with the fields that it names."""
        return Pair(self.zh(**fields), self.en(**fields))


def both(zh: str, en: str) -> str:
    """One text in both languages."""
    return f"{zh}{BESIDE}{en}"


def template(zh: str, en: str) -> Template:
    """One text in both languages with fields, of which either language may name the same or its own."""
    return Template(both(zh, en))


def pair(zh: str, en: str) -> PairTemplate:
    """A text with fields whose languages are shown apart."""
    return PairTemplate(Template(zh), Template(en))
