"""Packets that channels send and are sent, counted over a short time by ``CHANNEL(rtcp,all)``.

The function gives Asterisk's own count of a channel's RTP session: ``…;rxcount=28;…;txcount=27;…`` (``ast_rtp_instance_get_quality``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.ami import encode
from gateway.ami.link import Link
from gateway.core.messages.answers import PacketsCounted, PartyPackets
from gateway.core.messages.commands import CountPackets
from gateway.core.values.ids import ChannelUid


async def count(link: Link, command: CountPackets) -> PacketsCounted:
    """Read all channels, wait ``for_s`` seconds, read them again. A channel without a count (it has gone, or has no audio of its own) is
    left out. Raises as ``Link.request`` does."""
    before = await _read(link, command.channels)
    await asyncio.sleep(command.for_s)
    after = await _read(link, tuple(before))
    parties = tuple(
        PartyPackets(uid, max(0, seen.sent - before[uid].sent), max(0, seen.received - before[uid].received))
        for uid, seen in after.items()
    )
    keyed = any(seen.keys % 2 or seen.keys != before[uid].keys for uid, seen in after.items())
    return PacketsCounted(link.switchboard, link.clock(), command.bridge, parties, keyed)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Packets of a channel so far, and how often its owner has begun or ended to press a key (``onekey-key``)."""

    received: int
    sent: int
    keys: int


async def _read(link: Link, channels: tuple[ChannelUid, ...]) -> dict[ChannelUid, _Seen]:
    found = {}
    for uid in channels:
        counts = dict(part.partition("=")[::2] for part in (await _value(link, uid, "CHANNEL(rtcp,all)")).split(";"))
        received, sent = counts.get("rxcount", ""), counts.get("txcount", "")
        if received.isdecimal() and sent.isdecimal():
            keys = await _value(link, uid, "ONEKEY_KEYS")
            found[uid] = _Seen(int(received), int(sent), int(keys) if keys.isdecimal() else 0)
    return found


async def _value(link: Link, uid: ChannelUid, name: str) -> str:
    """A variable or function of a channel; empty where there is none."""
    reply = await link.request("Getvar", ("Channel", encode.channel(uid, "channel")), ("Variable", name))
    return reply.get("Value") if reply.ok else ""
