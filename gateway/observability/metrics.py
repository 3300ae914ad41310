"""Metrics for Prometheus: base units, ``_total`` for what only grows, and labels whose values a site's configuration bounds.

No label names a person: a seat is one only where ``metrics_by_seat`` says so.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.core.messages.records import AnyRecord, GapRow, QueueRow, TransferRow
from gateway.core.model.world import World
from gateway.core.queries.capacity import NO_FORECASTS, Forecast, capacities
from gateway.core.turn.unattended import forwarding, unattended
from gateway.core.values.ids import PressId
from gateway.observability.same_caller import calls_by_number
from gateway.rules.reload import RulesInForce
from gateway.store import StoreHealth

RING_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""A machine rings: tens of milliseconds are good, more than a second is a fault."""
ANSWER_S = (1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0)
WAIT_S = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""People answer; 10, 15, 20, 30 and 60 s are the thresholds of the reports."""


class Counts(Protocol):
    """Counts of the engine."""

    turns: int
    faults: int

    @property
    def counts(self) -> Mapping[str, int]:
        """Records by kind."""
        ...


class Metrics:
    """The registry of one gateway. ``observe`` takes every record; the rest is read when it is asked for.

    ``platforms`` tells of each platform what keeps it from taking what is pushed (None: nothing), and how much waits for it."""

    def __init__(
        self,
        world: World,
        engine: Counts,
        rules: RulesInForce,
        platforms: Callable[[], Mapping[str, tuple[object | None, int]]],
        forecasts: Mapping[str, Forecast] = NO_FORECASTS,
        *,
        by_seat: bool = False,
    ) -> None:
        self._registry = registry = CollectorRegistry()
        names = ["home", "target"]
        self._ring = Histogram(
            "onekey_press_to_ring_seconds", "From a press to ringing", names, buckets=RING_S, registry=registry
        )
        self._answer = Histogram(
            "onekey_press_to_answer_seconds",
            "From a press to the target's answer",
            names,
            buckets=ANSWER_S,
            registry=registry,
        )
        self._wait = Histogram(
            "onekey_queue_wait_seconds", "Waits in a queue by their end", ["switchboard", "queue", "how"], buckets=WAIT_S,
            registry=registry,
        )  # fmt: skip
        self._transfers = Counter(
            "onekey_transfers", "Transfers that have ended", ["home", "target", "outcome"], registry=registry
        )
        self._gaps = Counter(
            "onekey_gap_seconds", "Time in which a switchboard was not seen", ["switchboard"], registry=registry
        )
        self._seen: dict[PressId, tuple[bool, bool]] = {}
        self._now = _Now(world, engine, rules, platforms, forecasts, by_seat=by_seat)
        registry.register(self._now)

    def also(self, collector: Collector) -> None:
        """Expose what another part counts."""
        self._registry.register(collector)

    def observe(self, record: AnyRecord) -> None:
        """Count one record. Of a transfer, which is written at every change, each instant once."""
        match record:
            case QueueRow() if record.left_at:
                self._wait.labels(record.switchboard, record.queue, record.how).observe(
                    record.left_at - record.joined_at
                )
            case GapRow():
                self._gaps.labels(record.switchboard).inc(max(0.0, record.until - record.since))
            case TransferRow():
                self._transfer(record)
            case _:
                pass

    def _transfer(self, row: TransferRow) -> None:
        target = row.ladder[0].target if row.ladder else row.target
        rang, answered = self._seen.get(row.id, (False, False))
        if row.ringing_at and not rang:
            self._ring.labels(row.home, target).observe(max(0.0, row.ringing_at - row.pressed_at))
        if row.answered_at and not answered:
            self._answer.labels(row.home, target).observe(max(0.0, row.answered_at - row.pressed_at))
        if row.ended_at:
            self._transfers.labels(row.home, target, row.outcome or "failed").inc()
            self._seen.pop(row.id, None)
        else:
            self._seen[row.id] = (rang or bool(row.ringing_at), answered or bool(row.answered_at))

    def text(self, health: StoreHealth, at: float, *, persons: bool = True) -> str:
        """The text format; without ``persons`` no series is about one."""
        self._now.at, self._now.health, self._now.persons = at, health, persons
        return generate_latest(self._registry).decode()


class _Now(Collector):
    """Metrics of the moment of asking."""

    def __init__(
        self,
        world: World,
        engine: Counts,
        rules: RulesInForce,
        platforms: Callable[[], Mapping[str, tuple[object | None, int]]],
        forecasts: Mapping[str, Forecast],
        by_seat: bool,
    ) -> None:
        self.at, self.persons = 0.0, True
        self.health = StoreHealth(ok=True, backlog=0, lost=0)
        self._world, self._engine, self._rules = world, engine, rules
        self._platforms, self._forecasts, self._by_seat = platforms, forecasts, by_seat

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked of the world when it is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Engine, store, links, seats and queues."""
        engine, health = self._engine, self.health
        yield CounterMetricFamily("onekey_turns", "Events taken by the core", engine.turns)
        yield CounterMetricFamily("onekey_turn_faults", "Events that the core could not take", engine.faults)
        records = CounterMetricFamily("onekey_records", "Records written, by kind", labels=["kind"])
        for kind, count in engine.counts.items():
            records.add_metric([kind], count)
        yield records
        yield GaugeMetricFamily("onekey_store_up", "Whether the store takes records, in good time", health.ok)
        yield GaugeMetricFamily("onekey_store_backlog", "Records that are not in the store yet", health.backlog)
        yield GaugeMetricFamily(
            "onekey_store_in_memory", "Of these, those that are in no file either", health.in_memory
        )
        yield CounterMetricFamily("onekey_store_lost", "Records that the backlog had to refuse", health.lost)
        most = max(calls_by_number(self._world.calls.values()).values(), default=0)
        yield GaugeMetricFamily("onekey_calls_of_one_number_max", "Live calls of the number that has most", most)
        yield from self._of_plans()
        yield from self._of_neglect()
        yield from self._of_push()
        yield from self._of_rules()
        yield from self._switchboards()
        yield from self._heard()
        if self._by_seat and self.persons:
            seats = GaugeMetricFamily(
                "onekey_seat_state", "1 for the state of a seat", labels=["switchboard", "seat", "state"]
            )
            for (switchboard, seat), status in self._world.seats.items():
                seats.add_metric([switchboard, seat, status.state.value], 1)
            yield seats

    def _of_plans(self) -> Iterator[Metric]:
        stale = CounterMetricFamily(
            "onekey_plan_stale", "Presses of which something else rang than should have", labels=["switchboard"]
        )
        changed = CounterMetricFamily(
            "onekey_plan_changed",
            "Globals of plans that were found other than written, and mended",
            labels=["switchboard"],
        )
        bad = CounterMetricFamily(
            "onekey_plan_bad", "Plans that were none, or named nobody who is dialled", labels=["switchboard", "place"]
        )
        writes = CounterMetricFamily(
            "onekey_plan_writes", "Variables set for plans, one message of AMI each", labels=["switchboard"]
        )
        for id_ in self._world.boards:
            stale.add_metric([id_], self._world.plans_stale[id_])
            writes.add_metric([id_], self._world.plan_writes[id_])
            changed.add_metric([id_], self._world.plans_changed[id_])
            for place in ("call", "global"):
                bad.add_metric([id_, place], self._world.plans_bad[id_, place])
        yield from (stale, bad, writes, changed)

    def _of_neglect(self) -> Iterator[Metric]:
        forwards = GaugeMetricFamily(
            "onekey_seats_forwarding", "Seats paused because their phone forwards calls", labels=["switchboard"]
        )
        alone = GaugeMetricFamily(
            "onekey_callers_unattended", "Callers who wait while no seat is there for calls", labels=["switchboard"]
        )
        found = collections.Counter(switchboard for switchboard, _ in forwarding(self._world))
        waiting = {id_: count for id_, count, _ in unattended(self._world, self.at)}
        for id_ in self._world.boards:
            forwards.add_metric([id_], found[id_])
            alone.add_metric([id_], waiting.get(id_, 0))
        yield from (forwards, alone)

    def _of_push(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("onekey_push_up", "Whether a platform takes what is pushed to it", labels=["to"])
        waiting = GaugeMetricFamily(
            "onekey_push_waiting", "Deliveries that a platform has not taken yet", labels=["to"]
        )
        for to, (down, count) in self._platforms().items():
            up.add_metric([to], down is None)
            waiting.add_metric([to], count)
        yield from (up, waiting)

    def _of_rules(self) -> Iterator[Metric]:
        rules = self._rules
        yield GaugeMetricFamily("onekey_rules_ok", "Whether the rules file is in force as it is", rules.trouble is None)
        loaded = "When the rules in force were loaded"
        yield GaugeMetricFamily("onekey_rules_loaded_timestamp_seconds", loaded, rules.now.at)
        loads = CounterMetricFamily("onekey_rules_reloads", "Tries to load the rules again", labels=["result"])
        for result, count in rules.results.items():
            loads.add_metric([result], count)
        yield loads

    def _switchboards(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("onekey_link_up", "Whether a switchboard is attached", labels=["switchboard"])
        ready = GaugeMetricFamily("onekey_seats_ready", "Seats that can take a call", labels=["switchboard"])
        seats = GaugeMetricFamily("onekey_seats", "Seats by state", labels=["switchboard", "state"])
        waiting = GaugeMetricFamily("onekey_callers_waiting", "Callers in a queue", labels=["switchboard"])
        longest = GaugeMetricFamily("onekey_longest_wait_seconds", "The longest wait now", labels=["switchboard"])
        expected = GaugeMetricFamily("onekey_expected_wait_seconds", "Mean wait by Erlang C", labels=["switchboard"])
        short = GaugeMetricFamily(
            "onekey_seats_short", "Seats missing in the next hour for 95 % in 15 s", labels=["switchboard"]
        )
        drift = CounterMetricFamily(
            "onekey_seat_drift", "Seats that a check found to contradict Asterisk", labels=["switchboard"]
        )
        for id_, now in capacities(self._world, self.at, self._forecasts).items():
            up.add_metric([id_], self._world.boards[id_].connected)  # type: ignore[index]
            drift.add_metric([id_], self._world.boards[id_].drift)  # type: ignore[index]
            for state in ("ready", "ringing", "on_call", "wrap_up", "paused"):
                _add(seats, [id_, state], getattr(now, state))
            _add(ready, [id_], now.ready)
            _add(waiting, [id_], now.waiting)
            _add(longest, [id_], 0.0 if now.waiting == 0 else now.longest_wait_s)
            _add(expected, [id_], now.expected_wait_s)
            _add(short, [id_], now.short)
        yield from (up, drift, ready, seats, waiting, longest, expected, short)

    def _heard(self) -> Iterator[Metric]:
        """Parties that were sent no sound, and parties that were healed."""
        silent = CounterMetricFamily(
            "onekey_silent_parties", "Parties of a call of three who were sent no sound", labels=["switchboard"]
        )
        healed = CounterMetricFamily(
            "onekey_healed_parties", "Of these, those who were sent sound again", labels=["switchboard"]
        )
        for id_, board in self._world.boards.items():
            silent.add_metric([id_], board.silent_parties)
            healed.add_metric([id_], board.healed_parties)
        yield from (silent, healed)


def _add(family: GaugeMetricFamily, labels: list[str], value: float | None) -> None:
    """Add a sample; one that is not known is left out: a gauge cannot say so otherwise (law 7)."""
    if value is not None:
        family.add_metric(labels, value)
