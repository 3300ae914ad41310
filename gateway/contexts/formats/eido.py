"""A call context as a NENA Emergency Incident Data Object (NENA-STA-021.1) for platforms that speak it; ``eido_reading`` is the way back.

What is mapped is what a reader may see: the view of ``gateway.views.switchboards``, with its masks, never the record. A masked or hidden
number is no number to call, so it stands in no ``tel:`` URI. What EIDO has no place for rides in one
``additionalDataComponent`` of our own, so that a context survives the way there and back unchanged. The subset is
``eido.schema.json`` beside this file; ``docs/eido.md`` says what becomes what.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any
from xml.sax.saxutils import escape

from gateway.views.plain import View

MEDIA_TYPE = "application/emergency.eido+json"
OURS = "onekey-context"
"""The id of the component that carries what EIDO has no place for."""
EMERGENCY_LINES = ("110", "119", "120", "122")
INCIDENT_TYPE = "CITASST"
"""Public assistance, a code of APCO 2.103.2: ours are local, and stand in ``incidentTypeInternalCode``."""

_DIALLED = re.compile(r"\+?[0-9]{3,20}")
EXTRA = (
    "id", "version", "home", "call", "full", "confidential", "caller_name", "language", "wait_s", "seats", "queues", "transfers",
    "owner", "changed_by", "ended_at",
)  # fmt: skip


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
    """Fields that EIDO has no place for, as text; the number, too, where it is masked or none that can be dialled."""
    extra = {name: view[name] for name in EXTRA}
    if not tel:
        extra["caller_number"] = view["caller_number"]
    return json.dumps(extra, ensure_ascii=False, separators=(",", ":"))
