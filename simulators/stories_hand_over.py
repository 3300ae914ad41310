"""Whoever got the caller beside the queue: his keys, his goodbye, his record.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations
