"""Search for contexts: by words that are equal, by the end of a number, by text that finds Chinese words.

A Chinese text has no spaces, and words of two characters are what people look for: a run of characters is indexed as its pairs
(``噪音扰民`` as 噪音, 音扰, 扰民) and its last character alone, so that a phrase of pairs finds any part of two characters or
more, and a prefix finds a single one. All other letters and digits are words, found by their beginning, which ends in no digit: else
a telephone number in a text could be found out digit by digit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gateway.core.messages.records import ContextRow
from gateway.core.messages.redaction import hidden_from
from gateway.core.values.numbers import blanked, mask, normalised

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSearch:
    """Search for contexts. An empty field asks for nothing. Instants are seconds since 1970, ``[since, until)`` that of arrival;
    ``organisation`` and ``switchboard`` want those that were given to it: the one is whoever asks, the other what is asked for.
    ``excepted``: a caller's wish for confidence hides no number from whoever asks; ``masked``: who sees the ends of numbers only,
    and finds them by no more."""

    number: str = ""
    tail: str = ""
    matter: str = ""
    district: str = ""
    seat: str = ""
    case: str = ""
    text: str = ""
    since: float = 0.0
    until: float = 9e99
    organisation: str = ""
    switchboard: str = ""
    excepted: bool = False
    masked: bool = False


def words_of(row: ContextRow) -> tuple[str, ...]:
    """The words that a context is found by."""
    said = row.said
    number = normalised(row.caller_number)
    found = [f"number:{number}"] if number else []
    found += [f"matter:{said.matter}"] if said.matter else []
    found += [f"district:{said.district}"] if said.district else []
    found += [f"case:{case}" for case in said.cases]
    found += [f"seat:{seat}" for seat in dict.fromkeys(seat for _, seat, _ in row.seats)]
    found += [f"org:{one}" for one in row.organisations or (row.home,)]
    return tuple(found)


def wanted(wish: ContextSearch) -> list[str]:
    """The words that a wish asks for, the rarest kinds first."""
    pairs = (
        ("number", normalised(wish.number)),
        ("case", wish.case),
        ("seat", wish.seat),
        ("matter", wish.matter),
        ("district", wish.district),
        ("org", wish.organisation),
        ("org", wish.switchboard),
    )
    return [f"{kind}:{value}" for kind, value in pairs if value]


def text_of(row: ContextRow, *, hidden: bool = False) -> str:
    """The text that the full text search reads; ``hidden``: of the caller's own number nothing."""
    said = row.said
    text = "\n".join(part for part in (said.summary, said.location, row.caller_name) if part)
    return blanked(text, row.caller_number) if hidden else text


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def tokens(text: str) -> list[str]:
    """The words of a text, as they are indexed."""
    found: list[str] = []
    for run in _runs(text):
        if _HAN.match(run):
            found += [run[n : n + 2] for n in range(len(run))]
        else:
            found.append(run)
    return found


def phrases(text: str) -> list[tuple[tuple[str, ...], bool]]:
    """The phrases of a text that is looked for: all of these, each (tokens that follow one another, whether the last
    of them may go on). Empty where nothing in it can be looked for, and so nothing is found: a sign alone does not stand for everybody."""
    found: list[tuple[tuple[str, ...], bool]] = []
    for run in _runs(text):
        if _HAN.match(run) and len(run) > 1:
            found.append((tuple(run[n : n + 2] for n in range(len(run) - 1)), False))
        else:
            found.append(((run,), not run[-1].isdigit()))
    return found


def fits(row: ContextRow, wish: ContextSearch) -> bool:
    """True where a context is wished for. The definition: an index is a faster way to the same answer."""
    if not wish.since <= row.arrived_at < wish.until or not set(wanted(wish)) <= set(words_of(row)):
        return False
    if wish.tail and not normalised(row.caller_number).endswith(wish.tail):
        return False
    return _has_text(row, wish) and not conceals(row, wish)


def conceals(row: ContextRow, wish: ContextSearch) -> bool:
    """True where a context that has what is wished for may not be found by it, for nobody learns a hidden number, or more than a mask shows,
    by looking for it."""
    if wish.masked and wish.tail and not mask(row.caller_number).endswith(wish.tail):
        return True
    if not hidden_from(row, wish.organisation, wish.excepted):
        return False
    by_digits = any(character.isdecimal() for character in wish.text)
    if any(code and blanked(code, row.caller_number) != code for code in (wish.case, wish.matter)):
        return True
    return bool(wish.number or wish.tail) or (by_digits and not _has_text(row, wish, hidden=True))


def _has_text(row: ContextRow, wish: ContextSearch, *, hidden: bool = False) -> bool:
    if not wish.text:
        return True
    found, wanted_ = tokens(text_of(row, hidden=hidden)), phrases(wish.text)
    return bool(wanted_) and all(_follows(found, *phrase) for phrase in wanted_)


def _follows(found: list[str], phrase: tuple[str, ...], goes_on: bool) -> bool:
    size = len(phrase)
    if goes_on:
        return any(token.startswith(phrase[0]) for token in found)
    return any(tuple(found[n : n + size]) == phrase for n in range(len(found) - size + 1))
