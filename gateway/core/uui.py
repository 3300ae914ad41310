"""The context's id on the wire: the value of ``User-to-User`` (RFC 7433), an id and a signature, nothing personal.

Payload ``1.<context id>.<mac>``, hex-encoded as RFC 7433 section 4.1 asks for, with ``;encoding=hex``. The MAC is the first
16 bytes of HMAC-SHA256 (RFC 2104, truncated as its section 5 allows) over ``1.<context id>``.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from gateway.core.terms import ContextId

_ID = re.compile(r"[0-9a-z-]{1,64}")
_VALUE = re.compile(r"([0-9A-Fa-f]{2,400})(?:;encoding=hex)?")


def _mac(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def encode(context: ContextId, key: bytes) -> str:
    """The header value for a context. ``key`` is the site's signing key, at least 16 bytes."""
    if not _ID.fullmatch(context):
        raise ValueError(f"context id {context!r}: only lower-case letters, digits and '-' travel in User-to-User")
    text = f"1.{context}"
    return f"{text}.{_mac(text, key)}".encode().hex() + ";encoding=hex"


def decode(value: str, key: bytes) -> ContextId | None:
    """The context id of a header value, or None if it is not ours, damaged or forged. Never raises."""
    match = _VALUE.fullmatch(value.strip())
    if match is None or len(match[1]) % 2:
        return None
    try:
        text, _, mac = bytes.fromhex(match[1]).decode("ascii").rpartition(".")
    except UnicodeDecodeError:
        return None
    version, _, context = text.partition(".")
    if version != "1" or not _ID.fullmatch(context) or not hmac.compare_digest(mac, _mac(text, key)):
        return None
    return ContextId(context)


def context_id(home: str, caller_uid: str) -> ContextId:
    """The id of a caller's matter, the same after a restart: the home and Asterisk's unique id name one call for ever."""
    return ContextId("c-" + hashlib.blake2b(f"{home}/{caller_uid}".encode(), digest_size=10).hexdigest())
