"""The right to press one button once, as a part of a URL: for desk phones, which can fetch a URL and know no tokens.

``base64url(payload).base64url(mac)``: the payload is a JSON list, the MAC HMAC-SHA256 (RFC 2104) by the site's signing key over
a label and the payload. The label keeps a token from ever being a signed context id, or the other way round.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass, fields

_LABEL = b"onekey action url 2\0"
_CHARS_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionToken:
    """An action that may be done, by which seat, until when (seconds since 1970). ``nonce`` makes it one button once; ``maker`` is the id of the
    token that made it, without which it is worth nothing."""

    action: str
    switchboard: str
    seat: str
    target: str
    mode: str
    expires_at: int
    nonce: str
    maker: str


def _mac(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, _LABEL + payload, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _data(text: str) -> bytes:
    """Raises ValueError where the text is not exactly what ``_text`` makes."""
    data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(data) != text:
        raise ValueError("another spelling of the same bytes")
    return data


def mint(token: ActionToken, key: bytes) -> str:
    """The part of the URL. ``key`` is the site's signing key, at least 16 bytes."""
    payload = json.dumps(astuple(token), ensure_ascii=False, separators=(",", ":")).encode()
    return f"{_text(payload)}.{_text(_mac(payload, key))}"


def read(text: str, key: bytes) -> ActionToken | None:
    """The action that a token allows, or None if it is not ours, damaged or forged. Never raises; whether its time is over is not asked."""
    if len(text) > _CHARS_MAX:
        return None
    try:
        payload, mac = map(_data, text.split("."))
    except (ValueError, binascii.Error):
        return None
    if not hmac.compare_digest(mac, _mac(payload, key)):
        return None
    names = (field.name for field in fields(ActionToken))
    return ActionToken(**dict(zip(names, json.loads(payload), strict=True)))
