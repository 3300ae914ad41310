"""The error of everything that fetches, unpacks or starts programs for the lab."""

from __future__ import annotations

from gateway.core.values.fault import Fault


class LabError(Fault):
    """The lab cannot do this."""
