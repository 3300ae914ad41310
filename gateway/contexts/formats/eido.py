"""A call context as a NENA Emergency Incident Data Object (NENA-STA-021.1) and back, for platforms that speak it.

What is mapped is what a reader may see: the view of ``gateway.views.switchboards``, with its masks, never the record. A masked or hidden
number is no number to call, so it stands in no ``tel:`` URI. What EIDO has no place for rides in one
``additionalDataComponent`` of our own, so that a context survives the way there and back unchanged. The subset is
``eido.schema.json`` beside this file; ``docs/eido.md`` says what becomes what.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from gateway.guards.strangers_json import Unreadable, read_object
from gateway.views.plain import View

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MEDIA_TYPE = "application/emergency.eido+json"
OURS = "onekey-context"
"""The id of the component that carries what EIDO has no place for."""
EMERGENCY_LINES = ("110", "119", "120", "122")
INCIDENT_TYPE = "CITASST"
"""Public assistance, a code of APCO 2.103.2: ours are local, and stand in ``incidentTypeInternalCode``."""

_DIALLED = re.compile(r"\+?[0-9]{3,20}")
_TEL = re.compile(r"(?:tel:|sips?:)(\+?[0-9]{3,20})(?:[@;].*)?")
_POINT = re.compile(r"<(?:\w+:)?pos>\s*(-?[0-9.]+(?:e-?[0-9]+)?)\s+(-?[0-9.]+(?:e-?[0-9]+)?)\s*</")
_CIVIC = re.compile(r"<(?:\w+:)?(?:A[1-6]|PRD|RD|STS|POD|HNO|HNS|LMK|LOC|NAM|BLD|UNIT|FLR|ROOM)>([^<]*)</")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_ELEMENT = re.compile(r"<[^>]*+>?")
ERRORS_MAX = 100
EXTRA_BYTES_MAX = 64 * 1024
"""Of what an EIDO carries of ours: no more than a whole body may have."""
"""Of the errors of a schema the one nearest to the top is told, of the first so many: 64 KB can have 30,000, which take seconds."""
_EXTRA = (
    "id", "version", "home", "call", "full", "confidential", "caller_name", "language", "wait_s", "seats", "queues", "transfers",
    "owner", "changed_by", "ended_at",
)  # fmt: skip


class NotEido(ValueError):
    """Not an EIDO that we can read: where in it, and what should be there."""

    def __init__(self, where: str, rule: str) -> None:
        self.where, self.rule = where, rule
        super().__init__(f"{where}: {rule}")


# --- there ----------------------------------------------------------------------------------------------------------------


def to_eido(view: View) -> dict[str, Any]:
    """The EIDO of a context as ``context_view`` shows it."""
    issuer = f"onekey.{view['home']}"
    call = f"urn:emergency:uid:callid:{view['call']}:{issuer}"
    prologue = {"lastUpdateTimeStamp": view["changed_at"], "updatedByAgencyReference": _to(view["home"])}
    number = view["caller_number"]
    tel = [f"tel:{number}"] if _DIALLED.fullmatch(number) else []
    place = _location(view)
    notes = [{"$id": "summary", **prologue, "notesActionComments": _html(view["summary"])}] if view["summary"] else []
    eido: dict[str, Any] = {
        "$id": f"urn:emergency:uid:incidentid:{view['id']}:{issuer}",
        **prologue,
        "eidoVersion": "1.0",
        "issuingElementIdentification": issuer,
        "incidentComponent": {"$id": "incident", **prologue, **_incident(view, place, notes)},
        "callComponent": [{"$id": call, **prologue, **_call(view, place)}],
        "callbackComponent": [{"$id": "callback", **prologue, "callBackInformationUri": tel}],
        "personComponent": [
            {
                "$id": "caller", **prologue, "personIncidentRoleRegistryText": ["Caller"], "callIdentifier": [call],
                "callBackReference": _to("callback"),
            }
        ],
        "agencyComponent": [_agency(view, one, prologue) for one in view["organisations"]],
        "agentComponent": [_agent(board, seat, prologue) for board, seat in _seats(view)],
        "notesComponent": notes,
        "locationComponent": [{"$id": "place", **prologue, **place}] if place else [],
        "mediaComponent": [
            {"$id": f"recording-{n}", **prologue, "uri": uri, "contentType": "application/octet-stream"}
            for n, uri in enumerate(view["recordings"], 1)
        ],
        "additionalDataComponent": [{"$id": OURS, **prologue, "additionalDataByValue": _extra(view, tel)}],
    }  # fmt: skip
    return {name: value for name, value in eido.items() if value != []}


def _to(id_: str) -> dict[str, str]:
    return {"$ref": id_}


def _html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def _seats(view: View) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one["switchboard"], one["seat"]) for one in view["seats"]))


def _incident(view: View, place: dict[str, Any], notes: list[dict[str, Any]]) -> dict[str, Any]:
    given = {
        "incidentTypeInternalCode": view["matter"],
        "incidentPriorityInternalText": view["urgency"],
        "documentIdentification": view["cases"],
        "locationReference": [_to("place")] if place else [],
        "notesReference": [_to("summary")] if notes else [],
    }
    return {
        "incidentTypeCommonRegistryText": INCIDENT_TYPE,
        "incidentStatusCommonRegistryText": ["Active"],  # the matter outlives the call; its end is not ours to say
        "personReference": [_to("caller")],
        **{name: value for name, value in given.items() if value},
    }


def _call(view: View, place: dict[str, Any]) -> dict[str, Any]:
    seats = view["seats"]
    agents = [_to(f"{board}/{seat}") for board, seat in _seats(view)]
    given = {
        "queueIdentifier": view["queue"],
        "answerDate": seats[0]["answered_at"] if seats else None,
        "agentReference": agents,
        "locationReference": [_to("place")] if place else [],
    }
    return {
        "standardPrimaryCallType": "emergency" if view["home"] in EMERGENCY_LINES else "nonEmergency",
        "direction": "incoming",
        "callStartTimestamp": view["arrived_at"],
        "callStateRegistryText": "callEnd" if view["ended_at"] else "callAnswered" if seats else "callBegin",
        "callBackReference": _to("callback"),
        "personReference": [_to("caller")],
        **{name: value for name, value in given.items() if value},
    }


def _agency(view: View, id_: str, prologue: dict[str, Any]) -> dict[str, Any]:
    role = "CallReceiving" if id_ == view["home"] else "TransferredTo"
    return {
        "$id": id_, **prologue, "agencyRoleDescriptionRegistryText": [role], "agencyType": ["psap"],
        "incidentOwningAgencyIndicator": id_ == view["owner"],
    }  # fmt: skip


def _agent(board: str, seat: str, prologue: dict[str, Any]) -> dict[str, Any]:
    return {
        "$id": f"{board}/{seat}", **prologue, "agentWorkstationPositionIdentification": seat,
        "agentRoleRegistryText": ["Call Taking"], "agencyReference": _to(board),
    }  # fmt: skip


def _location(view: View) -> dict[str, Any]:
    """The place, also as a PIDF-LO (RFC 4119, RFC 5139, RFC 5491), which EIDO wants; empty where nothing is known."""
    text, longitude, latitude = view["location"], view["longitude"], view["latitude"]
    if not text and not view["district"] and longitude is None:
        return {}
    point = (
        f'<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{latitude!r} {longitude!r}</gml:pos></gml:Point>'
        if longitude is not None
        else ""
    )
    civic = f"<ca:civicAddress><ca:country>CN</ca:country><ca:LOC>{escape(text)}</ca:LOC></ca:civicAddress>"
    pidf = (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
        ' xmlns:gml="http://www.opengis.net/gml" xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
        ' entity="pres:caller@onekey.invalid"><tuple id="place"><status><gp:geopriv>'
        f"<gp:location-info>{point}{civic if text or not point else ''}</gp:location-info>"
        "<gp:usage-rules/><gp:method>Manual</gp:method></gp:geopriv></status></tuple></presence>"
    )
    place = {"locationTypeDescriptionRegistryText": "CurrentIncident", "locationByValue": pidf}
    given = {"locationDescriptionText": text, "localIdentifier": [view["district"]] if view["district"] else []}
    return place | {name: value for name, value in given.items() if value}


def _extra(view: View, tel: list[str]) -> str:
    """What EIDO has no place for; the number, too, where it is masked or none that can be dialled."""
    extra = {name: view[name] for name in _EXTRA}
    if not tel:
        extra["caller_number"] = view["caller_number"]
    return json.dumps(extra, ensure_ascii=False, separators=(",", ":"))


# --- and back -------------------------------------------------------------------------------------------------------------


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
    """Whether an encoding can carry the texts of a JSON value: JSON can spell half of a character (``"\\ud800"``), UTF-8 cannot."""
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
    """What a person reads of a note in HTML. Behind the last ``>`` no element ends: looking for one's end from each ``<`` there would
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
            return {name: extra[name] for name in (*_EXTRA, "caller_number") if name in extra}
    return {}
