"""A context as a flat work order."""

from __future__ import annotations

from gateway.core.statement import Statement
from gateway.core.view import context_view
from gateway.work_order import FIELDS, KNOWN, work_order
from tests.store.contract import context

SAID = Statement(
    location="南开区长江道12号", longitude=117.1582, latitude=39.1303, cases=("GD-1", "GD-2"), confidential=True
)


def test_every_field_is_one_text() -> None:
    """Lists, flags, numbers and what is not known become what people write on a form, under the form's own names."""
    view = context_view(context(said=SAID), full=True)
    assert work_order(view, {"A": "cases", "B": "confidential", "C": "latitude", "D": "wait_s", "E": "caller_number"}) == {
        "A": "GD-1、GD-2", "B": "是", "C": "39.1303", "D": "", "E": "13800000001",
    }  # fmt: skip
    assert all(isinstance(text, str) for text in work_order(view, {name: name for name in KNOWN}).values())


def test_the_masks_stay() -> None:
    """The form that ships has only fields there are, and shows of number and place what the view shows."""
    assert set(FIELDS.values()) <= set(KNOWN)
    form = work_order(context_view(context(said=SAID)), FIELDS)
    assert (form["来电号码"], form["诉求地点"], form["经度"]) == ("138****0001", "南开区长江道…", "")
    assert set(work_order(context_view(context(said=SAID), full=True, hidden=True), FIELDS)["来电号码"]) == {"*"}
