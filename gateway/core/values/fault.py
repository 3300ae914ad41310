"""The one shape of every error that a person must do something about."""

from __future__ import annotations


class Fault(Exception):
    """An error: what is wrong (Chinese, English beside it), where (a file, an address, a setting; empty where ``what`` names it), and
    what to do about it."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        """Lines for a terminal."""
        where = f"\n    {self.where}" if self.where else ""
        return f"{self.what}{where}\n    → {self.remedy}"

    def line(self) -> str:
        """One line, for logs and for fields of an answer."""
        where = f" ({self.where})" if self.where else ""
        return f"{self.what}{where} → {self.remedy}"
