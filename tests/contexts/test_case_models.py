"""Details of a case in a request: the core's rules, every error at once, and what JSON Schema says of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.contexts.case_models import CaseFields, NewCase, case_after, check_new
from gateway.contexts.field_rules import Unfits
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, CaseDetails, Unfit, patched

VALUES: list[Any] = [None, "", "x", "zh-CN", "120101", "A-1", "urgent", "a\nb", "a\x00", 0, 1.5, -181, True, [], ["A1"], ["a b"], ["A1", "A1"], {}, "x" * 5000]  # fmt: skip


def test_the_model_has_the_fields_of_the_core() -> None:
    """None is forgotten, and none is made up."""
    assert tuple(CaseFields.model_fields) == FIELDS


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES)))
def test_an_edit_is_what_the_core_makes_of_it(patch: dict[str, Any]) -> None:
    """Whatever the core takes is taken alike, and whatever it refuses is among the errors."""
    said = CaseDetails(longitude=117.2, latitude=39.1)
    refused: list[Unfit] = []
    try:
        assert patched(said, patch) == case_after(said, patch)
    except Unfits as unfits:
        pytest.fail(f"the core takes it: {unfits}")
    except Unfit as first:
        refused.append(first)
    for one in refused:
        with pytest.raises(Unfits) as caught:
            case_after(said, patch)
        assert (one.field, one.rule) in caught.value.all


@settings(deadline=None)
@given(st.sampled_from(FIELDS), st.sampled_from(VALUES))
def test_what_the_document_allows_is_taken(name: str, value: Any) -> None:
    """JSON Schema says no more than the core takes; what must show it cannot say."""
    allowed = Draft202012Validator(CaseFields.model_json_schema()).is_valid({name: value})
    both = {"longitude": 1.0, "latitude": 1.0} if name in ("longitude", "latitude") and value is not None else {}
    try:
        case_after(NOTHING_SAID, {**both, name: value})
    except Unfits:
        assert not allowed or value == "a\x00" or (name == "location" and value == "a\nb")
    else:
        assert allowed


def test_every_field_of_a_new_case_is_told() -> None:
    """Those of the case first, then those that nobody knows, then those of the call."""
    with pytest.raises(Unfits) as caught:
        check_new({"arrived_at": "soon", "colour": 1, "urgency": "very", "latitude": 1, "caller_name": "\x00"})
    assert [name for name, _ in caught.value.all] == ["urgency", "longitude", "colour", "arrived_at", "caller_name"]


def test_a_case_that_fits_has_no_error() -> None:
    """Empty values are none."""
    check_new({"summary": "噪音", "caller_number": "", "arrived_at": None, "longitude": 1, "latitude": 2})
    assert set(NewCase.model_fields) == {*FIELDS, "caller_number", "caller_name", "arrived_at"}
