"""A further press by a seat that itself got the caller by a transfer: every mode after every way of having got him.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations
