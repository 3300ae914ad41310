"""A context as a flat work order, and back; the site's form in YAML."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.settings import site_path
from gateway.contexts.formats import work_order_form as form_file
from gateway.contexts.formats.work_order import KNOWN, TAKEN, Form, FormField, NotAnOrder, from_work_order, work_order
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.core.values.case_details import FIELDS, NOTHING_SAID, CaseDetails, patched
from gateway.rules.problems import RulesError
from gateway.views.contexts import context_view
from tests.cli.test_records import Site, site
from tests.store.contract import context

__all__ = ["site"]
SAID = CaseDetails(
    language="zh-CN", location="南开区长江道12号", district="120104", longitude=117.1582, latitude=39.1303, matter="N01.3", summary="楼下烧烤店\n半夜噪音", urgency="urgent",
    cases=("GD-1", "GD-2"), recordings=("rec/1.wav", "rec/2.wav"), confidential=True,
)  # fmt: skip
SHIPPED = form_file.load(site_path("work_order.yaml"))


def filled(row: Any, form: Form, **how: bool) -> dict[str, str]:
    """The form of a context into which everything fits."""
    found, misfits = work_order(context_view(row, **how), form)
    assert misfits == []
    return found


def test_every_field_is_one_text() -> None:
    """Lists, flags, numbers and what is not known become what people write on a form, under the form's own names."""
    form = Form(
        (
            FormField(name="A", source="cases"), FormField(name="B", source="confidential"), FormField(name="C", source="latitude"), FormField(name="D", source="wait_s"),
            FormField(name="E", source="caller_number"), FormField(name="F", constant="热线"),
        )
    )  # fmt: skip
    assert filled(context(said=SAID), form, full=True) == {
        "A": "GD-1、GD-2", "B": "是", "C": "39.1303", "D": "", "E": "13800000001", "F": "热线",
    }  # fmt: skip
    every = filled(context(said=SAID), Form(tuple(FormField(name=name, source=name) for name in KNOWN)))
    assert all(isinstance(text, str) for text in every.values())


def test_the_masks_stay() -> None:
    """The form that ships shows of number and place what the view shows."""
    found = filled(context(said=SAID), SHIPPED)
    assert (found["来电号码"], found["诉求地点"], found["经度"]) == ("138****0001", "南开区长江道…", "")
    assert (found["紧急程度"], found["来电时间"], found["录音"]) == (
        "紧急",
        "1970-01-01 08:16:40",
        "rec/1.wav;rec/2.wav",
    )
    assert set(filled(context(said=SAID), SHIPPED, full=True, hidden=True)["来电号码"]) == {"*"}


def test_what_does_not_fit_is_told() -> None:
    """A text that is too long is cut and told; a code without a word is told, or gets the word for all others."""
    words = {"danger": "特急"}
    form = Form(
        (FormField(name="长", source="summary", chars_max=4), FormField(name="急", source="urgency", words=words))
    )
    found, misfits = work_order(context_view(context(said=SAID)), form)
    assert found == {"长": "楼下烧…", "急": ""}
    assert [(misfit.field, misfit.source) for misfit in misfits] == [("长", "summary"), ("急", "urgency")]
    form = Form((FormField(name="急", source="urgency", words=words, otherwise="一般"),))
    assert filled(context(said=SAID), form) == {"急": "一般"}


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        dict,
        summary=st.sampled_from(["", "噪音\n扰民", "x"]), urgency=st.sampled_from(["", "normal", "danger"]),
        confidential=st.booleans(), cases=st.sampled_from([[], ["GD-1"], ["GD-1", "津公（2026）1号"]]),
        recordings=st.sampled_from([[], ["rec/1.wav", "rec/2.wav"]]), longitude=st.just(117.1), latitude=st.floats(-90, 90),
        matter=st.sampled_from(["", "N01.3"]), district=st.sampled_from(["", "120104"]), location=st.sampled_from(["", "长江道12号"]),
    )
)  # fmt: skip
def test_a_work_order_survives_the_way_there_and_back(patch: dict[str, Any]) -> None:
    """What people have written down, read in full, comes back from the form that ships; a field that nobody takes is named."""
    row = context(said=patched(NOTHING_SAID, patch), arrived_at=1764000000.0)
    told, left = from_work_order(filled(row, SHIPPED, full=True), SHIPPED)
    assert patched(NOTHING_SAID, {name: told[name] for name in FIELDS if name in told}) == row.said
    assert (told["caller_number"], told["arrived_at"]) == ("13800000001", "2025-11-24T16:00:00.000+00:00")
    assert left == ["来电编号", "来源", "受理单位", "承办单位"]


@pytest.mark.parametrize(
    ("order", "where"),
    [({"紧急程度": "马上"}, "紧急程度"), ({"经度": "东"}, "经度"), ({"来电时间": "昨天"}, "来电时间"), ({"工单编号": 5}, "工单编号")],
)  # fmt: skip
def test_an_order_that_cannot_be_read(order: dict[str, Any], where: str) -> None:
    """The error names the field of the form, and what it may be."""
    with pytest.raises(NotAnOrder) as caught:
        from_work_order(order, SHIPPED)
    assert caught.value.where == where


def test_only_what_people_say_is_taken() -> None:
    """A form may show what the call itself says, but nobody writes it through the form; an empty field says nothing."""
    form = Form(tuple(FormField(name=name, source=name) for name in KNOWN))
    told, left = from_work_order(dict.fromkeys(KNOWN, "") | {"owner": "110", "nobody": "x"}, form)
    assert told == {}
    assert set(left) == {*KNOWN, "nobody"} - set(TAKEN)


# --- the file ---------------------------------------------------------------------------------------------------------------

HEAD = "version: 1\nfields:\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "the file is empty"),
        ("version: 1\n", 1, 1, "fields is missing"),
        ("fields: {a: id}\n", 1, 1, "version is missing"),
        ("version: 1\nfields: {}\n", 2, 9, "no field"),
        ("version: 1\nfields: [a]\n", 2, 9, "pairs"),
        (HEAD + "  a: caller_numer\n", 3, 6, "no such field: caller_numer"),
        (HEAD + "  a: id\n  a: id\n", 4, 3, "duplicate key"),
        (HEAD + "  a: {}\n", 3, 6, "exactly one"),
        (HEAD + "  a: {from: id, value: x}\n", 3, 6, "exactly one"),
        (HEAD + "  a: {from: id, form: x}\n", 3, 17, "unknown key: form"),
        (HEAD + "  a: {from: urgency, values: {dangr: x}}\n", 3, 31, "urgency has no code dangr"),
        (HEAD + '  a: {from: confidential, values: {"true": x}}\n', 3, 36, "confidential has no code true"),
        (HEAD + "  a: {from: cases, values: {x: y}}\n", 3, 28, "cases has no values"),
        (HEAD + "  a: {from: urgency, else: x}\n", 3, 28, "else needs values"),
        (HEAD + '  a: {from: id, date: "%Y"}\n', 3, 23, "id has no date"),
        (HEAD + '  a: {from: arrived_at, date: "%c"}\n', 3, 31, "a date format has"),
        (HEAD + "  a: {from: arrived_at, date: now}\n", 3, 31, "a date format has"),
        (HEAD + "  a: {from: summary, max: 0}\n", 3, 27, "expected 1 to"),
        (HEAD + "  a: {from: summary, join: x}\n", 3, 28, "summary has no join"),
        (HEAD + "  a: *b\n", 3, 6, "aliases"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_where_it_is(text: str, line: int, column: int, what: str) -> None:
    """Line, column, what is wrong in both languages, and what to do."""
    with pytest.raises(RulesError) as caught:
        form_file.parse(text)
    found = next(problem for problem in caught.value.problems if what in problem.what)
    assert (found.line, found.column) == (line, column)
    assert " / " in found.what
    assert found.remedy


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.text("versionfields:1 \n-{}[]afromid%\"'&*|>", max_size=120))
def test_any_text_is_a_form_or_an_error(text: str) -> None:
    """Nothing but RulesError, whatever is in the file."""
    with contextlib.suppress(RulesError):
        assert form_file.parse(HEAD + "  a: id\n" + text).fields


class Watched(FormInForce):
    """It says when it has read the file again."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.news = asyncio.Event()

    async def reload(self) -> bool:
        found = await super().reload()
        self.news.set()
        return found


async def test_a_form_is_loaded_when_it_is_saved(tmp_path: Path) -> None:
    """A broken one changes nothing and is told; a good one is in force."""
    path = tmp_path / "form.yaml"
    path.write_text(HEAD + "  a: id\n", encoding="utf-8")
    force = Watched(path)
    path.write_text(HEAD + "  a: ix\n", encoding="utf-8")
    assert not await force.reload()
    assert force.trouble is not None
    assert [one.name for one in force.now.fields] == ["a"]
    watching = asyncio.create_task(force.watch(0.001))
    beside = tmp_path / "new.yaml"
    beside.write_text(HEAD + "  b: id\n  c: {value: x}\n", encoding="utf-8")
    os.replace(beside, path)
    force.news.clear()
    await asyncio.wait_for(force.news.wait(), 10)
    assert (len(force.now.fields), force.trouble) == (2, None)
    watching.cancel()


def test_the_commands(site: Site) -> None:
    """``check`` counts the fields of the form that is named, that of the configuration or that which ships; ``show`` fills it in."""
    site.store(context(said=SAID))
    assert f"{len(SHIPPED.fields)} 个字段" in site.run("work-order", "check")
    assert json.loads(site.run("work-order", "show", "k0"))["紧急程度"] == "紧急"
    site.run("work-order", "show", "nobody", code=1)
    broken = site.folder / "form.yaml"
    broken.write_text(HEAD + "  a: ix\n", encoding="utf-8")
    site.run("work-order", "check", str(broken), code=1)
