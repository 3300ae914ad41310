"""Metrics for Prometheus of the API's door and of the live feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class DoorCounts(Protocol):
    """Counts of a door."""

    connections_max: int
    displaced: int
    malformed: int

    @property
    def refused(self) -> Mapping[str, int]:
        """Connections that were not let in, by why."""
        ...

    @property
    def timed_out(self) -> Mapping[str, int]:
        """The kind of answer that was late."""
        ...

    @property
    def phases(self) -> Mapping[str, int]:
        """Connections by where they stand."""
        ...


class FeedCounts(Protocol):
    """Counts of the feed."""

    dropped: int
    refused: int

    def __len__(self) -> int:
        """Readers."""
        ...


class DoorMetrics(Collector):
    """Connections, and what became of those that were not wanted. No label is an address: it may be a person's."""

    def __init__(self, door: DoorCounts, feed: FeedCounts, denied: Mapping[str, int]) -> None:
        self._door, self._feed, self._denied = door, feed, denied

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked when it is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Metrics as they are at the moment of asking."""
        door, feed = self._door, self._feed
        connections = GaugeMetricFamily("onekey_api_connections", "Connections to the API", labels=["phase"])
        for phase, count in door.phases.items():
            connections.add_metric([phase], count)
        yield connections
        yield GaugeMetricFamily("onekey_api_connections_max", "Connections that are let in", door.connections_max)
        refused = CounterMetricFamily("onekey_api_refused", "Connections that were not let in", labels=["why"])
        for why, count in door.refused.items():
            refused.add_metric([why], count)
        yield refused
        yield CounterMetricFamily("onekey_api_displaced", "Connections that gave way to newer ones", door.displaced)
        late = CounterMetricFamily(
            "onekey_api_timed_out", "Requests and answers cut off, by what was late", labels=["what"]
        )
        for what, count in door.timed_out.items():
            late.add_metric([what], count)
        yield late
        yield CounterMetricFamily("onekey_api_malformed", "Requests that were no HTTP", door.malformed)
        denied = CounterMetricFamily("onekey_api_denied", "Requests turned away for want of a right", labels=["why"])
        for why, count in self._denied.items():
            denied.add_metric([why], count)
        yield denied
        yield GaugeMetricFamily("onekey_feed_readers", "Readers of the live feed", len(feed))
        yield CounterMetricFamily("onekey_feed_dropped", "Readers that were too slow", feed.dropped)
        yield CounterMetricFamily("onekey_feed_refused", "Readers that were too many", feed.refused)
