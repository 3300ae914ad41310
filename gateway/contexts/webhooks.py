"""The signature and the envelope of what is pushed to a platform."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import structlog

from gateway.contexts.formats.eido import MEDIA_TYPE, to_eido
from gateway.contexts.formats.work_order import JOIN, NO_FORM, Form, work_order
from gateway.core.messages.records import ContextRow
from gateway.core.values.instants import instant
from gateway.views.plain import View

log = structlog.get_logger("push")


def signature(secret: bytes, id_: str, at: int, body: bytes) -> str:
    """The header ``webhook-signature`` of the Standard Webhooks specification, version 1."""
    mac = hmac.new(secret, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


def envelope(
    id_: str, source: str, row: ContextRow, view: View, format_: str = "json", *, form: Form = NO_FORM
) -> dict[str, Any]:
    """A CloudEvents 1.0 event in structured JSON; its data in the format that the platform wants.

    The extension attribute ``misfits`` names the fields of a work order that could not hold what they should.
    """
    kind, data, more = "application/json", view, {}
    if format_ == "eido":
        kind, data = MEDIA_TYPE, to_eido(view)
    elif format_ == "work_order":
        data, misfits = work_order(view, form)
        if misfits:
            more["misfits"] = JOIN.join(misfit.field for misfit in misfits)
            log.warning("push_misfits", delivery=id_, fields=[misfit.field for misfit in misfits])
    return {
        "specversion": "1.0", "id": id_, "source": source, "type": "onekey.context.changed", "subject": row.id,
        "time": instant(row.at), "datacontenttype": kind, **more, "data": data,
    }  # fmt: skip
