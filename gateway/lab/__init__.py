"""The lab: two real Asterisk switchboards on loopback, for administrators and testers who bring their own phones.

- ``render``   ``asterisk-conf/`` and ``dialplan/`` into a run folder
- ``lab``      up, down, status

A stranger to the gateway: it starts what the gateway attaches to, and writes ``lab.json`` for everybody else.
"""

from __future__ import annotations
