"""The parts of a gateway, and what of them is there before a start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.ami import Executor, Link
from gateway.ami.problem import LinkFault
from gateway.api import ApiServer, Feed
from gateway.api.asked import Services
from gateway.config.settings import Config
from gateway.contexts.export_job import Exports
from gateway.contexts.formats.work_order_reload import FormInForce
from gateway.contexts.http_client import Outward
from gateway.contexts.outbox import Outbox
from gateway.contexts.peers import Peers
from gateway.core.messages.events import AnyEvent
from gateway.engine import Engine
from gateway.guards.steady_clock import StampClock, SteadyClock
from gateway.observability.metrics import Metrics
from gateway.observability.tape import Tape
from gateway.rules.reload import RulesInForce
from gateway.security.audit import AuditLog
from gateway.security.tokens import Tokens
from gateway.services.capacity_feed import CapacityFeed
from gateway.services.durability import Durability
from gateway.services.forecast import Forecasts
from gateway.services.idempotency import Nonces
from gateway.services.kept_presses import KeptPresses
from gateway.services.reports import Reports
from gateway.store import Store
from gateway.store.opening import open_store

Submit = Callable[[AnyEvent], None]


class Parts:
    """A gateway's parts, by name. What a start puts up is only declared here: ``wiring.App`` fills it in, in the order of its steps."""

    audit: AuditLog
    tape: Tape | None
    tokens: Tokens
    rules: RulesInForce
    form: FormInForce
    durability: Durability
    reports: Reports
    forecasts: Forecasts
    outbox: Outbox
    engine: Engine
    exports: Exports
    peers: Peers
    metrics: Metrics
    nonces: Nonces
    capacity: CapacityFeed
    services: Services
    api: ApiServer
    kept_presses: KeptPresses

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SteadyClock(settle_s=config.clock_settle_s)
        self.stamps: dict[str, StampClock] = {}
        self.feed = Feed(limits=config.door)
        self.store: Store = open_store(config.store, config.store_url, config.run_dir, gateway=True)
        self.sender = Outward(config.door)
        self.links: dict[str, Link] = {}
        self.link_tasks: list[asyncio.Task[None]] = []
        self.link_died = asyncio.Event()
        """Set when a link has ended that nobody closed: a gateway that sees nothing must end, so that it is begun anew."""
        self.dead_link: LinkFault | None = None
        """Why it ended."""
        self.executors: dict[str, Executor] = {}

    def sees_confidential(self, organisation: str) -> bool:
        """True where the rules show it numbers that callers want kept confidential."""
        return self.rules.now.rules.sees_confidential(organisation)

    def sees_place(self, organisation: str) -> bool:
        """True where the rules show it the whole place of a matter."""
        return self.rules.now.rules.sees_place(organisation)
