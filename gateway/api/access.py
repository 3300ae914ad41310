"""Admission: the token of whoever asks, and the scope that each route needs.

Here is the table of scopes. Whose an object is, and whether the holder may act on it, is asked of what was found (``gateway.security.rights``): a
holder whose token names a switchboard sees the calls of that switchboard and what was given to it; for others there is no such record
(404, not 403: whether it exists is not told). A token without a switchboard sees all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from gateway.api.errors import Handler
from gateway.problems import Problem
from gateway.security.principal import Principal

PRINCIPAL = web.RequestKey("holder", Principal)
ADMIN = Principal("admin", frozenset(("admin",)))
"""Holder of the token of the configuration: the first, with which others are made."""


def admin(token: str) -> Principal:
    """The holder of this token of the configuration. Its id changes with it: what was made with the one before is worth nothing then."""
    return replace(ADMIN, id=f"config.{hashlib.sha256(b'onekey config token' + token.encode()).hexdigest()[:16]}")


OPEN = frozenset({"/healthz", "/readyz", "/metrics"})
"""Addresses that a load balancer and Prometheus read without a token: a bare yes or no, and figures of which none is about a person."""
PRESS = "/v1/action/"
"""Paths that need no bearer token: the rest of it is the right."""

RECEIVED = "/v1/received"
"""Paths of messages that are pushed to us, each signed by its sender."""

NEEDS: dict[tuple[str, str], str] = {
    ("GET", "/v1/contexts"): "read",
    ("POST", "/v1/contexts"): "edit",
    ("GET", "/v1/contexts/{id}"): "read",
    ("PATCH", "/v1/contexts/{id}"): "edit",
    ("GET", "/v1/contexts/{id}/history"): "read",
    ("GET", "/v1/contexts/{id}/trace"): "read",
    ("GET", "/v1/transfers"): "read",
    ("POST", "/v1/transfers"): "transfer",
    ("GET", "/v1/transfers/{id}"): "read",
    ("POST", "/v1/transfers/{id}/cancel"): "transfer",
    ("POST", "/v1/transfers/{id}/accept"): "transfer",
    ("POST", "/v1/transfers/{id}/decline"): "transfer",
    ("POST", "/v1/transfers/{id}/release"): "transfer",
    ("POST", "/v1/transfers/{id}/resolve"): "transfer",
    ("GET", "/v1/callbacks"): "read",
    ("POST", "/v1/callbacks/{id}/dial"): "transfer",
    ("POST", "/v1/callbacks/{id}/drop"): "transfer",
    ("POST", "/v1/action-urls"): "transfer",
    ("POST", "/v1/action-urls/revoke"): "transfer",
    ("GET", "/v1/rules"): "read",
    ("POST", "/v1/rules/reload"): "admin",
    ("GET", "/v1/exports/contexts"): "read",
    ("GET", "/v1/deliveries"): "admin",
    ("POST", "/v1/deliveries/{id}/resend"): "admin",
    ("GET", "/v1/calls"): "read",
    ("GET", "/v1/seats"): "read",
    ("GET", "/v1/seats/{switchboard}/{seat}/targets"): "read",
    ("POST", "/v1/seats/{switchboard}/{seat}/pause"): "transfer",
    ("POST", "/v1/seats/{switchboard}/{seat}/unpause"): "transfer",
    ("POST", "/v1/seats/{switchboard}/{seat}/log_in"): "transfer",
    ("POST", "/v1/seats/{switchboard}/{seat}/log_out"): "transfer",
    ("POST", "/v1/seats/{switchboard}/{seat}/ready"): "transfer",
    ("GET", "/v1/reports/{name}"): "supervise",
    ("GET", "/v1/switchboards"): "read",
    ("GET", "/v1/events"): "read",
}
"""The scope of each route. One that is not listed is for ``admin``."""


def principal_of(request: web.Request) -> Principal:
    """The principal of a request."""
    return request[PRINCIPAL]


def audited(request: web.Request) -> str:
    """The name of the principal for logs: the token's name, and where from."""
    return f"{principal_of(request).name}@{request.remote or ''}"


def need(request: web.Request, scope: str) -> None:
    """Raises Problem where the holder has not this scope."""
    if not principal_of(request).may(scope):
        raise Problem("scope_needed", scope=scope)


class Access:
    """The middleware. ``token`` is that of the configuration, an empty one opens nothing; ``find`` looks others up."""

    def __init__(
        self,
        token: str,
        find: Callable[[str], Awaitable[Principal | None]],
    ) -> None:
        self._token, self._find, self._admin = token.encode(), find, admin(token)

    @property
    def middleware(self) -> Any:
        """For aiohttp."""

        @web.middleware
        async def access(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path not in (*OPEN, RECEIVED) and not request.path.startswith(PRESS):
                request[PRINCIPAL] = await self.principal(request)
                _allow(request)
            return await handler(request)

        return access

    async def supervises(self, request: web.Request) -> bool:
        """True where who asks at an open address has shown a token that lets them see how the gateway is: a stranger has none."""
        try:
            return (await self.principal(request)).may("supervise")
        except Problem:
            return False

    async def principal(self, request: web.Request) -> Principal:
        """The principal of the bearer token. Raises Problem where it is none."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            raise Problem("no_token")
        given_bytes = given.encode("utf-8", "surrogateescape")  # a header need not be UTF-8
        if self._token and hmac.compare_digest(given_bytes, self._token):
            return self._admin
        found = await self._find(given)
        if found is None:
            raise Problem("no_token")
        return found


def _allow(request: web.Request) -> None:
    """Raises Problem where the holder has not the scope of the route. Whether the object is the holder's, whoever finds it asks."""
    resource = request.match_info.route.resource
    if resource is None:
        return  # the router's own answer: no such address
    method = "GET" if request.method == "HEAD" else request.method
    need(request, NEEDS.get((method, resource.canonical), "admin"))
