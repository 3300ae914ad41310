"""How a gateway names itself: one line of plain ASCII that AMI and a file keep as it is."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.values.holder import Holder

TEXTS = st.text(max_size=40)


@given(TEXTS, TEXTS, TEXTS, st.integers(0, 2**22))
def test_what_is_written_is_read(place: str, name: str, api: str, pid: int) -> None:
    """Whatever the names are, the line has no sign that AMI, the dialplan or a file would read as more."""
    holder = Holder(place=place, name=name, host="h", pid=pid, api=api, since=1.5, at=2.25)
    line = holder.written()
    assert re.fullmatch(r"[0-9A-Za-z%&._~-]*", line)
    assert Holder.read(f" {line}\n") == holder


@given(st.text(max_size=80))
def test_rubbish_is_nobody(text: str) -> None:
    """A line that is no holder's is None, and nothing is raised."""
    assert Holder.read(text) is None
