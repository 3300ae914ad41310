"""The schema of ``transfer_rules.yaml``: every word, what it may be, and what it does. Read from top to bottom.

``docs/rules.md`` explains the words with examples; ``onekey rules schema`` writes this as JSON Schema for editors.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from gateway.core.rules.rule import OTHER
from gateway.core.values.case_details import URGENCIES
from gateway.core.values.texts import SPOKEN
from gateway.rules import texts
from gateway.rules.alphabets import (
    CODE,
    DATE,
    DAYS,
    DIAL,
    DIVISION,
    INSTANT,
    LANGUAGE,
    NAME,
    NUMBER,
    REASON,
    TAG,
    TARGET_ID,
    TIME,
    WORD,
)
from gateway.rules.yaml_reader import Reader, hint
from gateway.rules.yaml_shapes import Either, Field, Json, ListOf, Named, Names, Parts, Record, Table, Text, Whole, must

RING_S_MIN, RING_S_MAX = 5, 120
"""Shorter no person can answer; longer no caller waits."""
MODES = ("warm", "blind", "silent", "consult", "conference")
KEY_ACTIONS = ("cancel", "accept", "decline")
ACCEPT_S_MIN, ACCEPT_S_MAX = 5, 120
"""As for ringing: a person reads a tag in less than five seconds only by luck."""
DECIDE_S_MIN, DECIDE_S_MAX = 10, 1800
"""Half an hour of three people is no longer a negotiation."""
RELEASE_S_MIN, RELEASE_S_MAX = 5, 1800
ALSO_MAX = 5
"""Targets beside the first that ring at once."""
LIMIT_MAX = 6000
"""A hundred a second is more than any switchboard takes: no limit at all."""

A_TARGET = Named(texts.UNKNOWN_TARGET, ("targets",))
A_SWITCHBOARD = Named(texts.UNKNOWN_SWITCHBOARD, ("targets",))
A_MODE = Named(texts.UNKNOWN_MODE, (), MODES)
A_MATTER = Named(texts.UNKNOWN_MATTER, ("matters", "matter_lists"))
A_CLASS = Named(texts.UNKNOWN_CLASS, ("classes",))
AN_URGENCY = Named(texts.UNKNOWN_URGENCY, (), URGENCIES)
A_LIST = Named(texts.UNKNOWN_LIST_OF_CALLERS, ("lists",))
YES_NO = Named(texts.EXPECTED_YES_OR_NO, (), ("yes", "no"))


@dataclass(frozen=True)
class District:
    """A division code: one of those in the file, where it has any."""

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The code."""
        code = DIVISION.read(node, reader)
        if code is None or not reader.names.get("divisions"):
            return code
        return Named(texts.UNKNOWN_DIVISION_CODE, ("divisions",)).read(node, reader)

    def schema(self, names: Names) -> Json:
        """An enumeration where the file has divisions."""
        return Named("", ("divisions",)).schema(names) if names.get("divisions") else DIVISION.schema(names)


@dataclass(frozen=True)
class RungName:
    """A target, or several that ring at once: ``119-120``."""

    def read(self, node: yaml.Node, reader: Reader) -> str | None:
        """The name of a rung."""
        value = reader.text(node)
        for part in value.split("-") if value is not None else ():
            if part not in reader.names.get("targets", ()):
                known = reader.names.get("targets", ())
                reader.bad(node, texts.UNKNOWN_TARGET_PART(part=part[:60]), hint(part, known))
                return None
        return value

    def schema(self, names: Names) -> Json:
        """A text of ids with hyphens between."""
        return Text(f"{TARGET_ID.pattern}(?:-{TARGET_ID.pattern})*").schema(names)


@dataclass(frozen=True)
class Codes(Table):
    """The matters; their classes become names."""

    def read(self, node: yaml.Node, reader: Reader) -> Parts | None:
        """Matters by code."""
        parts = super().read(node, reader)
        found = (value.get("class") for value in (parts or {}).values() if isinstance(value, Parts))
        reader.names["classes"] = dict.fromkeys(class_ for class_ in found if class_)
        return parts


def _several(item: Named | District | Text) -> ListOf:
    """A condition: one value or several, any of which will do."""
    return ListOf(item, single=True, empty=(texts.LIST_IS_EMPTY, texts.WRITE_A_VALUE))


HOURS = ListOf(
    Record(
        {
            "days": Field(DAYS, texts.DAYS_OF_THE_WEEK),
            "from": Field(TIME, texts.HOURS_FROM, must("from")),
            "to": Field(TIME, texts.HOURS_UNTIL, must("to")),
        }
    ),
    single=True,
    empty=(texts.NO_HOURS_ARE_NAMED, texts.NAME_HOURS),
)

DIVISIONS = Table(DIVISION, NAME, opens="divisions")

TARGETS = Table(
    TARGET_ID,
    Record(
        {
            "name": Field(NAME, texts.NAME_FOR_PEOPLE),
            "organisation": Field(NAME, texts.NAME_OR_CODE_OF_THE_ORGANISATION),
            "division": Field(District(), texts.ITS_DIVISION),
            "kind": Field(Named(texts.UNKNOWN_KIND, (), ("attached", "trunk")), texts.ATTACHED_WE_SEE),
            "queues": Field(ListOf(WORD, single=True), texts.ITS_QUEUES),
            "dial": Field(Either(DIAL, Table(TARGET_ID, DIAL)), texts.WHAT_IS_DIALLED),
            "hours": Field(HOURS, texts.WHEN_IT_IS_OPEN),
            "hold_back": Field(Whole(0, 1000), texts.FREE_SEATS_KEPT_FOR_ITS_OWN),
            "sees_place": Field(YES_NO, texts.IT_READS_THE_WHOLE_PLACE),
            "sees_confidential": Field(YES_NO, texts.IT_SEES_NUMBERS_THAT_CALLERS_WANT),
        }
    ),
    empty=(texts.THERE_IS_NO_TARGET, texts.WRITE_AT_LEAST_ONE_TARGET),
    opens="targets",
)

MATTERS = Record(
    {
        "codes": Field(
            Codes(
                CODE,
                Either(
                    NAME,
                    Record(
                        {
                            "name": Field(NAME, texts.NAME, must("name")),
                            "class": Field(WORD, texts.ITS_CLASS),
                        }
                    ),
                ),
                opens="matters",
            ),
            texts.MATTERS_CODE_AND_NAME,
        ),
        "lists": Field(
            Table(WORD, ListOf(Named(texts.UNKNOWN_MATTER, ("matters",)), single=True), opens="matter_lists"),
            texts.LISTS_OF_MATTERS,
        ),
    }
)

LISTS = Table(
    WORD,
    ListOf(
        Record(
            {
                "number": Field(NUMBER, texts.CALLERS_NUMBER, must("number")),
                "reason": Field(NAME, texts.WHY, must("reason")),
                "until": Field(DATE, texts.LAST_DAY, must("until")),
            }
        )
    ),
    opens="lists",
)

KEYS = Table(
    Text("[0-9*#A-D]{1,10}", texts.KEY_HAS_0_9, texts.EXAMPLE_KEY),
    Either(
        Named(texts.UNKNOWN_ACTION_OF_A_KEY, ("targets",), (OTHER, *KEY_ACTIONS)),
        Record(
            {
                "target": Field(Named(texts.UNKNOWN_TARGET, ("targets",), (OTHER,)), texts.TO_WHOM, must("target")),
                "mode": Field(A_MODE, texts.THE_MODE),
            }
        ),
    ),
)

WHEN = Record(
    {
        "from": Field(_several(A_SWITCHBOARD), texts.SWITCHBOARD_AT_WHICH_THE_KEY),
        "target": Field(_several(A_TARGET), texts.TARGET_THAT_THE_KEY_MEANS),
        "matter": Field(_several(A_MATTER), texts.MATTER_CODES),
        "class": Field(_several(A_CLASS), texts.CLASS_OF_THE_MATTER),
        "urgency": Field(_several(AN_URGENCY), texts.URGENCY),
        "district": Field(_several(District()), texts.DIVISION_A_CITYS_CODE),
        "hours": Field(HOURS, texts.HOURS),
        "language": Field(_several(LANGUAGE), texts.CALLERS_LANGUAGE),
        "free_seats": Field(Whole(1, 1000), texts.TARGET_HAS_FEWER_FREE_SEATS),
        "waiting": Field(Whole(1, 1000), texts.AT_LEAST_SO_MANY_CALLERS_WAIT),
        "expected_wait_s": Field(Whole(1, 3600), texts.CALLER_IS_EXPECTED_TO_WAIT),
        "list": Field(_several(A_LIST), texts.CALLER_IS_ON_A_LIST),
    }
)

LADDER = ListOf(
    Record(
        {
            "target": Field(A_TARGET, texts.WHO_IS_RUNG, must("target")),
            "also": Field(ListOf(A_TARGET), texts.WHO_IS_RUNG_AT_THE_SAME),
            "ring_s": Field(Whole(RING_S_MIN, RING_S_MAX), texts.SECONDS_OF_RINGING),
        }
    ),
    empty=(texts.LADDER_IS_EMPTY, texts.NAME_A_TARGET),
)

THEN = Record(
    {
        "mode": Field(A_MODE, texts.MODE_DEFAULT),
        "ladder": Field(LADDER, texts.WHO_IS_RUNG_IN_ORDER),
        "tag": Field(TAG, texts.PREFIX_OF_THE_CALLERS_NAME),
        "accept_s": Field(Whole(ACCEPT_S_MIN, ACCEPT_S_MAX), texts.SECONDS_TO_ACCEPT_AFTER_ANSWERING),
        "decide_s": Field(Whole(DECIDE_S_MIN, DECIDE_S_MAX), texts.SECONDS_OF_A_CONSULTATION),
        "release": Field(Whole(RELEASE_S_MIN, RELEASE_S_MAX), texts.SECONDS_OF_THREE_PARTIES_UNTIL),
        "end": Field(Named(texts.UNKNOWN_TARGET, ("targets",), ("seat",)), texts.NOBODY_ANSWERS),
        "prompts": Field(
            ListOf(Named(texts.UNKNOWN_PROMPT, (), ("on", "off", *SPOKEN)), single=True),
            texts.PROMPTS_FOR_THE_SEAT,
        ),
        "limit": Field(Whole(1, LIMIT_MAX), texts.TRANSFERS_OF_THIS_RULE),
        "hold_back": Field(Whole(0, 1000), texts.INSTEAD_OF_THE_TARGETS_HOLD_BACK),
        "split": Field(YES_NO, texts.TWO_PARTS),
        "refuse": Field(REASON, texts.NO_TRANSFER),
    }
)

EXAMPLE = Record(
    {
        "from": Field(A_SWITCHBOARD, texts.PRESSED, must("from")),
        "target": Field(A_TARGET, texts.KEYS_TARGET, must("target")),
        "matter": Field(Named(texts.UNKNOWN_MATTER, ("matters",)), texts.MATTER),
        "urgency": Field(AN_URGENCY, texts.URGENCY),
        "district": Field(District(), texts.DIVISION),
        "language": Field(LANGUAGE, texts.LANGUAGE),
        "list": Field(_several(A_LIST), texts.LISTS_THAT_THE_CALLER),
        "at": Field(INSTANT, texts.LOCAL_TIME),
        "free_seats": Field(Whole(0, 1000), texts.FREE_SEATS_OF_THE_TARGET),
        "waiting": Field(Whole(0, 1000), texts.CALLERS_WHO_WAIT_AT_THE_TARGET),
        "expected_wait_s": Field(Whole(0, 3600), texts.WAIT_EXPECTED_AT_THE_TARGET),
        "rings": Field(ListOf(RungName(), single=True), texts.WHO_MUST_BE_RUNG),
        "mode": Field(A_MODE, texts.WANTED_MODE),
    }
)

RULE = Record(
    {
        "name": Field(NAME, texts.NAME_OF_THE_RULE, (texts.RULE_HAS_NO_NAME, texts.ADD_NAME)),
        "when": Field(WHEN, texts.CONDITIONS_ALL),
        "then": Field(THEN, texts.WHAT_IS_DONE, (texts.RULE_HAS_NO_THEN, texts.ADD_THEN)),
        "examples": Field(ListOf(EXAMPLE), texts.PRESSES_THAT_THIS_RULE_MUST_DECIDE),
    }
)

FILE = Record(
    {
        "version": Field(Whole(1, 1), texts.VERSION_OF_THE_FORMAT, must("version")),
        "divisions": Field(DIVISIONS, texts.DIVISION_CODES_AND_NAMES),
        "targets": Field(TARGETS, texts.WHAT_CAN_BE_RUNG, must("targets")),
        "matters": Field(MATTERS, texts.SCOPE_CATALOGUES),
        "lists": Field(LISTS, texts.LISTS_OF_CALLERS),
        "keys": Field(KEYS, texts.KEYS_OF_A_SEATS_PHONE),
        "rules": Field(
            ListOf(RULE, empty=(texts.THERE_IS_NO_RULE, texts.WRITE_AT_LEAST_A_DEFAULT_RULE)),
            texts.RULES_THE_FIRST,
            must("rules"),
        ),
    }
)


def json_schema(names: Names) -> Json:
    """JSON Schema (draft 2020-12) of a rules file. With the names of a file, editors complete them, too."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "transfer_rules.yaml"}
    return {**head, **FILE.schema(names)}
