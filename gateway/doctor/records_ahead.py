"""Records of a clock that was wrong: instants that have not come, which hide what happens until they do."""

from __future__ import annotations

import time

from gateway.config.settings import Config
from gateway.doctor import texts
from gateway.doctor.findings import Finding
from gateway.store import StoreError
from gateway.store.sqlite.clock_repair import survey


def records_ahead(config: Config, now: float | None = None) -> list[Finding]:
    """A finding where the database has such records; a database that cannot be read is told by whoever looks after it."""
    if config.store_url:
        return []
    try:
        found = survey(config.store, time.time() if now is None else now)
    except StoreError:
        return []
    if not found:
        return []
    count = sum(one.count for one in found)
    return [Finding("error", texts.RECORDS_AHEAD(count=count), str(config.store), texts.PUT_RECORDS_RIGHT)]
