"""The record of another platform, read against its model: every field that does not fit, none of its values."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.contexts.field_rules import Unfits, problem_of
from gateway.contexts.peer_record import row_of
from gateway.core.values.case_details import Unfit
from gateway.guards.door_limits import DOOR_LIMITS, DoorLimits
from gateway.views.contexts import context_view
from tests.api.test_deliveries_received import given


def unfits(view: Any, limits: DoorLimits | None = None) -> list[tuple[str, str]]:
    """Fields of a view that do not fit, with their rules."""
    with pytest.raises(Unfits) as caught:
        row_of(view, 5000.0, limits or DoorLimits())
    return caught.value.all


def test_every_field_that_does_not_fit_is_named() -> None:
    """Fields of the record, of its seats and of the case, in one reading."""
    view = context_view(given(3, summary="积水"))
    view |= {"owner": "a b", "version": True, "seats": [{"seat": "x y", "switchboard": "119", "answered_at": "soon"}], "urgency": "very"}  # fmt: skip
    found = unfits(view)
    assert [name for name, _ in found] == ["seat", "answered_at", "version", "owner", "urgency"]
    assert found[0][1] == "a text that matches [0-9A-Za-z._-]{1,80}"
    assert "a b" not in str(found)


def test_a_field_that_is_missing_has_the_rule_of_null() -> None:
    """Nothing at all is the first field's error, and that of all the others."""
    names = [name for name, _ in unfits({})]
    assert names[0] == "home"
    assert {"id", "version", "seats", "owner", "organisations"} < set(names)
    assert "ended_at" not in names


def test_no_home_speaks_of_callers_of_another() -> None:
    """The id is made of home and call, whatever else is right."""
    assert unfits({**context_view(given(3)), "call": "119-8.1"}) == [("id", "the one that its home and its call make")]


def test_a_list_is_bounded_before_its_items_are_read() -> None:
    """One too many is one error, however odd each of them is."""
    view = {**context_view(given(3)), "seats": [{"seat": 5}] * 3}
    assert unfits(view, DoorLimits(record_items_max=2)) == [("seats", "a list of at most 2 objects")]


def test_what_is_no_record_is_one_error() -> None:
    """A list has no fields to name."""
    with pytest.raises(Unfit) as caught:
        row_of([], 5000.0)
    assert (caught.value.field, caught.value.rule) == ("data", "a context")


def test_an_answer_names_the_first_and_all() -> None:
    """One error stands alone; several stand in a list too."""
    one, several = problem_of(Unfits([("a", "x")])), problem_of(Unfits([("a", "x"), ("b", "y")]))
    assert one.details == problem_of(Unfit("a", "x")).details == {"parameter": "a", "rule": "x"}
    assert several.details == {
        "parameter": "a",
        "rule": "x",
        "problems": [{"parameter": "a", "rule": "x"}, {"parameter": "b", "rule": "y"}],
    }
    many = Unfits([(f"f{n}", "x") for n in range(8000)])
    assert len(problem_of(many).details["problems"]) == DOOR_LIMITS.problems_max
    assert len(problem_of(many, DoorLimits(problems_max=3)).details["problems"]) == 3
