"""pyVoIP's call and its audio, mended."""

from __future__ import annotations

import uuid
import warnings
from typing import Any

from simulators.listening import Heard
from simulators.phone import PhoneError
from simulators.rtp import MIRRORED, SENDS, MendedRtp, direction, sdp, spoken

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyVoIP's own syntax
    from pyVoIP.VoIP import CallState, VoIPCall  # isort: skip  # first: pyVoIP's modules import in a circle
    from pyVoIP import RTP, SIP
from simulators.sip_texts import Dialogue


class MendedCall(VoIPCall):
    """pyVoIP's call with mended RTP, and the dialogue that its requests need."""

    dialogue: Dialogue
    raw: bytes
    heard: Heard
    way = "sendrecv"
    """The direction of the audio, as this phone sees it (RFC 3264)."""
    version = 0
    """Of the session description that was sent last."""
    holding = False
    """Whether this phone's person has put the other side on hold: nothing is sent then."""

    def create_rtp_clients(self, codecs: Any, ip: str, port: int, request: Any, baseport: int) -> None:
        """One mended client: the phone has one audio stream."""
        if not self.RTPClients:
            phone = self.phone
            kinds = spoken(codecs, phone.manner.codecs)
            client = MendedRtp(kinds, ip, port, request.body["c"][0]["address"], baseport, self.sendmode)
            client.open(phone.tone_hz, phone.heard_now, phone.manner, phone.dice)
            self.RTPClients.append(client)

    @property
    def rtp(self) -> MendedRtp:
        """The audio stream. Raises PhoneError before there is one."""
        if not self.RTPClients:
            raise PhoneError(f"{self.phone.username}: the call has no audio yet")
        client: MendedRtp = self.RTPClients[0]
        return client

    def move_media(self, request: Any) -> None:
        """A re-INVITE: send where it says from now on."""
        for media in request.body.get("m", []):
            if media["type"] == "audio":
                self.rtp.outIP, self.rtp.outPort = request.body["c"][0]["address"], media["port"]

    def turn(self, way: str) -> None:
        """Another direction of the audio: a new stream begins where one is sent, as real phones do after hold."""
        if way != self.way:
            self.way, self.rtp.sends = way, way in SENDS and not self.holding
            self.rtp.begin_anew()

    def answer_to(self, offer: bytes) -> str:
        """The direction that answers an offered one."""
        way = MIRRORED.get(direction(offer), direction(offer))
        return {"sendrecv": "sendonly", "recvonly": "inactive"}.get(way, way) if self.holding else way

    def describe(self, way: str) -> str:
        """The session description to be sent now."""
        self.version += 1
        return sdp(self.rtp, self.session_id, int(self.session_id) + self.version, way)

    def end(self) -> None:
        """No more audio."""
        for client in self.RTPClients:
            client.stop()
        self.state = CallState.ENDED


class MendedSip(SIP.SIPClient):
    """pyVoIP's SIP generators over one asyncio socket."""

    def gen_call_id(self) -> str:
        """Unique, also over restarts."""
        return f"{uuid.uuid4().hex}@{self.myIP}"


def media_types(audio: dict[str, Any]) -> dict[str, Any]:
    """The codecs of an audio line that this phone speaks."""
    types: dict[str, Any] = {}
    for kind in audio["methods"]:
        if kind in ("0", "8"):
            types[kind] = RTP.PayloadType(int(kind))
        elif "telephone-event" in str(audio["attributes"].get(kind, {}).get("rtpmap", {})):
            types[kind] = RTP.PayloadType.EVENT
    return types
