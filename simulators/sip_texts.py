"""Texts of SIP (RFC 3261): headers of a raw message, a dialogue, and the messages that pyVoIP writes wrongly or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


def header(raw: bytes, name: str) -> str:
    """One header of a raw message, or an empty text."""
    found = re.search(rb"^" + name.encode() + rb"\s*:[ \t]*(.*?)\r?$", raw, re.I | re.M)
    return found[1].decode("utf-8", "replace") if found else ""


def uri_of(value: str) -> str:
    """``"x" <sip:a@b>;tag=1`` -> ``sip:a@b``."""
    found = re.search(r"<([^>]+)>", value)
    return found[1] if found else value.split(";", maxsplit=1)[0].strip()


@dataclass
class Dialogue:
    """What a request within a call needs: RFC 3261 section 12. ``local`` and ``remote`` are header values with tags."""

    call_id: str
    local: str
    remote: str
    target: str
    cseq: int = 100


def acknowledged(invite: str, refusal: bytes) -> str:
    """ACK of a refusal: the INVITE's own Via and number (section 17.1.1.3). That of a 200 is a request within the dialogue."""
    wire = invite.encode()
    return _message(
        f"ACK {invite.split()[1]} SIP/2.0",
        f"Via: {header(wire, 'Via')}",
        "Max-Forwards: 70",
        f"From: {header(wire, 'From')}",
        f"To: {header(refusal, 'To')}",
        f"Call-ID: {header(wire, 'Call-ID')}",
        f"CSeq: {header(wire, 'CSeq').split()[0]} ACK",
    )


def cancelled(invite: str, call_id: str) -> str:
    """CANCEL of an INVITE that has no final response yet (section 9.1)."""
    wire = invite.encode()
    return _message(
        f"CANCEL {invite.split()[1]} SIP/2.0",
        f"Via: {header(wire, 'Via')}",
        "Max-Forwards: 70",
        f"From: {header(wire, 'From')}",
        f"To: {header(wire, 'To')}",
        f"Call-ID: {call_id}",
        f"CSeq: {header(wire, 'CSeq').split()[0]} CANCEL",
    )


def within(dialogue: Dialogue, method: str, *, via: str, contact: str, number: str = "") -> str:
    """A request within a dialogue, with the next number of it unless one is given."""
    if not number:
        dialogue.cseq += 1
        number = str(dialogue.cseq)
    return _message(
        f"{method} {dialogue.target} SIP/2.0",
        f"Via: {via}",
        "Max-Forwards: 70",
        f"From: {dialogue.local}",
        f"To: {dialogue.remote}",
        f"Call-ID: {dialogue.call_id}",
        f"CSeq: {number} {method}",
        f"Contact: <{contact}>",
    )


def response(raw: bytes, status: str, *, tag: str, contact: str, body: str = "") -> str:
    """A response made of the request's own headers; the To tag is the call's."""
    to = header(raw, "To")
    vias = re.findall(rb"^Via\s*:.*?$", raw.replace(b"\r\n", b"\n"), re.I | re.M)
    return _message(
        f"SIP/2.0 {status}",
        *(via.decode() for via in vias),
        f"From: {header(raw, 'From')}",
        f"To: {to if 'tag=' in to else f'{to};tag={tag}'}",
        f"Call-ID: {header(raw, 'Call-ID')}",
        f"CSeq: {header(raw, 'CSeq')}",
        f"Contact: <{contact}>",
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, MESSAGE",
        *(["Content-Type: application/sdp"] if body else []),
        body=body,
    )


def authorization(challenge: Mapping[str, str], username: str, server: str, digest: str) -> str:
    """The line that answers a challenge (RFC 2617)."""
    return (
        f'Authorization: Digest username="{username}",realm="{challenge["realm"]}",nonce="{challenge["nonce"]}",'
        f'uri="sip:{server};transport=UDP",response="{digest}",algorithm=MD5'
    )


def shown(raw: bytes, remote: str) -> tuple[str, str, dict[str, str]]:
    """Number and name that a phone shows of a call, and the headers beside them that it could."""
    name = re.match(r'\s*"?([^"<]*?)"?\s*<', remote)
    number = re.search(r"sips?:([^@;>]+)@", remote)
    names = {n.decode().lower() for n in re.findall(rb"^(X-[\w-]+|User-to-User|Call-Info)\s*:", raw, re.I | re.M)}
    return number[1] if number else "", name[1] if name else "", {one: header(raw, one) for one in names}


def _message(*lines: str, body: str = "") -> str:
    return "\r\n".join((*lines, f"Content-Length: {len(body)}")) + "\r\n\r\n" + body
