"""Packets that channels send and are sent, counted over a short time by ``CHANNEL(rtcp,all)``.

The function gives Asterisk's own count of a channel's RTP session: ``…;rxcount=28;…;txcount=27;…`` (``ast_rtp_instance_get_quality``).
"""

from __future__ import annotations

import asyncio

from gateway.ami import encode
from gateway.ami.link import Link
from gateway.core.commands import CountPackets
from gateway.core.events import PacketsCounted, PartyPackets
from gateway.core.terms import ChannelUid


async def count(link: Link, command: CountPackets) -> PacketsCounted:
    """Read all channels, wait ``for_s`` seconds, read them again. A channel without a count (it has gone, or has no audio of its own) is
    left out. Raises as ``Link.request`` does."""
    before = await _read(link, command.channels)
    await asyncio.sleep(command.for_s)
    after = await _read(link, tuple(before))
    parties = tuple(
        PartyPackets(uid, max(0, sent - before[uid][1]), max(0, received - before[uid][0]))
        for uid, (received, sent) in after.items()
    )
    return PacketsCounted(link.switchboard, link.clock(), command.bridge, parties)


async def _read(link: Link, channels: tuple[ChannelUid, ...]) -> dict[ChannelUid, tuple[int, int]]:
    """Received and sent so far, by channel."""
    found = {}
    for uid in channels:
        reply = await link.request(
            "Getvar", ("Channel", encode.channel(uid, "channel")), ("Variable", "CHANNEL(rtcp,all)")
        )
        counts = dict(part.partition("=")[::2] for part in reply.get("Value").split(";"))
        received, sent = counts.get("rxcount", ""), counts.get("txcount", "")
        if reply.ok and received.isdecimal() and sent.isdecimal():
            found[uid] = (int(received), int(sent))
    return found
