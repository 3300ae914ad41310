"""The model of one attached Asterisk: its channels, bridges, queue members and waiting callers.

It knows what Asterisk knows and nothing of transfers. Every change keeps it idempotent, because events that arrive while a
snapshot is taken are applied after it a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.core.messages.link_events import Resynced
from gateway.core.messages.snapshots import CallerWaiting, ChannelSeen, MemberSeen
from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, SeatId, SwitchboardId

TEST_CALLER = "Local/caller@onekey-test-"
"""Beginning of the name of the caller that ``onekey doctor --call`` makes."""
TRUNK = "trunk-"
"""``trunk-<switchboard>`` is the trunk's endpoint where the site does not say another (``trunks``)."""

SILENT_PREFIX = "Local/in@onekey-clean-"
"""The silent leg that enters a bridge of two for a moment, so that Asterisk sets both up anew (``onekey-clean``)."""
MUSIC_PREFIX = "Local/in@onekey-held-"
"""The leg with music for whoever is alone with a holder (``onekey-held``): nobody is behind it either."""


@dataclass(slots=True, kw_only=True)
class Channel:
    """One channel, as far as a transfer or a seat needs it."""

    uid: ChannelUid
    name: str
    state: ChannelState
    caller_number: str
    caller_name: str
    linkedid: ChannelUid
    created_at: float
    bridge: str = ""
    held: bool | None = False
    """None: a snapshot could not tell, and nothing has been heard of it since."""
    untold: bool = False
    """True where it holds others of whom one, left alone with it, would not be played the music of a hold (``hold_music``)."""
    caller_uid: ChannelUid = ChannelUid("")
    """Caller to whom our dialplan has given it, as a snapshot tells."""
    device: str = field(init=False)
    """``PJSIP/1001-0000002a`` -> ``1001``; empty for other technologies."""
    trunk: str = field(init=False, default="")
    """Organisation at its other end, which its board tells when it takes note of it; empty for a phone."""
    local_twin: str = field(init=False)
    """The name of the other half of a Local channel, or empty."""

    def __post_init__(self) -> None:
        self.device = self.name[6:].rpartition("-")[0] if self.name.startswith("PJSIP/") else ""
        twin = self.name[:-1] + ("2" if self.name.endswith("1") else "1")
        self.local_twin = twin if self.name.startswith("Local/") else ""

    @property
    def is_trunk(self) -> bool:
        """True where another switchboard is at its other end."""
        return bool(self.trunk)

    @property
    def is_silent(self) -> bool:
        """True where nobody is behind it: it makes no call of two a call of three."""
        return self.name.startswith((SILENT_PREFIX, MUSIC_PREFIX))

    @property
    def is_citizen(self) -> bool:
        """True where a caller's matter can begin with this channel: neither a trunk nor a half of a Local channel, but that of a test call,
        which is made to see whether it is recorded."""
        return not self.trunk and (not self.name.startswith("Local/") or self.name.startswith(TEST_CALLER))


@dataclass(slots=True)
class Member:
    """One seat as the queues see it. ``paused`` holds the reason for each queue that it is paused in.

    ``device`` is its phone's own state, None where nobody has told it; ``route`` is what a queue watches instead, if it does. One that is in no queue has logged out during a call. It is kept until its last channel has ended: its seconds are a seat's.
    """

    device: DeviceState | None = None
    route: DeviceState = DeviceState.NOT_IN_USE
    queues: set[str] = field(default_factory=set)
    paused: dict[str, str] = field(default_factory=dict)
    name: str = ""
    """A person's, where a queue has given one."""

    @property
    def leaving(self) -> bool:
        """True where it is in no queue any more: once its channels have ended it is no seat."""
        return not self.queues

    @property
    def is_paused(self) -> bool:
        """True where no queue gives it a call: paused in one of two it still takes the other's."""
        return bool(self.paused) and len(self.paused) >= len(self.queues)

    @property
    def reason(self) -> str:
        """Why it is paused: the first queue's word that is not empty."""
        return next((reason for _, reason in sorted(self.paused.items()) if reason), "")

    @property
    def reach(self) -> DeviceState | None:
        """State in which its phone cannot be reached, None where it can. Whether it is in use the channels tell, and sooner.

        A Local channel is ready as long as its extension exists, whatever the phone behind it does: only of the way there being
        closed is its word taken.
        """
        if self.leaving or DeviceState.UNAVAILABLE in (self.device, self.route):
            return DeviceState.UNAVAILABLE
        return DeviceState.UNKNOWN if self.device in (None, DeviceState.UNKNOWN) else None

    def leave(self, queue: str) -> None:
        """It is no member of this queue any more."""
        self.queues.discard(queue)
        self.paused.pop(queue, None)

    def take(self, seen: MemberSeen) -> bool:
        """One queue's word about this seat. Whether it is news: most of them say that a phone is in use, or no longer."""
        reach, queues, paused = self.reach, len(self.queues), self.paused.get(seen.queue)
        self.queues.add(seen.queue)
        self.name = seen.name or self.name
        if seen.of_phone:
            self.device = seen.device
        else:
            self.route = seen.device
        if seen.paused:
            self.paused[seen.queue] = seen.pause_reason
        else:
            self.paused.pop(seen.queue, None)
        return (reach, queues, paused) != (self.reach, len(self.queues), self.paused.get(seen.queue))


@dataclass(slots=True, kw_only=True)
class Board:
    """One switchboard. ``connected`` is False until a snapshot has come, and after the link is lost."""

    id: SwitchboardId
    connected: bool = False
    version: str = ""
    seen_at: float = 0.0
    lost_why: str = "not connected yet"
    channels: dict[ChannelUid, Channel] = field(default_factory=dict)
    bridges: dict[str, set[ChannelUid]] = field(default_factory=dict)
    names: dict[str, ChannelUid] = field(default_factory=dict)
    members: dict[SeatId, Member] = field(default_factory=dict)
    phones: dict[SeatId, DeviceState] = field(default_factory=dict)
    """States that phones have reported since the snapshot, or in it, members or not."""
    waiting: dict[ChannelUid, CallerWaiting] = field(default_factory=dict)
    of_seat: dict[SeatId, set[ChannelUid]] = field(default_factory=dict)
    snapshot_at: float = 0.0
    """By its own clock. What it tells later of an instant before this one, the snapshot may show already."""
    put_off: set[tuple[SwitchboardId, SeatId]] = field(default_factory=set)
    """Seats that such events were about: they are derived when all of these have been told."""
    touched: set[str] | None = None
    """While a check runs: the channels and seats that events have been about. None while none runs."""
    drift: int = 0
    silent_parties: int = 0
    """Parties of a call of three, or of two who had been three, who were sent no packet."""
    healed_parties: int = 0
    """Number of these who were sent packets at a later look."""
    """Seats that checks have found to contradict the switchboard, since the gateway's start."""
    checked_at: float = 0.0
    trunks: Mapping[str, str] = field(default_factory=dict)
    """Endpoint -> the organisation at its other end, for those that are not called ``trunk-<its id>``."""

    def trunk_of(self, endpoint: str) -> str:
        """The organisation at the other end of an endpoint; empty for a phone."""
        return self.trunks.get(endpoint) or (endpoint.removeprefix(TRUNK) if endpoint.startswith(TRUNK) else "")

    def trunk_at(self, channel_name: str) -> str:
        """The same by the name of one of its channels."""
        return self.trunk_of(channel_name[6:].rpartition("-")[0]) if channel_name.startswith("PJSIP/") else ""

    # --- channels -----------------------------------------------------------------------------------------------------

    def add(self, channel: Channel) -> None:
        """Take note of a channel; one that is known keeps its bridge."""
        channel.trunk = self.trunk_of(channel.device)
        known = self.channels.get(channel.uid)
        if known is not None:
            channel.bridge = channel.bridge or known.bridge
        self.channels[channel.uid] = channel
        self.names[channel.name] = channel.uid
        if channel.device:
            self.of_seat.setdefault(SeatId(channel.device), set()).add(channel.uid)

    def rename(self, uid: ChannelUid, name: str) -> None:
        """A channel has another name now (masquerade)."""
        channel = self.channels.get(uid)
        if channel is not None:
            self.remove(uid)
            channel.name = name
            channel.__post_init__()
            bridge, channel.bridge = channel.bridge, ""
            self.add(channel)
            if bridge:
                self.enter(uid, bridge)

    def remove(self, uid: ChannelUid) -> Channel | None:
        """A channel is gone. Returns it, or None if it was not known."""
        channel = self.channels.pop(uid, None)
        if channel is None:
            return None
        self._out_of(channel.bridge, uid)
        if self.names.get(channel.name) == uid:
            del self.names[channel.name]
        if channel.device and (uids := self.of_seat.get(SeatId(channel.device))) is not None:
            uids.discard(uid)
            if not uids:
                del self.of_seat[SeatId(channel.device)]
        self.waiting.pop(uid, None)
        return channel

    # --- bridges ------------------------------------------------------------------------------------------------------

    def enter(self, uid: ChannelUid, bridge: str) -> None:
        """A channel is in a bridge, and therefore in no other. A silent leg is a party of none."""
        channel = self.channels.get(uid)
        if channel is None or channel.is_silent:
            return
        if channel.bridge != bridge:
            self._out_of(channel.bridge, uid)
        channel.bridge = bridge
        self.bridges.setdefault(bridge, set()).add(uid)

    def leave(self, uid: ChannelUid, bridge: str) -> None:
        """A channel has left a bridge; a word about a bridge that it is not in is late and means nothing."""
        channel = self.channels.get(uid)
        if channel is not None and channel.bridge == bridge:
            channel.bridge = ""
        self._out_of(bridge, uid)

    def _out_of(self, bridge: str, uid: ChannelUid) -> None:
        if bridge and (members := self.bridges.get(bridge)) is not None:
            members.discard(uid)
            if not members:
                del self.bridges[bridge]

    def mates(self, uid: ChannelUid) -> Iterator[Channel]:
        """The channels in the same bridge, itself included."""
        channel = self.channels.get(uid)
        if channel is not None and channel.bridge:
            for mate in self.bridges.get(channel.bridge, ()):
                yield self.channels[mate]

    def together(self, one: ChannelUid, other: ChannelUid) -> bool:
        """True where two channels are in one bridge."""
        a, b = self.channels.get(one), self.channels.get(other)
        return a is not None and b is not None and bool(a.bridge) and a.bridge == b.bridge

    def twin(self, channel: Channel) -> Channel | None:
        """The other half of a Local channel."""
        if not channel.local_twin:
            return None
        uid = self.names.get(channel.local_twin)
        return self.channels.get(uid) if uid else None

    # --- seats --------------------------------------------------------------------------------------------------------

    def member(self, seat: SeatId) -> Member:
        """The seat's member record, made if need be."""
        return self.members.setdefault(seat, Member(self.phones.get(seat)))

    def set_member(self, seen: MemberSeen) -> bool:
        """One queue's word about a seat. Whether it is news."""
        return self.member(seen.seat).take(seen)

    def set_phone(self, seat: SeatId, device: DeviceState) -> bool:
        """A phone's word about itself. Whether it is news about a seat."""
        self.phones[seat] = device
        member = self.members.get(seat)
        if member is None:
            return False
        reach, member.device = member.reach, device
        return member.reach is not reach

    # --- snapshot -----------------------------------------------------------------------------------------------------

    def replace(self, snapshot: Resynced) -> dict[ChannelUid, Channel]:
        """Become the snapshot. Returns the channels that were known and are gone."""
        old = self.channels
        self.channels, self.bridges, self.names, self.of_seat = {}, {}, {}, {}
        for seen in snapshot.channels:
            self.add(channel_of(seen))
            if seen.bridge:
                self.enter(seen.uid, seen.bridge)
        self.members, self.phones = {}, {phone.seat: phone.device for phone in snapshot.phones}
        for member in snapshot.members:
            self.set_member(member)
        self.waiting = {caller.channel: caller for caller in snapshot.waiting}
        self.connected, self.version, self.lost_why = True, snapshot.version, ""
        self.snapshot_at = snapshot.at
        return {uid: channel for uid, channel in old.items() if uid not in self.channels}


def channel_of(seen: ChannelSeen) -> Channel:
    """A snapshot's channel. Whether it holds Asterisk was asked; where it did not tell, nobody knows: what was known before is of
    before a gap (law 7)."""
    return Channel(
        uid=seen.uid,
        name=seen.name,
        state=seen.state,
        caller_number=seen.caller_number,
        caller_name=seen.caller_name,
        linkedid=seen.linkedid,
        created_at=seen.created_at,
        held=seen.held,
        caller_uid=seen.caller_uid,
    )


def since(waiting: CallerWaiting, at: float) -> float:
    """Seconds that a caller has waited, never negative although two clocks meet here."""
    return max(0.0, at - waiting.joined_at)
