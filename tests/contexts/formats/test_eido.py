"""A context as an EIDO (NENA-STA-021.1) and back."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import gateway
from gateway.contexts.formats.eido import to_eido
from gateway.contexts.formats.eido_reading import NotEido, checked, from_eido
from gateway.core.messages.records import ContextRow
from gateway.core.model.call import new_context
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, CaseDetails, patched
from gateway.core.values.ids import PressId, SeatId, SwitchboardId
from gateway.views.contexts import context_view
from tests.core.plays import A, B
from tests.store.contract import context

SCHEMA: dict[str, Any] = json.loads(
    (Path(gateway.__file__).parent / "contexts/formats/eido.schema.json").read_text("utf-8")
)
VALID = Draft202012Validator(SCHEMA)
NUMBER = "13800000001"
SAID = CaseDetails(
    language="zh-CN", location="南开区长江道<12>号 & 后楼", district="120104", longitude=117.1582, latitude=39.1303, matter="N01.3", summary="楼下烧烤店 <b>\n半夜噪音 &amp;", urgency="urgent",
    cases=("GD-2026-1",), recordings=("rec/2026/1.wav",),
)  # fmt: skip

LINE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=12) | st.sampled_from(
    ["<br>", "&lt;", "a&b", "'\""]
)
PLACES = st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90))
INSTANTS = st.floats(1.0, 4e9)


@st.composite
def rows(draw: st.DrawFn) -> ContextRow:
    """Any context of 12345 that the API can show."""
    place = draw(PLACES)
    said = patched(
        NOTHING_SAID,
        {
            "language": draw(st.sampled_from(["", "zh-CN", "en"])),
            "location": draw(LINE),
            "district": draw(st.sampled_from(["", "120104"])),
            "longitude": place and place[0],
            "latitude": place and place[1],
            "matter": draw(st.sampled_from(["", "N01.3"])),
            "summary": "\n".join(draw(st.lists(LINE, max_size=3))),
            "urgency": draw(st.sampled_from(["", "normal", "danger"])),
            "cases": draw(st.sampled_from([[], ["GD-1"], ["GD-1", "津公（2026）1号"]])),
            "recordings": draw(st.sampled_from([[], ["rec/1.wav", "rec/2.wav"]])),
            "confidential": draw(st.booleans()),
        },
    )
    number = draw(st.sampled_from(["", "110", NUMBER, "+862212345678", "anonymous"]))
    row = new_context(A, "12345-1.1", number, draw(LINE), draw(st.sampled_from(["", "12345"])), draw(INSTANTS))  # type: ignore[arg-type]
    seats = draw(
        st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from([SeatId("1001"), SeatId("8001")]), INSTANTS))
    )
    return dataclasses.replace(
        row,
        version=draw(st.integers(1, 99)),
        wait_s=draw(st.integers(-1, 900)),
        seats=tuple(seats),
        queues=tuple((board, "q", 3, at) for board, _, at in seats),
        transfers=draw(st.sampled_from([(), (PressId("12345.1.1"),)])),
        owner=draw(st.sampled_from([A, B])),
        organisations=draw(st.sampled_from([(), (A, B), (A, B, SwitchboardId("119"))])),
        ended_at=draw(st.just(0.0) | INSTANTS),
        by=draw(st.sampled_from(["", "座席 1001"])),
        said=said,
    )


@settings(max_examples=150, deadline=None)
@given(rows(), st.booleans(), st.booleans())
def test_a_context_survives_the_way_there_and_back(row: ContextRow, full: bool, hidden: bool) -> None:
    """Whatever a reader may see of it, the EIDO is one of the subset, the place is sound XML, and what is read is what was written."""
    view = context_view(row, full=full, hidden=hidden)
    eido = json.loads(json.dumps(to_eido(view)))
    VALID.validate(eido)
    for place in eido.get("locationComponent", []):
        ET.fromstring(place["locationByValue"])
    assert from_eido(eido) == view


def references(value: Any) -> list[str]:
    """Every ``$ref`` in it."""
    if isinstance(value, dict):
        return [value["$ref"]] if "$ref" in value else [ref for inner in value.values() for ref in references(inner)]
    return [ref for inner in value for ref in references(inner)] if isinstance(value, list) else []


def test_every_reference_leads_to_a_component() -> None:
    """No ``$ref`` is left hanging."""
    row = context(
        wait_s=3, seats=((A, SeatId("1001"), 2000.0), (B, SeatId("8001"), 2001.0)), organisations=(A, B), said=SAID
    )
    eido = to_eido(context_view(row, full=True))
    ids = {one["$id"] for value in eido.values() if isinstance(value, list) for one in value}
    assert references(eido)
    assert set(references(eido)) <= ids
    assert [one["incidentOwningAgencyIndicator"] for one in eido["agencyComponent"]] == [True, False]
    assert (eido["callComponent"][0]["callStateRegistryText"], len(eido["agentComponent"])) == ("callAnswered", 2)


@pytest.mark.parametrize(
    ("full", "hidden", "uris"), [(True, False, [f"tel:{NUMBER}"]), (False, False, []), (True, True, [])]
)
def test_a_number_is_there_for_those_only_who_may_see_it(full: bool, hidden: bool, uris: list[str]) -> None:
    """A masked or confidential number stands nowhere in it, and is nothing that could be dialled."""
    row = context(said=dataclasses.replace(SAID, confidential=hidden, summary=""))
    eido = to_eido(context_view(row, full=full, hidden=hidden))
    assert eido["callbackComponent"][0]["callBackInformationUri"] == uris
    assert (NUMBER in json.dumps(eido)) is bool(uris)
    assert ("39.1303" in json.dumps(eido)) is full


FOREIGN: dict[str, Any] = {
    "$id": "urn:emergency:uid:incidentid:a1:bcf.example.org", "lastUpdateTimeStamp": "2026-11-24T08:00:00.000+08:00",
    "updatedByAgencyReference": {"$ref": "psap"}, "eidoVersion": "1.0", "issuingElementIdentification": "cad.example.org",
    "agencyComponent": [
        {
            "$id": "psap", "lastUpdateTimeStamp": "2026-11-24T08:00:00.000+08:00", "updatedByAgencyReference": {"$ref": "psap"},
            "agencyRoleDescriptionRegistryText": ["CallReceiving"], "agencyType": ["psap"],
        }
    ],
    "incidentComponent": {"incidentTypeCommonRegistryText": "GASLEAKI", "incidentTypeInternalCode": "G7", "documentIdentification": ["X-1"]},
    "callbackComponent": [{"callBackInformationUri": ["sip:8195551212@example.org", "tel:8195551212"]}],
    "notesComponent": [{"notesActionComments": "<p>smell of gas</p>second &lt;floor&gt;"}],
    "locationComponent": [
        {"locationTypeDescriptionRegistryText": "Caller", "locationByValue": "<gml:pos>1 2</gml:pos>"},
        {
            "locationTypeDescriptionRegistryText": "CurrentIncident",
            "locationByValue": "<civicAddress><country>US</country><A3>Wilmington</A3><RD>Cellular</RD><HNO>42</HNO></civicAddress>"
            "<gml:Point><gml:pos>42.5463 -73.2512</gml:pos></gml:Point>",
        },
    ],
}  # fmt: skip


def test_an_eido_of_somebody_else_is_read_as_far_as_it_tells() -> None:
    """Number, place, note, code and case numbers of an EIDO that has nothing of ours; what it tells fits a context."""
    told = from_eido(FOREIGN)
    assert (told["caller_number"], told["matter"], told["cases"]) == ("8195551212", "G7", ["X-1"])
    assert (told["location"], told["latitude"], told["longitude"]) == ("Wilmington Cellular 42", 42.5463, -73.2512)
    assert told["summary"] == "smell of gas\nsecond <floor>"
    assert "version" not in told
    said = patched(NOTHING_SAID, {name: told[name] for name in FIELDS if name in told})
    assert (said.matter, said.location) == ("G7", "Wilmington Cellular 42")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"eidoVersion": "2.0"}, "$.eidoVersion"), ({"$id": 1}, "$id"), ({"incidentComponent": []}, "incidentComponent"),
        ({"callComponent": {}}, "callComponent"), ({"callComponent": [1]}, "callComponent"),
        ({"notesComponent": [{"notesActionComments": None}]}, "notesActionComments"),
        ({"callbackComponent": [{"callBackInformationUri": [1]}]}, "callBackInformationUri"),
        ({"locationComponent": [{"locationByValue": "<pos>1.2.3 4</pos>"}]}, "locationByValue"),
        ({"additionalDataComponent": [{"$id": "onekey-context", "additionalDataByValue": "{"}]}, "onekey-context"),
        ({"additionalDataComponent": [{"$id": "onekey-context", "additionalDataByValue": "[]"}]}, "onekey-context"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_eido_is_refused(change: dict[str, Any], where: str) -> None:
    """The error names the element and what should be there."""
    with pytest.raises(NotEido) as caught:
        from_eido(FOREIGN | change)
    assert caught.value.where == where
    with pytest.raises(NotEido):
        from_eido([])


SIZE = 64_000
"""What fits into the body of a request."""
SOON_S = 0.25
"""Of this thread's own time: a hundredth of it is used, and where time grew with the square of the size it was seconds."""


@pytest.mark.parametrize(
    "piece", ["<", "<br ", "</p ", "<a", "&#", "&lt", "<pos>1 ", "<LOC>", "<pos>1e", "a<b>"], ids=repr
)
@pytest.mark.parametrize("element", ["notesComponent", "locationComponent"])
def test_a_hostile_text_is_read_in_linear_time(element: str, piece: str) -> None:
    """64 KB of beginnings that never end hold nobody up."""
    text = (piece * SIZE)[:SIZE]
    began = time.thread_time()
    from_eido(FOREIGN | {element: [{"notesActionComments": text, "locationByValue": text}]})
    assert time.thread_time() - began < SOON_S


@pytest.mark.parametrize("item", [1, {}, []], ids=repr)
def test_of_very_many_errors_the_first_are_looked_at(item: Any) -> None:
    """The error nearest to the top of the first ones is told, and soon."""
    began = time.thread_time()
    with pytest.raises(NotEido) as caught:
        checked(FOREIGN | {"agencyComponent": [item] * (SIZE // 3)})
    assert caught.value.where == "$.incidentComponent"  # whose misfit is one step nearer than those of the agencies
    assert time.thread_time() - began < SOON_S


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a < b", "a < b"), ("<b>a</b> < b", "a < b"), ("a<<b>c", "ac"), ("a>b<", "a>b<"), ("x<br>y<br", "x\ny<br"), ("<p>a</p>b", "a\nb"),
    ],
)  # fmt: skip
def test_what_a_person_reads_of_a_note(text: str, plain: str) -> None:
    """Elements go, line breaks stay, and a sign that ends nowhere is a sign."""
    assert from_eido(FOREIGN | {"notesComponent": [{"notesActionComments": text}]})["summary"] == plain


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"notesComponent": [{"notesActionComments": f"&#{'1' * 5000};"}]}, "notesActionComments"),
        ({"locationComponent": [{"locationByValue": f"<LOC>&#{'1' * 5000};</LOC>"}]}, "locationByValue"),
        ({"additionalDataComponent": [{"$id": "onekey-context", "additionalDataByValue": '{"id": "\\ud800"}'}]}, "onekey-context"),
    ],
    ids=["note", "place", "ours"],
)  # fmt: skip
def test_a_character_that_is_none_is_refused(change: dict[str, Any], where: str) -> None:
    """A number of 5000 digits names no character, and half of a character cannot be written down: an error that says where."""
    with pytest.raises(NotEido) as caught:
        from_eido(FOREIGN | change)
    assert caught.value.where == where


def test_the_schema_is_sound() -> None:
    """It is a JSON Schema, and an EIDO without agencies does not fit it."""
    Draft202012Validator.check_schema(SCHEMA)
    VALID.validate(
        FOREIGN
        | {
            "incidentComponent": to_eido(context_view(context()))["incidentComponent"],
            "callbackComponent": [],
            "notesComponent": [],
            "locationComponent": [],
        }
    )
    assert not VALID.is_valid(FOREIGN | {"agencyComponent": []})
