"""Reasons for which a seat pauses, in its own words: 开会, 用餐, lunch."""

from __future__ import annotations

import re

PAUSE_REASON = re.compile(r'[^\s|;,"\\](?:[^\t\r\n\v\f|;,"\\]{0,38}[^\s|;,"\\])?')
"""1 to 40 characters. Asterisk keeps the members of a queue in one value of its database, parted by ``;`` and ``|``, and queue_log parts its
columns by ``|``: a reason with one of them would be another member after a restart, or another column."""


def is_pause_reason(text: str) -> bool:
    """True where a text may be a seat's reason: it shows, and nothing in it parts a record of Asterisk's."""
    return PAUSE_REASON.fullmatch(text) is not None and text.isprintable()
