"""Errors: one shape, two languages, no stack trace for strangers."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

log = structlog.get_logger("api")


class ApiError(Exception):
    """The API cannot start: what, where, and what to do."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(f"{what}\n    {where}\n    → {remedy}")


MESSAGES: dict[str, tuple[int, str, str]] = {
    "bad_parameter": (400, "参数有误", "a parameter is wrong"),
    "no_token": (401, "需要令牌（Authorization: Bearer …）", "a token is needed (Authorization: Bearer …)"),
    "purpose_needed": (400, "查看完整信息须注明用途（purpose）", "a full reading needs a purpose"),
    "not_found": (404, "没有这条记录", "there is no such record"),
    "no_route": (404, "没有这个地址", "there is no such address"),
    "method_not_allowed": (405, "不支持该方法", "the method is not allowed here"),
    "too_large": (413, "请求过大", "the request is too large"),
    "internal": (500, "内部错误，请把编号告诉管理员", "internal error; give the id to the administrator"),
}
"""By error id: status, Chinese, English."""


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, error_id: str, **details: Any) -> None:
        self.error_id, self.details = error_id, details
        super().__init__(error_id)


def wants_english(request: web.Request) -> bool:
    """Chinese unless the client prefers English."""
    return request.headers.get("Accept-Language", "").strip().lower().startswith("en")


def answer(
    request: web.Request, error_id: str, details: dict[str, Any], headers: dict[str, str] | None = None
) -> web.Response:
    """An error as JSON."""
    status, zh, en = MESSAGES[error_id]
    body = {"error_id": error_id, "message": en if wants_english(request) else zh, "details": details}
    return web.json_response(body, status=status, headers=headers)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever goes wrong into an answer."""
    try:
        response = await handler(request)
    except Problem as problem:
        headers = {"WWW-Authenticate": "Bearer"} if problem.error_id == "no_token" else None
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
        log.exception("request_failed", incident=incident, path=request.path)
        response = answer(request, "internal", {"incident": incident})
    if not response.prepared:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = response.headers.get("Cache-Control", "no-store")
    return response
