"""Errors: one shape, two languages, no stack trace for strangers."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from gateway.core.values.fault import Fault
from gateway.problems import MESSAGES, Problem

log = structlog.get_logger("api")


class ApiError(Fault):
    """The API cannot start."""


def wants_english(request: web.BaseRequest) -> bool:
    """Chinese unless the client prefers English."""
    return request.headers.get("Accept-Language", "").strip().lower().startswith("en")


def line(problem: Problem) -> tuple[int, str]:
    """Status and words for a display that shows both languages at once."""
    status, zh, en = MESSAGES[problem.error_id]
    return status, f"{zh} / {en}"


def answer(
    request: web.BaseRequest, error_id: str, details: dict[str, Any], headers: dict[str, str] | None = None
) -> web.Response:
    """An error as JSON."""
    status, zh, en = MESSAGES[error_id]
    body = {"error_id": error_id, "message": en if wants_english(request) else zh, "details": details}
    # Also of what was no request, and so passes no application that would take the name away: aiohttp's has versions.
    return web.json_response(body, status=status, headers={"Server": "onekey", **(headers or {})})


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever goes wrong into an answer."""
    try:
        response = await handler(request)
    except Problem as problem:
        headers = {"WWW-Authenticate": "Bearer"} if problem.error_id == "no_token" else {}
        if "retry_after_s" in problem.details:
            headers["Retry-After"] = str(problem.details["retry_after_s"])
        if problem.error_id == "too_slow":
            headers["Connection"] = "close"
        if problem.error_id == "changed":
            headers["ETag"] = f'"{problem.details["context"]["version"]}"'
        response = answer(request, problem.error_id, problem.details, headers)
    except web.HTTPNotFound:
        response = answer(request, "no_route", {"path": request.path})
    except web.HTTPMethodNotAllowed as error:
        allowed = sorted(error.allowed_methods)
        response = answer(request, "method_not_allowed", {"allowed": allowed}, {"Allow": ", ".join(allowed)})
    except web.HTTPRequestEntityTooLarge:
        response = answer(request, "too_large", {})
    except web.HTTPException:
        raise
    except Exception:
        incident = secrets.token_hex(6)
        resource = request.match_info.route.resource
        path = resource.canonical if resource is not None else request.path  # a path may hold the token of a button
        log.exception("request_failed", incident=incident, path=path)
        response = answer(request, "internal", {"incident": incident})
    if not response.prepared:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    return response
