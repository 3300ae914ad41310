"""Bodies of requests, a model each: what may be asked, as ``openapi.yaml`` says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from aiohttp import web
from pydantic import ConfigDict

from gateway.api.alphabets import (
    DIVISION,
    ID,
    LANGUAGE,
    MATTER,
    MODES,
    SEAT,
    UID,
    URL,
    WORD,
    Count,
    Line,
    OneOf,
    ShownWord,
    Word,
    Words,
)
from gateway.api.checked import FIRST, LAST, Details, Fields, checked, unknown
from gateway.api.parameters import LIMITS, fields_of
from gateway.core.machines.transfer import DECISIONS
from gateway.core.values.pause_reasons import PAUSE_REASON

ACTIONS = ("transfer", "cancel", "accept", "decline", "look")
OUTCOMES = tuple(sorted(DECISIONS))
WHOSE = ("call", "seat", "channel")
QUEUES_MAX = 50
NOTE_CHARS_MAX = 200
TTL_S = 3600


class Body(Fields):
    """A JSON object. What it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


B = TypeVar("B", bound=Body)


async def read(request: web.Request, model: type[B]) -> B:
    """The body of a request; an empty one has no fields. Raises Problem."""
    return checked(model, await fields_of(request), request.app[LIMITS])


class Nothing(Body):
    """An act that is asked for without words."""


class TransferBody(Body):
    """A transfer."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["call"], "properties": {"seat": False, "channel": False, "switchboard": False}},
                {"required": ["seat", "switchboard"], "properties": {"call": False, "channel": False}},
                {"required": ["channel", "switchboard"], "properties": {"call": False, "seat": False}},
            ]
        }
    )

    target: Annotated[str, Word(ID)]
    mode: Annotated[str, OneOf(MODES)] = ""
    """the rule's where it is left out"""
    call: Annotated[str, Word(UID)] = ""
    """unique id of the caller's channel"""
    seat: Annotated[str, Word(SEAT)] = ""
    channel: Annotated[str, Word(UID)] = ""
    """unique id of any channel of the call"""
    switchboard: Annotated[str, Word(ID)] = ""
    """that of the seat or channel"""
    matter: Annotated[str, Word(MATTER)] = ""
    """a code of the scope catalogues; kept for later presses of the call"""
    urgency: Annotated[str, Word(WORD)] = ""
    """normal, urgent or danger"""
    district: Annotated[str, Word(DIVISION)] = ""
    """division code (GB/T 2260)"""
    language: Annotated[str, Word(LANGUAGE)] = ""
    """the caller's language"""

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> list[tuple[int, Details]]:
        """One of ``call``, ``seat`` and ``channel`` says whose call; the last two are of a switchboard."""
        whose = [name for name in WHOSE if name in given]
        if len(whose) != 1:
            return [(FIRST, {"parameter": "call", "exactly_one_of": list(WHOSE)})]
        place = list(cls.model_fields).index("switchboard")
        if whose == ["call"]:
            return [(LAST, unknown("switchboard", cls.model_fields))] if "switchboard" in given else []
        return [] if "switchboard" in given else [(place, {"parameter": "switchboard", "pattern": ID.pattern})]


class DeclineBody(Body):
    """A word why an offer is declined."""

    reason: Annotated[str, Word(WORD)]


class ResolveBody(Body):
    """The agreement of the parties of a consultation."""

    outcome: Annotated[str, OneOf(OUTCOMES)]


class DialBody(Body):
    """The seat that calls back."""

    switchboard: Annotated[str, Word(ID)]
    seat: Annotated[str, Word(SEAT)]


class DropBody(Body):
    """A note why nobody will call back."""

    note: Annotated[str, Line(NOTE_CHARS_MAX)]


class QueuesBody(Body):
    """Queues of a seat."""

    queues: Annotated[tuple[str, ...], Words(SEAT, QUEUES_MAX)] = ()


class PauseBody(Body):
    """Queues in which a seat is paused, and why."""

    queues: Annotated[tuple[str, ...], Words(SEAT, QUEUES_MAX)] = ()
    """all of the seat's where it is left out"""
    reason: Annotated[str, ShownWord(PAUSE_REASON)] = ""
    """why, in the seat's own words: 开会, lunch"""


class LogInBody(Body):
    """Queues that a seat logs in to."""

    queues: Annotated[tuple[str, ...], Words(SEAT, QUEUES_MAX)]


class ButtonBody(Body):
    """A button of a seat's desk phone."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {"action": {"const": "transfer"}}, "required": ["target"]},
                {"properties": {"action": {"const": "look"}, "mode": False}},
                {"properties": {"action": {"enum": ["cancel", "accept", "decline"]}, "target": False, "mode": False}},
            ]
        }
    )

    action: Annotated[str, OneOf(ACTIONS)]
    switchboard: Annotated[str, Word(ID)]
    seat: Annotated[str, Word(SEAT)]
    ttl_s: Annotated[int, Count(1, "action_url_s_max")] = TTL_S
    target: Annotated[str, Word(ID)] = ""
    mode: Annotated[str, OneOf(MODES)] = ""

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> list[tuple[int, Details]]:
        """Each action has fields of its own."""
        action = given.get("action")
        place = list(cls.model_fields).index("target")
        if action == "transfer" and "target" not in given:
            return [(place, {"parameter": "target", "pattern": ID.pattern})]
        none = {"look": ("mode",), "cancel": ("target", "mode")}
        none |= dict.fromkeys(("accept", "decline"), none["cancel"])
        names = none.get(action, ()) if isinstance(action, str) else ()
        return [(LAST, unknown(name, cls.model_fields)) for name in names if name in given]


class RevokeBody(Body):
    """A URL of a button that shall be worth nothing."""

    url: Annotated[str, Word(URL)]
    """the URL, or what stands behind its last slash"""
