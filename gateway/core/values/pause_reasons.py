"""Reasons for which a seat pauses, in its own words: 开会, 用餐, lunch."""

from __future__ import annotations

import re

_HIDDEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_PARTS = r'|;,"\\'
PAUSE_REASON = re.compile(rf"[^\s{_PARTS}{_HIDDEN}](?:[^{_PARTS}{_HIDDEN}]{{0,38}}[^\s{_PARTS}{_HIDDEN}])?")
"""1 to 40 characters that show. Asterisk keeps the members of a queue in one value of its database, parted by ``;`` and ``|``, and queue_log
parts its columns by ``|``: a reason with one of them would be another member after a restart, or another column."""
