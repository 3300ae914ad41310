"""The lab: two real Asterisk switchboards on loopback, for administrators and testers who bring their own phones.

- ``debian``   Debian packages unpacked into a cache, without root, signatures checked
- ``render``   ``asterisk-conf/`` and ``dialplan/`` into a run folder
- ``lab``      up, down, status

A stranger to the gateway: it starts what the gateway attaches to, and writes ``lab.json`` for everybody else.
"""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot do this: what, where, and what to do about it."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(f"{what}\n    {where}\n    → {remedy}")
