"""The context's id on the wire: the value of ``User-to-User`` (RFC 7433), an id and a signature, nothing personal.

Payload ``2.<context id>.<version>.<expires>.<key id>.<mac>``, hex-encoded as RFC 7433 section 4.1 asks for, with ``;encoding=hex``.
``expires`` is in seconds since 1970, in hex; the key id is the first 4 bytes of the key's SHA-256; the MAC is the first 16 bytes of
HMAC-SHA256 (RFC 2104, truncated as its section 5 allows) over all that stands before it. Keys rotate: the first of a site's
keys signs, and each of them verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.values.ids import ContextId

TTL_S = 4 * 3600
"""Life of an id: longer than any call waits and lasts; a recorded one is worthless tomorrow."""
_ID = re.compile(r"[0-9a-z-]{1,64}")
_VALUE = re.compile(r"([0-9A-Fa-f]{2,400})(?:;encoding=hex)?")
_TEXT = re.compile(r"2\.([0-9a-z-]{1,64})\.([0-9]{1,9})\.([0-9a-f]{1,10})\.([0-9a-f]{8})\.([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """The contents of a header. ``problem`` is empty, ``forged`` (damaged, or not by a key of ours) or ``expired``."""

    context: ContextId = ContextId("")
    version: int = 0
    problem: str = ""


@lru_cache(64)
def key_id(key: bytes) -> str:
    """The name of a key on the wire."""
    return hashlib.sha256(key).hexdigest()[:8]


def _mac(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def encode(context: ContextId, version: int, at: float, key: bytes) -> str:
    """The header value for a context, made at the instant ``at``. ``key`` is the site's signing key, at least 16 bytes."""
    if not _ID.fullmatch(context):
        raise ValueError(f"context id {context!r}: only lower-case letters, digits and '-' travel in User-to-User")
    text = f"2.{context}.{version}.{int(at) + TTL_S:x}.{key_id(key)}"
    return f"{text}.{_mac(text, key)}".encode().hex() + ";encoding=hex"


def decode(value: str, keys: Sequence[bytes], at: float) -> Signed:
    """The contents of a header value at the instant ``at``. Never raises."""
    match = _VALUE.fullmatch(value.strip())
    if match is None or len(match[1]) % 2:
        return Signed(problem="forged")
    text = bytes.fromhex(match[1]).decode("ascii", "replace")
    parts = _TEXT.fullmatch(text)
    if parts is None:
        return Signed(problem="forged")
    context, version, expires, named, mac = parts.groups()
    signed = text.rpartition(".")[0]
    if not any(key_id(key) == named and hmac.compare_digest(mac, _mac(signed, key)) for key in keys):
        return Signed(problem="forged")
    return Signed(ContextId(context), int(version), "expired" if int(expires, 16) <= at else "")


def context_id(home: str, caller_uid: str) -> ContextId:
    """The id of a caller's matter, the same after a restart: the home and Asterisk's unique id name one call for ever."""
    return ContextId("c-" + _digest(f"{home}/{caller_uid}", 10))


def told_id(home: str, key: str) -> ContextId:
    """The id of a matter that no call of ours has made: the same home and the same ``key`` are the same matter. The key stays at home, so
    the home stands in the id by itself: nobody else can name it."""
    return ContextId(f"{_told_at(home)}{_digest(f'{home}/told:{key}', 10)}")


def is_at(home: str, id_: str, caller_uid: str) -> bool:
    """True where an id is one that this home makes: of this call, or, where there is none, of what it was told."""
    return id_ == context_id(home, caller_uid) if caller_uid else id_.startswith(_told_at(home))


def _told_at(home: str) -> str:
    return f"t-{_digest(home, 8)}-"


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
