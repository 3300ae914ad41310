"""The error of everything that fetches, unpacks or starts programs for the lab."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot do this: what, where, and what to do about it."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(f"{what}\n    {where}\n    → {remedy}")
