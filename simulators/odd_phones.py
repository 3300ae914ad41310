"""Phones that do what some real ones do: forward every call (302), call in from the telephone network without a number, or show whom they talk with.

Each is the everyday phone but for that.
"""

from __future__ import annotations

import re
from typing import Any

from simulators.phone import Account
from simulators.pyvoip_phone import PyVoipPhone
from simulators.sip_texts import header, uri_of


class ForwardingPhone(PyVoipPhone):
    """A seat's phone. While ``forwards_to`` is a number, each call that comes is sent there: 302, RFC 3261 section 21.3.3."""

    forwards_to = ""

    def _invited(self, raw: bytes, call: Any) -> None:
        if call is not None or not self.forwards_to:
            super()._invited(raw, call)
            return
        contact = f"sip:{self.forwards_to}@{self.server}:{self.port}"
        self._respond(raw, 302, "Moved Temporarily", contact=contact)
        self.diary.note("forwarding", self.forwards_to)


class Stranger(PyVoipPhone):
    """A caller out of the telephone network: known by its address, registered nowhere. ``from_header`` is what its call says of him."""

    def __init__(self, account: Account, host: str, tone_hz: int, from_header: str) -> None:
        super().__init__("stranger", account, host, tone_hz)
        self._from = from_header

    async def _register(self, *, leaving: bool) -> None:
        """Nothing: a trunk of a telephone company does not register."""

    def _send(self, text: str) -> None:
        if text.startswith(("INVITE ", "ACK ", "CANCEL ")) and "\r\nFrom: " in text:
            text = re.sub(
                r"\r\nFrom: [^\r]*?(;tag=[^;\r]+)", lambda tag: f"\r\nFrom: {self._from}{tag[1]}", text, count=1
            )
        super()._send(text)


class TwoLinePhone(PyVoipPhone):
    """A phone that joins its two lines by itself: what its person says, and presses, goes to both."""

    def press_on_both(self, digits: str) -> None:
        """Press keys on every line at once."""
        self.diary.note("pressing", f"{digits} on {len(self.calls)} lines")
        for call in self.calls.values():
            for digit in digits:
                call.rtp.digit(digit)

    async def hang_up_both(self) -> None:
        """Its person puts the phone down: every line ends."""
        for call in list(self.calls.values()):
            self.current = call
            await self.hang_up()


class DisplayPhone(PyVoipPhone):
    """A phone that shows with whom it talks as often as it is told (P-Asserted-Identity, RFC 3325; ``shows`` in its diary), and whom a text is from (``text_from``)."""

    def _request(self, raw: bytes, method: str) -> None:
        identity = header(raw, "P-Asserted-Identity")
        if method == "MESSAGE":
            self.diary.note("text_from", uri_of(header(raw, "From")))
        elif identity:
            self.diary.note("shows", uri_of(identity).partition(":")[2].partition("@")[0])
        super()._request(raw, method)
