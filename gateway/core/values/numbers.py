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


_NATIONAL = re.compile(
    "0?(?:(?P<mobile>1[3-9][0-9]{9})|(?P<landline>(?:10|2[0-9])[0-9]{8}|(?![48]00)[3-9][0-9]{9,10}))|(?P<service>[48]00[0-9]{7})"
)
"""A Chinese number behind its country code."""


def normalised(number: str) -> str:
    """A number as it is compared, stored and looked for: digits only; a mobile number without any prefix, a landline with the zero of its
    area code, a foreign number behind ``00``. Whatever else, an extension or 12345, is its own digits."""
    read = plain(number).strip()
    digits = "".join(character for character in read if character in "0123456789")
    abroad = read[:1] in ("+", "＋") or digits.startswith("00")
    digits = digits.removeprefix("00") if abroad else digits
    if digits.startswith("86") and (abroad or _NATIONAL.fullmatch(digits, 2)):
        national = _NATIONAL.fullmatch(digits, 2)
        if national is None:
            return digits[2:]
        return f"0{national['landline']}" if national["landline"] else national["mobile"] or national["service"]
    if abroad:
        return f"00{digits}" if digits else ""
    return digits[1:] if re.fullmatch(r"01[3-9][0-9]{9}", digits) else digits


_SEPARATORS = str.maketrans("", "", " ().-")
_DIALLED = re.compile(r"\+?[0-9]{1,32}")


def dialled(number: str) -> str:
    """The number as it is dialled, without separators; empty for a caller who gives none: anonymous, a name, or signs between digits,
    of which no number may be made. As ``onekey-ring`` in the dialplan."""
    bare = number.translate(_SEPARATORS)
    return bare if _DIALLED.fullmatch(bare) else ""


# --- texts of machines --------------------------------------------------------------------------------------------------------

_ALONE = re.compile(r"(?<![\w.-])(\+?\d{3})\d{4,8}(\d{4})(?![\w-]|\.\w)", re.ASCII)
"""A telephone number: 11 digits and its like, standing alone. Ids have dots, dashes or letters around their digits; Chinese
characters are no letters here, and a dot that ends a sentence is none of an id."""
_IN_GROUPS = re.compile(
    r"(?<![\w.-])(?:(\+?86[ -]?)?(1[3-9]\d)[ ./-]\d{4}[ ./-](\d{4})|(\(?0\d{2,3}\)?)[ -]\d{3,4}[ -]?(\d{4}))(?![\w-])",
    re.ASCII,
)
"""A mobile number as people group it (138-1234-5678), a landline with its area code apart (022-27312345)."""
_IN_CHANNEL = re.compile(r"(PJSIP/\d{3})\d{4,8}(\d{4}-)")
_CHARS_MIN = 11
"""Least length of a text that can hold a telephone number: most words of most lines."""
_RUN = re.compile(r"\d{7,}")
"""Run of digits that may be a telephone number; codes of matters and divisions are shorter."""


def mask_beside_ids(text: str) -> str:
    """A machine's text with every telephone number in it masked, also in channel names, and every id in it whole."""
    if len(text) < _CHARS_MIN:
        return text
    return _IN_GROUPS.sub(_grouped, _IN_CHANNEL.sub(r"\1****\2", _ALONE.sub(r"\1****\2", text)))


def _grouped(found: re.Match[str]) -> str:
    return f"{found[1] or ''}{found[2] or found[4]}****{found[3] or found[5]}"


def mask_runs(text: str) -> str:
    """A text in which a run of digits is more likely a telephone number than an id, as a file of rules. The length stays."""
    return _RUN.sub(lambda found: found[0][:3] + "*" * (len(found[0]) - 3), text)


# --- a caller's own number ----------------------------------------------------------------------------------------------------

SHORT_DIGITS = 7
"""A number with fewer is no subscriber's: its digits stand in many texts that are not about it, so only a run that is the number counts."""

_DIGIT = re.compile(r"\d")
_LANDLINE = re.compile(r"0?((?:10|2\d|[3-9]\d\d)(\d{7,8}))")
"""An area code, with or without its zero, and the local number."""


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
    """True where these digits were written as one number."""
    if size < SHORT_DIGITS:
        return end - first == size and not (text[first - 1 : first].isdecimal() or text[end : end + 1].isdecimal())
    return all(character.isdecimal() or not character.isalnum() for character in text[first:end])


def _spellings(number: str) -> list[str]:
    """The digits that a number may be written with: whole, and what is dialled within the area."""
    own = normalised(number)
    found = [own] if own else []
    if own.startswith("00"):  # a plus in place of the zeros
        found.append(own[2:])
    elif (landline := _LANDLINE.fullmatch(own)) is not None:
        found += landline.groups()
    return found
