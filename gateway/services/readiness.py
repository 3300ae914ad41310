"""Readiness: whether transfers work now, and everything that somebody should look at, each with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.ami import Link
from gateway.core.values.bilingual import both
from gateway.engine import Engine
from gateway.guards.steady_clock import StampClock, SteadyClock
from gateway.rules.reload import RulesInForce
from gateway.security.audit import AuditLog
from gateway.services import texts
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
        """Readiness for transfers, and each problem as what, where, remedy."""
        problems = [*self._of_links(), *self._of_store(), *self._of_audit(), *self._of_engine()]
        return not problems, problems + [problem for look in self._aside for problem in look()]

    def _of_links(self) -> Problems:
        problems = []
        for id_, link in self._links.items():
            if link.problem is not None or not link.connected:
                text = link.problem.text("zh") if link.problem is not None else texts.CONNECTING
                remedy = both(*link.problem.remedy) if link.problem is not None else ""
                problems.append({"what": text, "where": f"switchboard {id_}", "remedy": remedy})
        return problems

    def _of_store(self) -> Problems:
        health = self._store.health()
        if health.ok and not health.lost:
            return []
        counts = texts.BACKLOG_RECORDS_WAIT(backlog=health.backlog, lost=health.lost)
        what = texts.PROBLEM_AND_COUNTS(problem=health.problem or texts.STORE_WAS_DOWN, counts=counts)
        remedy = texts.CALLS_GO_ON
        if health.ok:
            remedy = texts.SEE_RECORDS_LOST_IN_THE_LOG
        return [{"what": what, "where": "store", "remedy": remedy}]

    def _of_audit(self) -> Problems:
        if not self._audit.problem:
            return []
        what = texts.AUDIT_LOG_CANNOT_BE_WRITTEN(problem=self._audit.problem)
        return [{"what": what, "where": str(self._audit_folder), "remedy": texts.CHECK_DISK_AND_RIGHTS}]

    def _of_engine(self) -> Problems:
        if not self._engine.faults:
            return []
        what = texts.COUNT_OF_FAILED_EVENTS(faults=self._engine.faults)
        remedy = texts.SEE_TURN_FAILED_AND_NOT_WRITTEN
        return [{"what": what, "where": "engine", "remedy": remedy}]


def of_clocks(clock: SteadyClock, stamps: Mapping[str, StampClock]) -> Problems:
    """Clocks that have jumped: transfers work, and time goes on as it did."""
    found = []
    if clock.off_s:
        what = texts.CLOCK_HAS_JUMPED(off_s=f"{clock.off_s:+.0f}")
        found.append({"what": what, "where": "clock", "remedy": texts.SET_THE_CLOCK})
    for id_, stamp in stamps.items():
        if stamp.off_s:
            what = texts.CLOCK_OF_A_SWITCHBOARD_IS_OFF(off_s=f"{stamp.off_s:+.0f}")
            found.append({"what": what, "where": f"switchboard {id_}", "remedy": texts.SET_THE_CLOCK})
    for jump in clock.jumps[-1:]:
        what = texts.CLOCK_WAS_BELIEVED(by_s=f"{jump.by_s:+.0f}")
        found.append({"what": what, "where": "clock", "remedy": texts.LOOK_FOR_RECORDS_AHEAD})
    return found


def of_rules(rules: RulesInForce, path: Path) -> Problems:
    """A broken rules file is shown, and no reason to take the gateway out of service: transfers work by the rules before."""
    if rules.trouble is None:
        return []
    version = rules.now.version
    what = texts.RULES_FILE_IS_BROKEN(version=version)
    remedy = texts.THEN_MEND_AND_SAVE
    return [{"what": what, "where": str(path), "remedy": remedy}]


def of_forecasts(forecasts: Forecasts) -> Problems:
    """Why there is no forecast."""
    if not forecasts.trouble:
        return []
    what = texts.NO_FORECAST(trouble=forecasts.trouble)
    return [{"what": what, "where": "reports", "remedy": forecasts.remedy}]
