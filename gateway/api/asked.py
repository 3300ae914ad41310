"""The services that the routes ask, wired by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.api.feed import Feed
from gateway.contexts.export_job import ContextExports
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.contexts.outbox import Outbox
from gateway.contexts.peers import Peers
from gateway.contexts.service import Contexts
from gateway.guards.instants import ZONE
from gateway.rules.reload import RulesInForce
from gateway.security.tokens import Tokens
from gateway.services.action_urls import ActionUrls
from gateway.services.auditing import Auditing
from gateway.services.callbacks import Callbacks
from gateway.services.durability import Durability
from gateway.services.live import Live
from gateway.services.readiness import Readiness
from gateway.services.reports import Reports
from gateway.services.seats import Seats
from gateway.services.transfers import Transfers


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Each resource's own; whatever they raise as ``Problem`` the asker is told."""

    action_urls: ActionUrls
    audit: Auditing
    callbacks: Callbacks
    contexts: Contexts
    deliveries: Outbox
    durability: Durability
    exports: ContextExports
    feed: Feed
    form: FormInForce
    live: Live
    metrics: Callable[[bool], str]
    """Text that Prometheus reads; the flag asks also for what is about a person."""
    peers: Peers
    readiness: Readiness
    reports: Reports
    rules: RulesInForce
    seats: Seats
    tokens: Tokens
    transfers: Transfers
    heartbeat_s: float = 15.0
    """Longest time for which the live feed may be silent: proxies cut a connection that is."""
    zone: str = ZONE
    """Zone of instants that name none: the site's."""
    public_url: str = ""
    """Where phones reach the API; empty: where the server listens."""
