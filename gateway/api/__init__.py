"""HTTP for people and other systems. The only room that knows aiohttp.

``server``   the server and what is read; ``transfers``, ``callbacks``, ``buttons`` what is asked for; ``parameters`` what a request
brings; ``asked`` the services that they ask, wired by the composition root; ``feed`` the live feed;
``errors``   every error as ``{error_id, message, details}`` in Chinese or English; ``openapi.yaml`` the contract.
"""

from gateway.api.asked import Services
from gateway.api.errors import ApiError
from gateway.api.feed import Feed
from gateway.api.server import ApiServer

__all__ = ["ApiError", "ApiServer", "Feed", "Services"]
