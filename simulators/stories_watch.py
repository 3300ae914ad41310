"""The media watch: a party that is sent nothing is counted, told and healed.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations
