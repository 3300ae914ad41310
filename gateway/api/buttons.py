"""Action URLs for desk phones: a button is a GET, signed, for one seat, for a time, for once; one that looks, as often as it likes."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from gateway.api import texts
from gateway.api.access import PRESS, audited, need, principal_of
from gateway.api.asked import Services
from gateway.api.bodies import ButtonBody, RevokeBody, read
from gateway.api.denials import Denials
from gateway.api.errors import line
from gateway.api.parameters import LIMITS
from gateway.problems import Problem
from gateway.services.requests import ButtonRequest

SHOWN = {
    "cancel": texts.TAKING_THE_CALLER_BACK,
    "accept": texts.ACCEPTED,
    "decline": texts.DECLINED,
}


class ButtonRoutes:
    """``/v1/action-urls`` and ``/v1/action/…``. ``base`` is where phones reach this server."""

    def __init__(self, services: Services, base: Callable[[], str], denials: Denials) -> None:
        self._services, self._base, self._denials = services, base, denials

    def routes(self) -> list[web.RouteDef]:
        """The addresses. A HEAD would press a button that nobody pressed: there is none."""
        return [
            web.post("/v1/action-urls", self.make),
            web.post("/v1/action-urls/revoke", self.revoke),
            web.get(PRESS + "{token}", self.press, allow_head=False),
        ]

    async def make(self, request: web.Request) -> web.Response:
        """Make a URL for a button of a seat's phone."""
        body = await read(request, ButtonBody)
        if body.action == "look":
            need(request, "read")
        wish = ButtonRequest(**{**dict(body), "ttl_s": min(body.ttl_s, request.app[LIMITS].action_url_s_max)})
        token, expires_at = self._services.action_urls.make(wish, audited(request), principal_of(request))
        view = {"url": f"{self._base()}{PRESS}{token}", "expires_at": expires_at}
        return web.json_response(view, status=201)

    async def revoke(self, request: web.Request) -> web.Response:
        """A URL that was made, and is not used yet, shall be worth nothing."""
        body = await read(request, RevokeBody)
        await self._services.action_urls.revoke(body.url.rpartition("/")[2], audited(request), principal_of(request))
        return web.json_response({"revoked": True})

    async def press(self, request: web.Request) -> web.Response:
        """A phone presses: act for the call that its seat has now, and answer with a line that it can show; or it only looks."""
        try:
            view = await self._services.action_urls.press(request.match_info["token"], request.remote or "")
        except Problem as problem:
            self._denials.note(problem.error_id, request)
            status, text = line(problem)
            return web.Response(status=status, text=text + "\n")
        if view["action"] == "look":
            return web.Response(text="".join(f"{line}\n" for line in view["lines"]))
        await self._services.durability.kept()  # used up for good: a gateway that is killed behind the answer knows it
        shown = SHOWN.get(view["action"]) or texts.RINGING_TARGET(target=view["target"])
        return web.Response(status=202, text=shown + "\n")
