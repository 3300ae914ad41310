"""The transfer button, calls of seats among themselves, call-backs and forwards: nobody is dropped.

As in ``stories``, one name each, everywhere.
"""

from __future__ import annotations
