"""Telephone numbers: compared, masked, and a caller's own blanked in what people and phones write."""

from __future__ import annotations

import re

from gateway.core.values import telephone
from gateway.core.values.telephone import plain

TAIL_SHOWN_MAX = 4
"""Digits at the end of a number that a mask shows at most."""


def mask(number: str) -> str:
    """A number that can be recognised but not dialled: ``138****0001``. Short ones are hidden whole.

    At least four digits stay hidden: a local number, of 7 to 10 digits, shows its last three only.
    """
    if len(number) < 7:
        return "*" * len(number)
    if len(number) < 11:
        return "*" * (len(number) - 3) + number[-3:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_text(text: str, own: str = "", *, whole: bool = False) -> str:
    """A person's text with every telephone number in it masked, and ``own`` in whatever spelling. ``whole`` as in ``telephone.spans``."""
    for first, end in reversed(telephone.spans(text, whole=whole)):
        text = text[:first] + mask(text[first:end]) + text[end:]
    return blanked(text, own) if len(own) >= SHORT_DIGITS else text


def bare(number: str) -> str:
    """A number as it is compared: digits only, without China's country code."""
    digits = "".join(c for c in number if c in "0123456789")
    if number.startswith(("+86", "0086")):
        return digits[2:] if number.startswith("+") else digits[4:]
    return digits[2:] if len(digits) == 13 and digits.startswith("861") else digits


def digits(number: str) -> str:
    """A number as it is compared: digits only, without China's country code."""
    found = number if number.isdecimal() else re.sub(r"\D", "", number)
    found = found.removeprefix("00") if len(found) > 12 else found
    return found[2:] if len(found) == 13 and found.startswith("861") else found


SHORT_DIGITS = 7
"""A number with fewer is no subscriber's: its digits stand in many texts that are not about it, so only a run that is the number counts."""

_DIGIT = re.compile(r"\d")
_LANDLINE = re.compile(r"0?(?:10|2\d|[3-9]\d\d)(\d{7,8})")
"""An area code, with or without its zero, and the local number."""


def bare_number(number: str) -> str:
    """The digits of a number without China's country code."""
    digits = re.sub(r"\D", "", number)
    if digits.startswith("00") or number.startswith("+"):
        return digits.removeprefix("00").removeprefix("86")
    return digits.removeprefix("86") if len(digits) == 13 else digits


def blanked(text: str, number: str) -> str:
    """A text with ``*`` in place of each spelling of a number: in digits of any width, with or without the codes of country and area,
    with anything between that is neither letter nor digit. The length stays."""
    read = plain(text)
    digits = "".join(_DIGIT.findall(read))
    found = [own for own in _spellings(number) if own in digits]
    if not found:
        return text
    places = [place.start() for place in _DIGIT.finditer(read)]
    shown = list(text)
    for own in found:
        begin = digits.find(own)
        while begin >= 0:
            first, end = places[begin], places[begin + len(own) - 1] + 1
            one = _is_one(read, first, end, len(own))
            if one:
                shown[first:end] = "*" * (end - first)
            begin = digits.find(own, begin + (len(own) if one else 1))
    return "".join(shown)


def _is_one(text: str, first: int, end: int, size: int) -> bool:
    """Whether these digits were written as one number."""
    if size < SHORT_DIGITS:
        return end - first == size and not (text[first - 1 : first].isdecimal() or text[end : end + 1].isdecimal())
    return all(character.isdecimal() or not character.isalnum() for character in text[first:end])


def _spellings(number: str) -> list[str]:
    """The digits that a number may be written with: whole, and what is dialled within the area."""
    own = bare_number(number)
    found = [own] if own else []
    if re.fullmatch(r"01[3-9]\d{9}", own):  # a mobile number as another area dials it
        found.append(own[1:])
    elif (landline := _LANDLINE.fullmatch(own)) is not None:
        found.append(landline[1])
    return found
