"""An EIDO of another platform, read: whether it is one, what of it we know, and what we do not."""

from __future__ import annotations

import html
import json
import re
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.guards.strangers_json import Unreadable, read_object
from gateway.views.plain import View

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
from gateway.contexts.formats.eido import EXTRA, OURS

_TEL = re.compile(r"(?:tel:|sips?:)(\+?[0-9]{3,20})(?:[@;].*)?")
_POINT = re.compile(r"<(?:\w+:)?pos>\s*(-?[0-9.]+(?:e-?[0-9]+)?)\s+(-?[0-9.]+(?:e-?[0-9]+)?)\s*</")
_CIVIC = re.compile(r"<(?:\w+:)?(?:A[1-6]|PRD|RD|STS|POD|HNO|HNS|LMK|LOC|NAM|BLD|UNIT|FLR|ROOM)>([^<]*)</")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_ELEMENT = re.compile(r"<[^>]*+>?")
ERRORS_MAX = 100
EXTRA_BYTES_MAX = 64 * 1024
"""Bytes that an EIDO may carry of ours: no more than a whole body may have."""
"""Errors of a schema that are looked at: the one nearest to the top is told, of the first so many: 64 KB can have 30,000, which take seconds."""


class NotEido(ValueError):
    """Not an EIDO that we can read: where in it, and what should be there."""

    def __init__(self, where: str, rule: str) -> None:
        self.where, self.rule = where, rule
        super().__init__(f"{where}: {rule}")


PLACES = {
    "matter": "$.incidentComponent.incidentTypeInternalCode", "urgency": "$.incidentComponent.incidentPriorityInternalText",
    "cases": "$.incidentComponent.documentIdentification", "summary": "$.notesComponent", "recordings": "$.mediaComponent",
    "location": "$.locationComponent", "district": "$.locationComponent", "longitude": "$.locationComponent",
    "caller_number": "$.callbackComponent", "arrived_at": "$.callComponent[0].callStartTimestamp",
}  # fmt: skip
"""Where a field of a context stands in an EIDO."""
_READ = {
    "incidentComponent": ("incidentTypeInternalCode", "incidentPriorityInternalText", "documentIdentification"),
    "callComponent": ("queueIdentifier", "callStartTimestamp"),
    "callbackComponent": ("callBackInformationUri",),
    "agencyComponent": (),
    "notesComponent": ("notesActionComments",),
    "locationComponent": (
        "locationTypeDescriptionRegistryText", "locationByValue", "locationDescriptionText", "localIdentifier",
    ),
    "mediaComponent": ("uri",),
}  # fmt: skip
_HEAD = ("$id", "lastUpdateTimeStamp", "updatedByAgencyReference", "eidoVersion", "issuingElementIdentification")
_ONCE = ("callComponent", "locationComponent")
"""Components of which one is read."""


@cache
def _schema() -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(Path(__file__).with_name("eido.schema.json").read_text("utf-8")))


def checked(eido: Any) -> Any:
    """An EIDO that fits ``eido.schema.json``, and whose texts can be written down. Raises NotEido; the error names the rule and tells
    nothing of the content."""
    errors = islice(_schema().iter_errors(eido), ERRORS_MAX)
    error = min(errors, key=lambda error: (len(error.path), error.json_path), default=None)
    if error is not None:
        raise NotEido(error.json_path, f"{error.validator}: {json.dumps(error.validator_value)[:200]}")
    if not _writable(eido):
        raise NotEido("$", "texts without lone surrogates")
    return eido


def _writable(value: Any) -> bool:
    """True where an encoding can carry the texts of a JSON value: JSON can spell half of a character (``"\\ud800"``), UTF-8 cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def unread(eido: dict[str, Any]) -> list[str]:
    """Where an EIDO tells something that ``from_eido`` has no place for. What we write ourselves beside is no news."""
    ours = any(one.get("$id") == OURS for one in _objects(eido, "additionalDataComponent"))
    if ours:
        return [f"$.{name}" for name in eido if name not in (*_HEAD, *_READ, *_BESIDE)]
    found = [f"$.{name}" for name in eido if name not in (*_HEAD, *_READ)]
    for name, known in _READ.items():
        components = [eido.get(name, {})] if name == "incidentComponent" else _objects(eido, name)
        fields = dict.fromkeys(field for one in components for field in one)
        found += [
            f"$.{name}.{field}" for field in fields if not (field in (*_HEAD, *known) or field.endswith("Reference"))
        ]
        if name in _ONCE and len(components) > 1:
            found.append(f"$.{name}[1:]")
    return found


_BESIDE = ("personComponent", "agentComponent", "additionalDataComponent")


def from_eido(eido: Any) -> View:
    """The fields of a context that an EIDO tells; the whole view where it was one of ours. Raises NotEido.

    Nothing of it is believed: whoever writes any of it into a context passes it through ``case_details.patched``.
    """
    if not isinstance(eido, dict):
        raise NotEido("$", "an object")
    if eido.get("eidoVersion") != "1.0":
        raise NotEido("$.eidoVersion", "1.0")
    incident, calls = _object(eido, "incidentComponent"), _objects(eido, "callComponent")
    call = calls[0] if calls else {}
    told = {
        "id": _text(eido, "$id"),
        "changed_at": _text(eido, "lastUpdateTimeStamp"),
        "matter": _text(incident, "incidentTypeInternalCode"),
        "urgency": _text(incident, "incidentPriorityInternalText"),
        "cases": _texts(incident, "documentIdentification"),
        "queue": _text(call, "queueIdentifier"),
        "arrived_at": _text(call, "callStartTimestamp"),
        "recordings": [_text(one, "uri") for one in _objects(eido, "mediaComponent")],
        "organisations": [_text(one, "$id") for one in _objects(eido, "agencyComponent")],
        "summary": "\n".join(_plain(_text(one, "notesActionComments")) for one in _objects(eido, "notesComponent")),
        "caller_number": _number(eido),
        **_place(eido),
    }
    return told | _ours(eido)


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name, {})
    if not isinstance(value, dict):
        raise NotEido(name, "an object")
    return value


def _objects(parent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = parent.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise NotEido(name, "a list of objects")
    return value


def _text(parent: dict[str, Any], name: str) -> str:
    value = parent.get(name, "")
    if not isinstance(value, str):
        raise NotEido(name, "a text")
    return value


def _texts(parent: dict[str, Any], name: str) -> list[str]:
    value = parent.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise NotEido(name, "a list of texts")
    return value


def _plain(text: str) -> str:
    """Text of a note in HTML, as a person reads it. Behind the last ``>`` no element ends: looking for one's end from each ``<`` there would
    take seconds."""
    lines = _BREAK.sub("\n", text)
    end = lines.rfind(">") + 1
    return _unescaped(_ELEMENT.sub("", lines[:end]) + lines[end:], "notesActionComments")


def _unescaped(text: str, where: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # ``&#`` and more digits than Python reads
        raise NotEido(where, "HTML")


def _number(eido: dict[str, Any]) -> str:
    uris = [uri for one in _objects(eido, "callbackComponent") for uri in _texts(one, "callBackInformationUri")]
    return next((found[1] for uri in uris if (found := _TEL.fullmatch(uri))), "")


def _place(eido: dict[str, Any]) -> View:
    """The incident's place, else the first that is given. The PIDF-LO is looked through, not parsed: it is a stranger's XML."""
    places = _objects(eido, "locationComponent")
    kinds = [_text(one, "locationTypeDescriptionRegistryText") for one in places]
    place = places[kinds.index("CurrentIncident")] if "CurrentIncident" in kinds else places[0] if places else {}
    pidf = _text(place, "locationByValue")
    civic = " ".join(_unescaped(word, "locationByValue").strip() for word in _CIVIC.findall(pidf))
    local = _texts(place, "localIdentifier")
    try:
        point = [float(word) for found in _POINT.finditer(pidf) for word in found.groups()][:2]
    except ValueError:
        raise NotEido("locationByValue", "latitude and longitude in degrees")
    latitude, longitude = point or (None, None)
    return {
        "location": _text(place, "locationDescriptionText") or civic,
        "district": local[0] if local else "",
        "longitude": longitude,
        "latitude": latitude,
    }


def _ours(eido: dict[str, Any]) -> View:
    for one in _objects(eido, "additionalDataComponent"):
        if one.get("$id") == OURS:
            try:
                text = _text(one, "additionalDataByValue")
                extra = read_object(text.encode("utf-8", "surrogatepass"), EXTRA_BYTES_MAX)
            except Unreadable:
                raise NotEido(OURS, "a JSON object")
            return {name: extra[name] for name in (*EXTRA, "caller_number") if name in extra}
    return {}
