"""The rules in force, and loading them again."""

from __future__ import annotations

from aiohttp import web

from gateway.api.access import audited
from gateway.api.asked import Services
from gateway.api.bodies import Nothing, read
from gateway.problems import Problem


class RulesRoutes:
    """``/v1/rules``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[web.RouteDef]:
        """The addresses."""
        return [web.get("/v1/rules", self.rules), web.post("/v1/rules/reload", self.reload)]

    async def rules(self, _request: web.Request) -> web.Response:
        """The version in force, who loaded it when, and the last problem."""
        return web.json_response(self._services.rules.view())

    async def reload(self, request: web.Request) -> web.Response:
        """Read the file again. Answers when it is in force; a broken file is an error that lists what is wrong."""
        await read(request, Nothing)
        loaded = await self._services.rules.reload(audited(request))
        view = self._services.rules.view()
        if not loaded:
            problems = (view["problem"] or {}).get("problems", [])
            raise Problem("rules_broken", version=view["version"], problems=problems)
        return web.json_response(view)
