"""A call context as a flat work order (工单/警单): the fields of a form that knows nothing of ours, each one text.

Which field of the form is which of the context the site's configuration says, ``[work_order.fields]``: the name on the form, then the
context's. What is mapped is what a reader may see, with its masks, never the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core.commands import ContextRow
from gateway.core.terms import ContextId, SwitchboardId
from gateway.core.view import View, context_view

FIELDS: Mapping[str, str] = {
    "工单编号": "cases", "来电编号": "id", "诉求人": "caller_name", "来电号码": "caller_number", "是否保密": "confidential",
    "来电时间": "arrived_at", "受理单位": "home", "承办单位": "owner", "诉求类别": "matter", "紧急程度": "urgency", "行政区划": "district",
    "诉求地点": "location", "经度": "longitude", "纬度": "latitude", "诉求内容": "summary", "语言": "language", "录音": "recordings",
}  # fmt: skip
"""The form where a site says nothing of its own."""

_NOBODY = SwitchboardId("")
KNOWN = tuple(
    name
    for name, value in context_view(
        ContextRow(ContextId(""), 1, 0.0, _NOBODY, "", "", "", "", 0.0, -1, (), (), _NOBODY, 0.0)
    ).items()
    if name not in ("full", "seats", "queues")  # lists of several things are no field of a form
)
"""What a field of a form may be."""


def work_order(view: View, fields: Mapping[str, str]) -> dict[str, str]:
    """The form, filled in from a context as ``context_view`` shows it. ``fields``: name on the form -> one of ``KNOWN``."""
    return {name: _written(view[field]) for name, field in fields.items()}


def _written(value: Any) -> str:
    """As people write it on a form: lists with 、 between, nothing where nothing is known."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(value)
    return "" if value is None else str(value)
