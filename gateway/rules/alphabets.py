"""Alphabets of single values of a rules file: exact patterns, and what an administrator is told about anything else.

What goes on into the dialplan or a SIP header has no character that means something there (law 8).
"""

from __future__ import annotations

from gateway.rules import texts
from gateway.rules.yaml_shapes import Text

DIVISION = Text(r"\d{6}(?:\d{3}|\d{6})?", texts.DIVISION_CODE_HAS_6, texts.EXAMPLE_DIVISION)
TARGET_ID = Text("[0-9A-Za-z]{1,32}", texts.TARGET_ID_HAS_LETTERS, texts.EXAMPLE_TARGET_ID)
CODE = Text(
    r"[0-9A-Za-z_-]{1,24}(?:\.[0-9A-Za-z_-]{1,24}){0,5}",
    texts.MATTER_CODE_HAS_ASCII_LETTERS,
    texts.EXAMPLE_CODE,
)
WORD = Text(
    r"[^\s.,:;\"'^()&|${}\\/\[\]#*]{1,40}",
    texts.NAME_HAS_NO_BLANKS,
    texts.EXAMPLE_WORD,
)
NAME = Text()
DIAL = Text(
    r"PJSIP/[0-9A-Za-z_-]{1,40}(?:@[0-9A-Za-z_-]{1,40})?|Local/[0-9A-Za-z_-]{1,40}@onekey-[a-z-]{1,30}/nm?",
    texts.DIAL_STRING_IS_PJSIP_NUMBER,
    texts.EXAMPLE_DIAL,
)
TIME = Text(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", texts.TIME_IS_HOURS, texts.EXAMPLE_TIME)
DAYS = Text("[1-7](?:-[1-7])?(?:,[1-7](?:-[1-7])?)*", texts.DAYS_ARE_1_TO_7, texts.EXAMPLE_DAYS)
INSTANT = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d", texts.INSTANT_IS_WRITTEN_LIKE, "2026-11-24T10:30")
DATE = Text(r"\d{4}-\d\d-\d\d", texts.DATE_IS_WRITTEN_YEAR_MONTH, texts.EXAMPLE_DATE)
LANGUAGE = Text("[a-z]{2,3}(?:-[0-9a-z]{2,8})*", texts.LANGUAGE_IS_A_CODE, texts.EXAMPLE_LANGUAGE)
NUMBER = Text(r"\+?\d{3,15}", texts.NUMBER_HAS_DIGITS, texts.EXAMPLE_NUMBER)
TAG = Text(r'(?:\{from\}|[^\^(),"&|$;{}\\]){1,40}', texts.ALPHABET_OF_A_TAG, texts.USE_OTHER_CHARACTERS)
REASON = Text(r'[^\^()"&|$;{}\\]{1,80}', texts.ALPHABET_OF_A_REASON, texts.USE_OTHER_CHARACTERS)
