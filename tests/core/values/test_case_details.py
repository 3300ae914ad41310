"""What people may write into a context."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.values.case_details import FIELDS, NOTHING_SAID, CaseDetails, Unfit, changed, patched

WHOLE: dict[str, Any] = {
    "language": "zh-CN", "location": "南开区长江道12号", "district": "120104", "longitude": 117.1582, "latitude": 39.1303,
    "matter": "N01.3", "summary": "楼下烧烤店\n半夜噪音", "urgency": "urgent", "cases": ["GD-2026-1", "津公（2026）1号"],
    "recordings": ["rec/2026/1.wav"], "confidential": True,
}  # fmt: skip


def test_every_field_can_be_set_and_cleared() -> None:
    """A patch sets what it names, null clears it, and the rest stays."""
    assert set(WHOLE) == set(FIELDS)
    whole = patched(NOTHING_SAID, WHOLE)
    assert (whole.cases, whole.latitude, whole.confidential) == (("GD-2026-1", "津公（2026）1号"), 39.1303, True)
    assert changed(NOTHING_SAID, whole) == FIELDS
    assert patched(whole, dict.fromkeys(WHOLE)) == NOTHING_SAID
    assert changed(whole, patched(whole, {"urgency": None})) == ("urgency",)


@pytest.mark.parametrize(
    "patch",
    [
        {"caller_number": "1"}, {"version": 3}, {"language": "中文"}, {"district": "12010"}, {"longitude": 1.0}, {"latitude": None, "longitude": 1},
        {"longitude": 181, "latitude": 1}, {"longitude": True, "latitude": 1}, {"longitude": float("nan"), "latitude": 1}, {"matter": "a b"},
        {"summary": "a\x00b"}, {"summary": "a\u202eb"}, {"summary": "x" * 4001}, {"summary": 1}, {"location": "a\nb"}, {"urgency": "now"},
        {"cases": "GD-1"}, {"cases": ["=1+1"]}, {"cases": ["x"] * 21}, {"cases": [1]}, {"recordings": ["录音"]}, {"confidential": "yes"},
    ],
    ids=str,
)  # fmt: skip
def test_what_does_not_fit_is_refused_whole(patch: dict[str, Any]) -> None:
    """One wrong field refuses the patch, and the error names a field of it."""
    with pytest.raises(Unfit) as caught:
        patched(
            CaseDetails(longitude=1.0, latitude=1.0) if patch.get("latitude", 0) is None else NOTHING_SAID,
            {"matter": "N01"} | patch,
        )
    assert caught.value.field in {*patch, "longitude"}


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        ("summary", "张　三\u3000来电\r\n第二行\t完", "张 三 来电\n第二行 完"),
        ("location", "长江道\u00a012号\r\n", "长江道 12号"),
        ("summary", "👨\u200d👩\u200d👧 走失", "👨\u200d👩\u200d👧 走失"),
    ],
)
def test_texts_are_put_into_one_form(field: str, written: str, kept: str) -> None:
    """Blanks and ends of lines of forms and of Windows are no reason to refuse what a call-taker wrote."""
    assert getattr(patched(NOTHING_SAID, {field: written}), field) == kept


@pytest.mark.parametrize(
    ("text", "place"), [("ab\u200bc", "U\\+200B .* at character 3"), ("x" * 4001, "not 4001"), ("x" * 9000, "not 9000")]
)
def test_a_text_that_is_refused_says_where(text: str, place: str) -> None:
    """The character and its place, or how long it is."""
    with pytest.raises(Unfit, match=place):
        patched(NOTHING_SAID, {"summary": text})
