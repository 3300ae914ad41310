"""What is kept how long, by class, and what is removed when its time is over. A dry run says it first.

Classes of contexts: ``contexts`` are those of ended calls; those that carry a case number are the processing record of an order
and are kept as ``orders``. A context goes with its versions. Whole months of the audit log go as ``audit``.
"""

from __future__ import annotations

from gateway import audit as audits
from gateway.audit import AuditLog
from gateway.config import Config
from gateway.core.commands import ContextRow
from gateway.store import Store
from gateway.store.search import ContextSearch

PAGE = 500
DAY_S = 86400.0


async def apply(config: Config, store: Store, audit: AuditLog, who: str, at: float, dry_run: bool) -> list[str]:
    """Remove what is past its time at the instant ``at``. Returns a line for each class."""
    days = {"contexts": config.contexts_keep_days, "orders": config.orders_keep_days}
    gone = dict.fromkeys(days, 0)
    cursor = ""
    oldest = at - min(days.values()) * DAY_S
    while True:
        rows, cursor = await store.contexts(ContextSearch(until=oldest), PAGE, cursor)
        for row in rows:
            kind = class_of(row)
            if row.ended_at and row.ended_at < at - days[kind] * DAY_S:
                gone[kind] += 1
                if not dry_run:
                    await store.remove_context(row.id)
        if not cursor:
            break
    months = audits.prune(config.audit, config.signing_keys, config.audit_keep_days, at, dry_run=dry_run)
    if not dry_run:
        audit.write(who, "retention_applied", "", "", **{kind: str(count) for kind, count in gone.items()})
    would = "将删除 would go" if dry_run else "已删除 gone"
    lines = [
        f"{kind}: {would} {count}（保留 {days[kind]} 天 / kept {days[kind]} days）" for kind, count in gone.items()
    ]
    kept = config.audit_keep_days
    return [*lines, f"audit: {would} {len(months)} 个月 months（保留 {kept} 天 / kept {kept} days）"]


def class_of(row: ContextRow) -> str:
    """``orders`` where a work order or police order came of it, else ``contexts``."""
    return "orders" if row.said.cases else "contexts"
