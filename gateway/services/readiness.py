"""Readiness: whether transfers work now, and everything that somebody should look at, each with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.ami import Link
from gateway.engine import Engine
from gateway.rules.reload import RulesInForce
from gateway.security.audit import AuditLog
from gateway.services.forecast import Forecasts
from gateway.store import Store

Problems = list[dict[str, Any]]


class Readiness:
    """Obstacles to transfers, of the links, the store, the audit log and the engine; and ``aside`` what does not."""

    def __init__(
        self,
        links: Mapping[str, Link],
        store: Store,
        audit: AuditLog,
        audit_folder: Path,
        engine: Engine,
        aside: Iterable[Callable[[], Problems]],
    ) -> None:
        self._links, self._store, self._engine = links, store, engine
        self._audit, self._audit_folder, self._aside = audit, audit_folder, tuple(aside)

    def now(self) -> tuple[bool, Problems]:
        """Whether transfers work, and each problem as what, where, remedy."""
        problems = [*self._of_links(), *self._of_store(), *self._of_audit(), *self._of_engine()]
        return not problems, problems + [problem for look in self._aside for problem in look()]

    def _of_links(self) -> Problems:
        problems = []
        for id_, link in self._links.items():
            if link.problem is not None or not link.connected:
                text = link.problem.text("zh") if link.problem is not None else "正在连接 / connecting"
                remedy = link.problem.remedy_en if link.problem is not None else ""
                problems.append({"what": text, "where": f"switchboard {id_}", "remedy": remedy})
        return problems

    def _of_store(self) -> Problems:
        health = self._store.health()
        if health.ok and not health.lost:
            return []
        counts = (
            f"{health.backlog} 条等待，{health.lost} 条丢失 / {health.backlog} records wait, {health.lost} are lost"
        )
        what = f"{health.problem or '数据库曾写不进 / the store was down'}；{counts}"
        remedy = "通话照常；恢复后自动补写 / calls go on; what waits is written when it is well again"
        if health.ok:
            remedy = "见日志 records_lost，重启后消失 / see records_lost in the log; gone after a restart"
        return [{"what": what, "where": "store", "remedy": remedy}]

    def _of_audit(self) -> Problems:
        if not self._audit.problem:
            return []
        what = f"审计日志写不进：{self._audit.problem} / the audit log cannot be written: {self._audit.problem}"
        return [{"what": what, "where": str(self._audit_folder), "remedy": "检查磁盘和权限 / check disk and rights"}]

    def _of_engine(self) -> Problems:
        if not self._engine.faults:
            return []
        what = f"{self._engine.faults} 个事件处理失败 / events failed"
        remedy = "见日志 turn_failed、not_written / see turn_failed and not_written in the log"
        return [{"what": what, "where": "engine", "remedy": remedy}]


def of_rules(rules: RulesInForce, path: Path) -> Problems:
    """A broken rules file is shown, and no reason to take the gateway out of service: transfers work by the rules before."""
    if rules.trouble is None:
        return []
    version = rules.now.version
    what = f"规则文件有误，仍用版本 {version} / the rules file is broken, version {version} stays in force"
    remedy = "onekey rules check，改好后保存即生效 / then mend and save it"
    return [{"what": what, "where": str(path), "remedy": remedy}]


def of_forecasts(forecasts: Forecasts) -> Problems:
    """Why there is no forecast."""
    if not forecasts.trouble:
        return []
    what = f"做不出预测 / no forecast: {forecasts.trouble}"
    return [{"what": what, "where": "reports", "remedy": forecasts.remedy}]
