"""A SIP user agent without manners: any method, any header, from any address of ours, with an account or none.

It keeps no state but what one request needs; whoever uses it says what goes into the message.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import socket
from dataclasses import dataclass, field

from simulators.phone import Account, PhoneError
from simulators.sip_texts import Dialogue, header

ANSWER_S = 3.0
"""How long an answer may take; who is ignored has none."""
FINAL = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status and raw text. Status 0: none came."""

    status: int
    raw: bytes = field(default=b"", repr=False)

    @property
    def refused(self) -> bool:
        """Whether nothing came of the request."""
        return self.status == 0 or self.status >= 400


def token() -> str:
    """Something that no other request has."""
    return f"{random.getrandbits(64):x}"


class RawSip:
    """A socket at an address of ours, which speaks to one server."""

    def __init__(self, host: str, server: tuple[str, int], account: Account | None = None) -> None:
        self.host, self.server, self.account = host, server, account
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.port = int(self._socket.getsockname()[1])
        self._answers: dict[str, list[bytes]] = {}
        self._came = asyncio.Event()
        self.dialogue: Dialogue | None = None
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    def close(self) -> None:
        """Let go of the socket."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def _receive(self) -> None:
        while True:
            try:
                raw, peer = self._socket.recvfrom(65536)
            except OSError:
                return
            if raw.startswith(b"SIP/2.0 "):
                self._answers.setdefault(header(raw, "Call-ID"), []).append(raw)
                self._came.set()
            else:
                vias = "\r\n".join(
                    f"Via: {via}" for via in re.findall(r"^Via\s*:\s*(.*?)\r?$", raw.decode(), re.I | re.M)
                )
                names = ("From", "To", "Call-ID", "CSeq")
                lines = "\r\n".join(f"{name}: {header(raw, name)}" for name in names)
                self._send(f"SIP/2.0 200 OK\r\n{vias}\r\n{lines}\r\nContent-Length: 0\r\n\r\n", peer)

    def _send(self, text: str, peer: tuple[str, int] | None = None) -> None:
        self._socket.sendto(text.encode(), peer or self.server)

    async def ask(
        self,
        method: str,
        uri: str,
        *headers: str,
        sender: str = "",
        body: str = "",
        dialogue: Dialogue | None = None,
        to: str = "",
    ) -> Answer:
        """One request and its final answer, with the account's digest where it is asked for one. ``headers`` are whole lines."""
        name = sender or (self.account.number if self.account else "stranger")
        call_id, number = (dialogue.call_id, dialogue.cseq + 1) if dialogue else (f"{token()}@{self.host}", 1)
        if dialogue:
            dialogue.cseq += 2
        local = dialogue.local if dialogue else f"<sip:{name}@{self.host}>;tag={token()}"
        remote = dialogue.remote if dialogue else f"<{to or uri}>"
        answer, more = Answer(0), list(headers)
        for _ in range(2):
            lines = [
                f"{method} {uri} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{token()};rport",
                "Max-Forwards: 70",
                f"From: {local}",
                f"To: {remote}",
                f"Call-ID: {call_id}",
                f"CSeq: {number} {method}",
                f"Contact: <sip:{name}@{self.host}:{self.port}>",
                *more,
                f"Content-Length: {len(body.encode())}",
            ]
            self._answers.pop(call_id, None)
            self._send("\r\n".join(lines) + "\r\n\r\n" + body)
            answer = await self._final(call_id, number)
            if method == "INVITE" and answer.status:
                self._acknowledge(lines, answer, dialogue)
            challenge = header(answer.raw, "WWW-Authenticate")
            if answer.status != 401 or self.account is None or not challenge:
                break
            number, more = number + 1, [*headers, self._digest(challenge, method, uri)]
        if method == "INVITE" and answer.status == FINAL and dialogue is None:
            self.dialogue = Dialogue(call_id, local, header(answer.raw, "To"), _target(answer.raw, uri), number + 1)
        return answer

    async def _final(self, call_id: str, number: int) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ANSWER_S
        while True:
            for raw in self._answers.get(call_id, []):
                status = int(raw.split()[1])
                if status >= FINAL and header(raw, "CSeq").startswith(f"{number} "):
                    return Answer(status, raw)
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), max(0.001, deadline - loop.time()))
            except TimeoutError:
                return Answer(0)

    def _acknowledge(self, invite: list[str], answer: Answer, dialogue: Dialogue | None) -> None:
        if answer.status == FINAL:
            target = _target(answer.raw, invite[0].split()[1])
            via = f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{token()};rport"
        else:
            target, via = invite[0].split()[1], invite[1]
        number = next(line for line in invite if line.startswith("CSeq:")).split()[1]
        lines = [
            f"ACK {target} SIP/2.0",
            via,
            "Max-Forwards: 70",
            next(line for line in invite if line.startswith("From:")),
        ]
        lines += [f"To: {header(answer.raw, 'To')}", f"Call-ID: {header(answer.raw, 'Call-ID')}", f"CSeq: {number} ACK"]
        self._send("\r\n".join([*lines, "Content-Length: 0"]) + "\r\n\r\n")

    def _digest(self, challenge: str, method: str, uri: str) -> str:
        assert self.account is not None
        values = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        user, password = self.account.number, self.account.password

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # RFC 2617's, which SIP phones speak

        secret = md5(f"{user}:{values['realm']}:{password}")
        cnonce = token()
        proof = md5(f"{secret}:{values['nonce']}:00000001:{cnonce}:auth:{md5(f'{method}:{uri}')}")
        words = [f'username="{user}"', f'realm="{values["realm"]}"', f'nonce="{values["nonce"]}"', f'uri="{uri}"']
        words += [f'response="{proof}"', f'cnonce="{cnonce}"', "nc=00000001", "qop=auth", "algorithm=MD5"]
        words += [f'opaque="{values["opaque"]}"'] if "opaque" in values else []
        return f"Authorization: Digest {', '.join(words)}"

    async def hang_up(self) -> None:
        """End the call that an INVITE of ours has begun."""
        if self.dialogue is not None:
            dialogue, self.dialogue = self.dialogue, None
            await self.ask("BYE", dialogue.target, dialogue=dialogue)

    def offer(self, port: int = 9) -> str:
        """An SDP for audio; without a port of one's own nobody listens."""
        lines = ["v=0", f"o=- 1 1 IN IP4 {self.host}", "s=-", f"c=IN IP4 {self.host}", "t=0 0"]
        lines += [
            f"m=audio {port} RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=sendrecv",
        ]
        return "\r\n".join(lines) + "\r\n"


def _target(raw: bytes, otherwise: str) -> str:
    found = re.search(r"<([^>]+)>", header(raw, "Contact"))
    return found[1] if found else otherwise


def must_answer(answer: Answer, what: str) -> Answer:
    """An answer, where there must be one. Raises PhoneError."""
    if not answer.status:
        raise PhoneError(f"no answer to {what}")
    return answer
