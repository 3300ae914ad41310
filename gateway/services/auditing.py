"""The audit log, as services and the API use it: what cannot be made durable is a problem that the asker is told."""

from __future__ import annotations

from gateway.problems import Problem
from gateway.security.audit import AuditError, AuditLog


class Auditing:
    """Write into ``log`` who did what, about what, for which purpose, and details."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def write(self, who: str, what: str, about: str = "", purpose: str = "", **details: str) -> None:
        """An entry, on its way to the disk."""
        self._log.write(who, what, about, purpose, **details)

    async def durable(self) -> None:
        """All that was written is durable. Raises Problem if it cannot be."""
        try:
            await self._log.settled()
        except AuditError:
            raise Problem("audit_down")
