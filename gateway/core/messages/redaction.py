"""Records with personal data taken out: numbers, places, references to recordings."""

from __future__ import annotations

import re

from gateway.core.messages.records import ContextRow
from gateway.core.values.numbers import SHORT_DIGITS, blanked, mask, mask_text, normalised

PLACE_CHARS = 6
"""Characters of a place that are shown to those who have not asked for it in full: the street, not the door."""


def mask_place(place: str) -> str:
    """The beginning of a place: ``南开区长江道…``."""
    return place if len(place) <= PLACE_CHARS else place[:PLACE_CHARS] + "…"


_IN_A_NAME = re.compile(r"(?<!\d)(?:(?:00|\+)?86)?(?:1[3-9]\d{9}|0\d{9,11})(?!\d)")
"""A mobile number, or a landline with its area code, in the name of a file; instants and Asterisk's ids have other lengths."""


def _without(reference: str, own: str) -> str:
    """With each place masked where these digits stand one after the other, with nothing or a separator between.

    No pattern is made of the number: every context has another, and compiling one takes longer than all the rest.
    """
    places = [n for n, character in enumerate(reference) if character in "0123456789"]
    digits = "".join(reference[n] for n in places)
    begin = digits.find(own)
    while begin >= 0:
        first, last = places[begin], places[begin + len(own) - 1]
        spelt = reference[first : last + 1]
        if all(character in "0123456789-_. " for character in spelt):
            reference = reference[:first] + mask(spelt) + reference[last + 1 :]
        begin = digits.find(own, begin + len(own))
    return reference


def mask_reference(reference: str, number: str, *, full: bool = False, hidden: bool = False) -> str:
    """A reference to a recording, without telephone numbers: switchboards name files after who called.

    The caller's own number is found also inside longer runs of digits and with separators; where it is ``hidden`` no digit of it
    stays, in a ``full`` reading either.
    """
    if hidden:
        reference = blanked(reference, number)
    elif not full and len(own := normalised(number)) >= SHORT_DIGITS:
        reference = _without(reference, own)
        if own.startswith("0"):  # behind a country code a landline has no zero; a plus stands in place of two
            reference = _without(reference, own.lstrip("0"))
    return reference if full else _IN_A_NAME.sub(lambda found: mask(found[0]), reference)


def number_of(row: ContextRow, *, full: bool = False, hidden: bool = False) -> str:
    """The caller's number, masked unless in ``full``; where it is ``hidden`` no digit of it, and as many stars."""
    return "*" * len(row.caller_number) if hidden else row.caller_number if full else mask(row.caller_number)


def summary_of(row: ContextRow, *, full: bool = False, hidden: bool = False) -> str:
    """The summary, without telephone numbers unless in ``full``; of the caller's own, where it is ``hidden``, no digit."""
    summary = blanked(row.said.summary, row.caller_number) if hidden else row.said.summary
    return summary if full else mask_text(summary, row.caller_number)


def location_of(row: ContextRow, *, full: bool = False, hidden: bool = False, whole: bool = False) -> str:
    """The place, or its beginning; a number that stands there as in ``summary_of``. ``whole``: all of the place, for who drives there; numbers
    stay masked."""
    place = blanked(row.said.location, row.caller_number) if hidden else row.said.location
    if full:
        return place
    masked = mask_text(place, row.caller_number)
    return masked if whole else mask_place(masked)


def hidden_from(row: ContextRow, switchboard: str, excepted: bool) -> bool:
    """True where the caller's number is kept from a switchboard (empty: from nobody's): the caller's wish, beyond the home and
    those who are excepted."""
    return row.said.confidential and bool(switchboard) and switchboard != row.home and not excepted
