"""The work-order form in force (``work_order_form`` reads it): read at the start, and again when its file changes or somebody asks; all or nothing, as the rules."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import structlog

from gateway.contexts import texts
from gateway.contexts.formats import work_order_form as form
from gateway.contexts.formats.work_order import Form
from gateway.rules.problems import RulesError
from gateway.rules.watched_file import changes, signature

log = structlog.get_logger("work_order")


class FormInForce:
    """The form of the file at ``path``. ``trouble`` is what is wrong in the file while an older form stands; else None."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble: RulesError | None = None
        self._looked_at = signature(path)
        self.now: Form = form.load(path)

    async def reload(self) -> bool:
        """Read the file again; whether it is in force. Never raises for what is in the file."""
        try:
            now = await asyncio.to_thread(form.load, self.path)
        except RulesError as error:
            self.trouble = error
            log.error("work_order_form_broken", path=str(self.path), problems=error.first(), count=len(error.problems))
            return False
        self.trouble = None
        if now != self.now:
            self.now = now
            log.info("work_order_form_loaded", path=str(self.path), fields=len(now.fields))
        return True

    def problems(self) -> list[dict[str, Any]]:
        """Errors of the file while an older form stands, as ``/readyz`` lists it."""
        if self.trouble is None:
            return []
        what = texts.WORK_ORDER_FORM_IS_BROKEN
        return [{"what": what, "where": str(self.path), "remedy": "onekey work-order check"}]

    async def watch(self, every_s: float) -> None:
        """Load the file whenever it has changed, until it is cancelled."""
        async for _ in changes(self.path, self._looked_at, every_s):
            await self.reload()
