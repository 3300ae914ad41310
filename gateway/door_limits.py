"""What strangers may take of a gateway before anybody knows who they are: each bound, its default and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """Bounds of connections, requests and readers. Spans in seconds. Each stands in ``[limits]`` under its name, ``trusted_proxies`` in
    ``[api]``."""

    connections_max: int = 1000
    """Connections in all: consoles, phones, platforms and a proxy's of a large site. Each takes a descriptor and up to 100 KB."""
    connections_per_address_max: int = 200
    """From one address that is no trusted proxy: a floor of seats behind one router."""
    head_s: float = 10.0
    """How long a request's head may take, from the connection or its first byte on: a phone on a bad line needs one."""
    body_s: float = 10.0
    """How long a request's body may take: it has 64 KB at most."""
    keepalive_s: float = 75.0
    """How long a connection may be idle: longer than a reverse proxy keeps one, so that it is the proxy that closes it."""
    answer_s: float = 30.0
    """How long a reader may take nothing of an answer, or of a piece of an export, before it is cut off."""
    feed_readers_max: int = 300
    """Readers of the live feed in all: one for each console of a large site's shift. An event costs a microsecond for each."""
    feed_readers_per_token_max: int = 20
    """Readers by one token: the windows of a person, or the servers of a platform."""
    report_steps_max: int = 20_000
    """Steps of a report: a month in steps of 5 min has 8,928; more is a slip of the pen, or no slip."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Addresses of reverse proxies, which bring everybody: no cap of one address holds for them. Ours stands on this machine unless it is
    said otherwise."""


DOOR_LIMITS = DoorLimits()
HEAD_BYTES_MAX = 32 * 1024
"""Of a request's head in all; a line has 8 KB at most."""
DESCRIPTORS_KEPT = 256
"""Descriptors that no connection gets: for the store and its readers, backlog, audit log, tape, rules, AMI, processes of our own."""
NEAR = 0.8
"""The part of a cap at which whoever watches the gateway is told."""
