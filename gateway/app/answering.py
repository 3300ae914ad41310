"""Services and readiness, put together from the parts of a gateway: all that may be asked of it."""

from __future__ import annotations

import re
import time

from gateway.api.access import admin
from gateway.api.asked import Services
from gateway.api.connections import Door
from gateway.api.feed_records import publish
from gateway.app.parts import Parts
from gateway.contexts.export_job import ContextExports
from gateway.contexts.service import Contexts
from gateway.core.messages.records import ContextRow
from gateway.observability import neglect
from gateway.security.principal import Principal
from gateway.services.action_urls import ActionUrls
from gateway.services.auditing import Auditing
from gateway.services.callbacks import Callbacks
from gateway.services.idempotency import IdempotencyKeys, Nonces
from gateway.services.known_seats import KnownSeats
from gateway.services.live import Live
from gateway.services.readiness import Readiness, of_clocks, of_forecasts, of_rules
from gateway.services.seats import Seats
from gateway.services.store_problems import store_errors_as_problems
from gateway.services.transfers import Transfers
from gateway.store import OnceRow


async def _maker(parts: Parts, id_: str) -> Principal | None:
    """Principal whose token has made something: that of the configuration, or one of the store."""
    configured = admin(parts.config.api_token)
    return configured if id_ == configured.id else await parts.tokens.maker(id_)


async def newest(parts: Parts, id_: str) -> ContextRow | None:
    """The stored version of a record; None where there is none. Raises Problem where the store cannot say."""
    with store_errors_as_problems():
        return await parts.store.context(id_)


def services(parts: Parts, once: list[OnceRow], door: Door) -> Services:
    """The services over a gateway's parts, for whoever asks."""
    config, engine, world, store = parts.config, parts.engine, parts.engine.core.world, parts.store
    known = KnownSeats(world, {board.id: board.seats for board in config.switchboards})
    keys = IdempotencyKeys(once, store.write, config.idempotency_keys_max)
    transfers = Transfers(
        world, store, submit=engine.submit, clock=parts.clock.now, seats=known, keys=keys, durability=parts.durability
    )
    seats = Seats(world, engine.ask, parts.clock.now, known)
    parts.nonces = Nonces(once, store.write)
    limit, numbers = config.callbacks_per_minute_max, re.compile(config.callback_numbers)
    told = (
        engine.submit,
        engine.write_down,
        lambda record: publish(parts.feed, record, parts.sees_place),
        parts.sees_confidential,
    )
    return Services(
        action_urls=ActionUrls(
            world,
            transfers,
            seats=seats,
            known=known,
            nonces=parts.nonces,
            key=config.signing_key,
            maker=lambda id_: _maker(parts, id_),
            clock=parts.clock.now,
        ),
        audit=Auditing(parts.audit),
        callbacks=Callbacks(
            world,
            store,
            submit=engine.submit,
            written=engine.write_down,
            per_minute_max=limit,
            numbers=numbers,
            clock=parts.clock.now,
            monotonic=time.monotonic,
            seats=known,
        ),
        contexts=Contexts(
            world,
            store,
            *told,
            clock=parts.clock.now,
            at_home=parts.peers.edit,
            outbox=parts.outbox,
            limits=config.door,
        ),
        deliveries=parts.outbox,
        durability=parts.durability,
        exports=ContextExports(parts.exports, parts.durability, parts.sees_confidential, config.zone),
        feed=parts.feed,
        form=parts.form,
        live=Live(world, parts.links, parts.forecasts.now, parts.clock.now),
        metrics=lambda persons: parts.metrics.text(store.health(), parts.clock.now(), persons=persons),
        peers=parts.peers,
        readiness=_readiness(parts, door),
        reports=parts.reports,
        rules=parts.rules,
        seats=seats,
        tokens=parts.tokens,
        transfers=transfers,
        heartbeat_s=config.heartbeat_s,
        public_url=config.api_public_url,
        zone=config.zone,
    )


def _readiness(parts: Parts, door: Door) -> Readiness:
    aside = (
        lambda: of_clocks(parts.clock, parts.stamps),
        lambda: neglect.problems(parts.engine.core.world, parts.clock.now()),
        parts.outbox.problems,
        parts.peers.problems,
        door.problems,
        lambda: of_rules(parts.rules, parts.config.rules),
        lambda: of_forecasts(parts.forecasts),
        parts.form.problems,
    )
    return Readiness(
        parts.links, parts.store, parts.audit, audit_folder=parts.config.audit, engine=parts.engine, aside=aside
    )
