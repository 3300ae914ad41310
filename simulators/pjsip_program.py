"""The program of one PJSIP phone: a process of its own, told by JSON lines on its input what to do, telling by JSON lines what happens.

Standard library and PJSIP's own binding (pjsua2) only, so that any Python can run it that has the binding. A crash, a stall or a leak of
the library ends or slows this process and no other.

- First line in: the settings (``PjsipPhone.start``). Every other line is a wish: ``{"wish": 7, "do": "answer", …}``.
- Lines out: ``{"done": 7, "error": ""}`` for each wish, and ``{"event": "ringing", "line": 1, …}`` for what happens, at once.
- The end of the input is the end of the phone: it hangs up, unregisters and goes.

Calls are kept until the process ends, for a call that Python frees is hung up by its number, which may by then be another call's.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import wave
from typing import Any

import pjsua2 as pj

from simulators.pjsip_calls import Ear, Line, Number, describe, guarded, header, party, say

RATE_HZ = 8000
LAWS = {8: "PCMA/8000/1", 0: "PCMU/8000/1"}
"""RTP payload type (RFC 3551 section 6) -> PJSIP's name of it."""
RTP_PORT, RTP_PORTS = 16000, 1000
"""Apart from Asterisk's (10000 to 12000) and those of the other kind of phone."""
REGISTER_S = 60
BUFFER_MS = 20
"""Received packets wait so long for a late one: loopback has none."""
UNREGISTER_S = 1.5

Wish = dict[str, Any]


class Telephone:
    """The phone: its endpoint, its account, its lines. Wishes come in one thread, events in others."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.lines: list[Line] = []
        self.unregistered = threading.Event()
        self._numbers = threading.Lock()
        self._recordings = 0
        self.account: Number
        self._endpoint = pj.Endpoint()

    # --- up and down ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Everything up, and the registration on its way."""
        settings, endpoint = self.settings, self._endpoint
        endpoint.libCreate()
        endpoint.libInit(self._endpoint_settings())
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = settings["port"], settings["host"]
        if settings["authority"]:
            transport.tlsConfig.CaListFile, transport.tlsConfig.verifyServer = settings["authority"], True
            settings["registrar"] += ";transport=tls"
        endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS if settings["authority"] else pj.PJSIP_TRANSPORT_UDP, transport)
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        self._speak()
        self.tone = pj.AudioMediaPlayer()
        self.tone.createPlayer(self._tone())
        self.ear = Ear()
        form = pj.MediaFormatAudio()
        form.type = pj.PJMEDIA_TYPE_AUDIO
        form.clockRate, form.channelCount, form.bitsPerSample = RATE_HZ, 1, 16
        form.frameTimeUsec = 1000 * settings["packet_ms"]
        self.ear.createPort("ear", form)
        self.account = Number(self)
        self.account.create(self._account_settings())

    def _endpoint_settings(self) -> Any:
        config = pj.EpConfig()
        config.uaConfig.threadCnt, config.uaConfig.maxCalls = 1, 8
        config.uaConfig.userAgent = "PJSIP"
        config.logConfig.level, config.logConfig.consoleLevel = 4, 0
        config.logConfig.filename = os.path.join(self.settings["folder"], "pjsip.log")
        media = config.medConfig
        media.clockRate = media.sndClockRate = RATE_HZ
        media.channelCount, media.audioFramePtime, media.ptime = (
            1,
            self.settings["packet_ms"],
            self.settings["packet_ms"],
        )
        media.noVad, media.ecTailLen, media.sndAutoCloseTime = True, 0, -1
        media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax = BUFFER_MS, BUFFER_MS, 60, 400
        return config

    def _speak(self) -> None:
        """The laws that are offered, in their order, and the packet's length. No loss is concealed: silence shall be heard as silence."""
        wanted = [LAWS[kind] for kind in self.settings["codecs"]]
        for codec in self._endpoint.codecEnum2():
            name = codec.codecId
            self._endpoint.codecSetPriority(name, 255 - wanted.index(name) if name in wanted else 0)
            if name in wanted:
                parameters = self._endpoint.codecGetParam(name)
                parameters.setting.frmPerPkt = self.settings["packet_ms"] // 10
                parameters.setting.vad = parameters.setting.plc = False
                self._endpoint.codecSetParam(name, parameters)

    def _account_settings(self) -> Any:
        settings, config = self.settings, pj.AccountConfig()
        config.idUri = f"sip:{settings['number']}@{settings['registrar'].partition(';')[0]}"
        config.regConfig.registrarUri, config.regConfig.timeoutSec = f"sip:{settings['registrar']}", REGISTER_S
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", settings["number"], 0, settings["password"]))
        nat = config.natConfig
        nat.contactRewriteUse = nat.viaRewriteUse = nat.sdpNatRewriteUse = nat.sipOutboundUse = 0
        media = config.mediaConfig
        if settings["authority"]:
            media.srtpUse, media.srtpSecureSignaling = pj.PJMEDIA_SRTP_MANDATORY, 1
        # It decodes one law at a time: an answer that names both is followed by an UPDATE that names one.
        media.lockCodecEnabled = True
        media.transportConfig.boundAddress = settings["host"]
        media.transportConfig.port, media.transportConfig.portRange = RTP_PORT, RTP_PORTS
        return config

    def _tone(self) -> str:
        path = os.path.join(self.settings["folder"], "tone.wav")
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(bytes.fromhex(self.settings["tone"]) * 100)
        return path

    def stop(self) -> None:
        """Hang up, unregister, go: PJSIP's own way of ending waits for a second and more."""
        self._endpoint.hangupAllCalls()
        try:
            self.account.setRegistration(False)
            self.unregistered.wait(UNREGISTER_S)
        except pj.Error:
            pass  # it never was registered
        os._exit(0)

    # --- what comes -------------------------------------------------------------------------------------------------------

    def keep(self, line: Line) -> int:
        """A new line's key. Where no other call lives, what is heard begins in a new file."""
        if not self._alive():
            self._recordings += 1
            path = os.path.join(self.settings["folder"], f"heard-{self._recordings}.raw")
            self.ear.record(path)
            say(event="recording", path=path)
        self.lines.append(line)
        return len(self.lines)

    def _alive(self) -> list[Line]:
        return [line for line in self.lines if not line.over]

    def invited(self, prm: Any) -> None:
        """An INVITE, in PJSIP's thread."""
        message = prm.rdata.wholeMsg
        self.told(message)
        number, name = party(header(message, "From"))
        busy = len(self._alive()) >= self.settings["lines"]
        line = Line(self, number, prm.callId)
        manners = self._manners()
        if manners["forward_with_302"]:
            self._redirect(line, manners["forward_with_302"])
            return
        if manners["refuse_with"] or busy:
            line.word = "refusing"
            self._respond(line, manners["refuse_with"] or 486)
            return
        names = set(
            re.findall(
                r"^(X-[\w-]+|User-to-User|Call-Info|Alert-Info|History-Info|Diversion)\s*:", message, re.I | re.M
            )
        )
        self._respond(line, 180)
        say(
            event="ringing",
            line=line.key,
            number=number,
            name=name,
            headers={name.lower(): header(message, name) for name in names},
        )
        after_s = manners["answer_after_s"]
        if after_s == 0:
            self._answer(line)
        elif after_s is not None:
            timer = threading.Timer(after_s, self._answer_by_itself, [line])
            timer.daemon = True
            timer.start()

    def _manners(self) -> dict[str, Any]:
        """How it takes calls at this moment: a file, for a line in the pipe could be read after the INVITE that it was meant for."""
        with open(os.path.join(self.settings["folder"], "manners.json"), encoding="utf-8") as file:
            return dict(json.load(file))

    @guarded
    def _answer_by_itself(self, line: Line) -> None:
        self._register_thread()
        if not line.over and not line.answered:
            self._answer(line)

    def _register_thread(self) -> None:
        if not self._endpoint.libIsThreadRegistered():
            self._endpoint.libRegisterThread("timer")

    def _respond(self, line: Line, status: int) -> None:
        answer = pj.CallOpParam()
        answer.statusCode = status
        line.answer(answer)

    def _redirect(self, line: Line, number: str) -> None:
        """302 with the other number as its only Contact (RFC 3261 section 21.3.3)."""
        line.word = "forwarding"
        contact = pj.SipHeader()
        contact.hName, contact.hValue = "Contact", f"<sip:{number}@{self.settings['registrar']}>"
        answer = pj.CallOpParam()
        answer.statusCode = 302
        answer.txOption.headers.append(contact)
        line.answer(answer)

    def text(self, prm: Any) -> None:
        """A SIP MESSAGE, on the display."""
        self.told(prm.rdata.wholeMsg)
        say(event="text", text=prm.msgBody)

    def told(self, message: str) -> None:
        """The longer runs of digits of a message."""
        say(event="told", numbers=sorted(set(re.findall(r"\d{7,}", message))))

    # --- what is wished ---------------------------------------------------------------------------------------------------

    def do(self, wish: Wish) -> None:
        """Carry out one wish. Raises pj.Error or LookupError."""
        getattr(self, f"do_{wish['do']}")(wish)

    def _line(self, wish: Wish) -> Line:
        line = self.lines[wish["line"] - 1]
        if line.over:
            raise LookupError(f"call {wish['line']} is over")
        return line

    def do_call(self, wish: Wish) -> None:
        """Dial. The line's key is told before anything else of it."""
        line = Line(self, wish["number"])
        say(event="dialling", line=line.key, number=wish["number"])
        try:
            line.makeCall(f"sip:{wish['number']}@{self.settings['registrar']}", pj.CallOpParam(True))
        except pj.Error:
            line.over = True
            raise

    def do_answer(self, wish: Wish) -> None:
        """Take a ringing call."""
        self._answer(self._line(wish))

    def _answer(self, line: Line) -> None:
        """A phone holds the call it has before it takes another."""
        for other in self._alive():
            if other is not line and other.answered and not other.held:
                self._hold(other)
        self._respond(line, 200)

    def do_decline(self, wish: Wish) -> None:
        """Refuse a ringing call."""
        line = self._line(wish)
        line.word = "declined"
        self._respond(line, wish["status"])

    def do_redirect(self, wish: Wish) -> None:
        """Send a ringing call elsewhere."""
        self._redirect(self._line(wish), wish["number"])

    def do_hang_up(self, wish: Wish) -> None:
        """BYE, or CANCEL while it is dialled."""
        self._line(wish).leave("ended")

    def do_hold(self, wish: Wish) -> None:
        """Hold."""
        self._hold(self._line(wish))

    def _hold(self, line: Line) -> None:
        line.held = True
        line.setHold(pj.CallOpParam(True))

    def do_resume(self, wish: Wish) -> None:
        """Talk on."""
        line, wanted = self._line(wish), pj.CallOpParam(True)
        wanted.opt.flag |= pj.PJSUA_CALL_UNHOLD
        line.held = False
        line.reinvite(wanted)

    def do_digit(self, wish: Wish) -> None:
        """One key, as RFC 4733."""
        key = pj.CallSendDtmfParam()
        key.method, key.digits, key.duration = pj.PJSUA_DTMF_METHOD_RFC2833, wish["digit"], wish["ms"]
        self._line(wish).sendDtmf(key)

    def do_refer(self, wish: Wish) -> None:
        """REFER to a number."""
        self._line(wish).xfer(f"sip:{wish['number']}@{self.settings['registrar']}", pj.CallOpParam(True))

    def do_hand_over(self, wish: Wish) -> None:
        """REFER with Replaces: out of one call, naming another, which may still ring."""
        other = self.lines[wish["other"] - 1]
        self._line(wish).xferReplaces(other, pj.CallOpParam(True))


def main() -> None:
    """Read wishes until the input ends."""
    os.dup2(2, 1)
    phone = Telephone(json.loads(sys.stdin.readline()))
    try:
        phone.start()
    except Exception as error:
        say(event="failed", what=describe(error))
        os._exit(1)
    for text in sys.stdin:
        wish, failure = json.loads(text), ""
        try:
            phone.do(wish)
        except Exception as error:
            failure = describe(error)
        say(done=wish["wish"], error=failure)
    phone.stop()


if __name__ == "__main__":
    main()
