"""Records for the live feed: told to those whose they are, and kept for readers that come back as they may be told by then."""

from __future__ import annotations

from collections.abc import Callable

from gateway.api.feed import Feed, Said
from gateway.core.messages.records import AnyRecord, ContextRow
from gateway.core.model.belongs import organisations
from gateway.views.contexts import context_view
from gateway.views.records import record_view


def nobody(_organisation: str) -> bool:
    """No organisation."""
    return False


def publish(feed: Feed, record: AnyRecord, sees_place: Callable[[str], bool] = nobody) -> None:
    """Put a record into the feed. A context whose caller wants the number kept conceals it in what was told of that caller before."""

    def say(reader: str) -> Said:
        return (*record_view(record, reader, whole=sees_place(reader)), organisations(record))

    if not isinstance(record, ContextRow):
        feed.publish_said(say)
        return
    if record.said.confidential:
        feed.conceal(record.id)
        feed.publish_said(say)
        return

    def concealed(reader: str) -> Said:
        view = context_view(record, hidden=True, whole=sees_place(reader), reader=reader)
        return "context", view, organisations(record)

    feed.publish_said(say, record.id, concealed)
