"""Limits of what strangers may take of a gateway before anybody knows who they are, and holders of a token beyond that: each bound, its default and its reason.

A length of one field (a name, a summary, a code) is none of these: it belongs to the format, stands in ``openapi.yaml`` and is the same at
every site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from gateway.guards.strangers_json import DEPTH_MAX, DIGITS_MAX, VALUES_MAX, Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """Bounds of connections, requests, readers, exports, imports and other platforms. Spans in seconds, sizes in bytes. Each stands in
    ``[limits]`` under its name, ``trusted_proxies`` in ``[api]``."""

    connections_max: int = 1000
    """Connections in all: consoles, phones, platforms and a proxy's of a large site. Each takes a descriptor and up to 100 KB."""
    connections_per_address_max: int = 200
    """From one address that is no trusted proxy: a floor of seats behind one router."""
    head_s: float = 10.0
    """Longest time that a request's head may take, from the connection or its first byte on: a phone on a bad line needs one."""
    body_s: float = 10.0
    """Longest time that a request's body may take: it has 64 KB at most."""
    keepalive_s: float = 75.0
    """Longest time for which a connection may be idle: longer than a reverse proxy keeps one, so that it is the proxy that closes it."""
    answer_s: float = 30.0
    """Longest time that a reader may take nothing of an answer, or of a piece of an export, before it is cut off."""
    linger_s: float = 2.0
    """Time for which the rest of a refused request is read, so that its sender gets to see why."""
    feed_readers_max: int = 300
    """Readers of the live feed in all: one for each console of a large site's shift. An event costs a microsecond for each."""
    feed_readers_per_token_max: int = 20
    """Readers by one token: the windows of a person, or the servers of a platform."""
    report_steps_max: int = 20_000
    """Steps of a report: a month in steps of 5 min has 8,928; more is a slip of the pen, or no slip."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses of reverse proxies, which bring everybody: no cap of one address holds for them. Ours stands on this machine unless it is
    said otherwise."""

    head_bytes_max: int = 32 * 1024
    """Bytes of a request's head in all; a line has 8 KB at most. Ours have 1 KB, and a proxy adds as much."""
    head_lines_max: int = 64
    """Headers of a request: ours have ten, a proxy adds a dozen."""
    body_bytes_max: int = 64 * 1024
    """Bytes of a request's body, unpacked, and of a message that is pushed to us: a record whose texts are bounded."""
    json_depth_max: int = DEPTH_MAX
    json_values_max: int = VALUES_MAX
    json_digits_max: int = DIGITS_MAX
    problems_max: int = 20
    """Fields of one request that are told to be wrong, and how many more than it has fields a request may bring at all: a form has no more to mend,
    and whoever invents thousands shall not have as many answered."""
    rows_max: int = 500
    """Rows in one answer; more are asked for with ``before`` or ``cursor``."""
    related_max: int = 50
    """Matters that a trace shows for one case number: nobody reads more."""
    trace_transfers_max: int = 500
    """Transfers of one matter that a trace shows: more than any call has."""

    feed_kept_max: int = 2000
    """Events kept for ``Last-Event-ID``: some minutes of a large site, 1 MB."""
    feed_behind_max: int = 500
    """Events that a reader may be behind before it is dropped: it can come back with ``Last-Event-ID``."""
    feed_writes_per_s_max: int = 5000
    """To all readers together: each takes 20 µs of the loop, however much is written."""

    report_s: float = 60.0
    """Longest time that a report may take; the largest month takes less than a tenth of it."""
    export_s: float = 900.0
    """Longest time that an export may take: two million contexts take 580 s of a core as XLSX, the slowest."""
    export_rows_max: int = 5_000_000
    """Contexts in one export: half a year of the largest site, 3 GB as CSV. A year is two exports, or ``onekey export``."""
    exports_sent_max: int = 8
    """Exports that are being fetched at once: each holds a descriptor and its place on the disk."""
    denied_s: float = 60.0
    """Between two lines of the log about one address that is turned away: who tries thousands of tokens fills no disk."""
    denied_addresses_max: int = 1000
    """Addresses of which it is remembered when they were last told; behind a proxy there is one."""
    action_url_s_max: int = 86400
    """Longest time for which a desk phone's URL may be worth a press: a day, as phones are set up once in a shift."""
    nonces_max: int = 100_000
    """Used nonces of action URLs that are read at a start: each was made by somebody who holds the token."""

    import_bytes_max: int = 1024 * 1024
    """Bytes of a file with one record (``onekey eido import``, ``work-order import``): sixteen times what the API takes."""
    catalogue_bytes_max: int = 20_000_000
    """Bytes of a scope catalogue (``onekey rules catalogue``): ten times that of a province."""
    catalogue_unpacked_bytes_max: int = 200_000_000
    """The same unpacked, where it is a spreadsheet (XLSX), which is a packed file: a thousandth of it may unpack to all of it."""
    catalogue_rows_max: int = 50_000
    """Its rows: ten times those of a province."""
    logs_bytes_max: int = 4_000_000_000
    """Bytes of one file of logs (``onekey import``): ten years of a large site as CSV."""

    platform_ask_s: float = 3.0
    """Longest time that another platform may take to give a record: then it is asked again."""
    platform_send_s: float = 10.0
    """Longest time that another platform may take to take one."""
    platform_head_bytes_max: int = 32 * 1024
    """Bytes before the body of its answer: a status, some headers."""
    platform_interim_max: int = 8
    """Its interim answers (1xx) before the one that is meant: one ``100 Continue`` is usual, and was not asked for."""
    platform_answer_bytes_max: int = 256 * 1024
    """Bytes of one record: its texts are bounded, and this is four times what they take."""
    platform_at_once_max: int = 64
    """Requests to platforms under way; those beyond wait, and their time runs."""
    platform_memory_bytes_max: int = 256 * 1024 * 1024
    """Memory of the process that speaks with platforms. 64 requests with what each may bring take 20 MB; this is for what nobody has thought of."""
    record_items_max: int = 200
    """Seats, queues and transfers of one matter that another platform shows: more than any call has."""
    record_follow_s: float = 600.0
    """Time after the arrival has gone for which a record is still asked for, unless its call has ended."""
    clock_ahead_s: float = 86400.0
    """Seconds that an instant of another platform may lie ahead of our clock: a clock that is wrong by more than a day is no clock."""
    webhook_tolerance_s: float = 300.0
    """Seconds of age that a pushed message may have: the Standard Webhooks specification recommends five minutes."""
    push_tries_max: int = 14
    """Tries of one delivery: with pauses that double to ten minutes they are an hour and a quarter."""
    push_patience_s: float = 3600.0
    """Longest wait for a platform's ``Retry-After``: one that says a week would never hear of the matter."""
    push_at_once_max: int = 8
    """Deliveries under way to one platform."""
    push_memory_max: int = 2000
    """Deliveries to one platform that wait in memory, 10 MB; what comes after waits in the store alone. Half an hour of a large site."""

    @property
    def json(self) -> Bounds:
        """Bounds of JSON that a stranger wrote."""
        return Bounds(self.json_depth_max, self.json_values_max, self.json_digits_max)


LEAST: Mapping[str, int] = {
    "connections_max": 16,
    "connections_per_address_max": 1,
    "feed_readers_max": 1,
    "feed_readers_per_token_max": 1,
    "report_steps_max": 1,
    "head_bytes_max": 8 * 1024,  # a line may have as much
    "head_lines_max": 32,  # a console's behind a proxy
    "body_bytes_max": 16 * 1024,  # a record of Chinese texts takes as much
    "json_depth_max": 10,  # an EIDO has nine
    "json_values_max": 1000,
    "json_digits_max": 20,
    "problems_max": 1,
    "rows_max": 50,  # what is given where nobody says how many
    "related_max": 1,
    "trace_transfers_max": 1,
    "feed_kept_max": 1,
    "feed_behind_max": 16,  # a turn has as many
    "feed_writes_per_s_max": 100,
    "export_rows_max": 1,
    "exports_sent_max": 1,
    "denied_addresses_max": 1,
    "action_url_s_max": 60,
    "nonces_max": 1,
    "import_bytes_max": 1024,
    "catalogue_bytes_max": 1024,
    "catalogue_unpacked_bytes_max": 1024,
    "catalogue_rows_max": 1,
    "logs_bytes_max": 1024,
    "platform_head_bytes_max": 8 * 1024,
    "platform_interim_max": 1,
    "platform_answer_bytes_max": 64 * 1024,  # a record
    "platform_at_once_max": 1,
    "platform_memory_bytes_max": 128 * 1024 * 1024,  # Python and TLS
    "record_items_max": 1,
    "push_tries_max": 1,
    "push_at_once_max": 1,
    "push_memory_max": 1,
}
"""The least that each count and size may be: below it the gateway would turn away what belongs to it."""
SPANS = tuple(field.name for field in fields(DoorLimits) if field.name.endswith("_s"))
"""Those that are spans, each of which is more than nothing."""
DOOR_LIMITS = DoorLimits()
DESCRIPTORS_KEPT = 256
"""Descriptors that no connection gets: for the store and its readers, backlog, audit log, tape, rules, AMI, processes of our own."""
NEAR = 0.8
"""The part of a cap at which whoever watches the gateway is told."""
