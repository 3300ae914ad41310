"""SIP from strangers: methods other than INVITE, dialogues of others, headers that lie."""

from __future__ import annotations
