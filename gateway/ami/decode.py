"""One frame to one event of the core, or to nothing.

The first line is looked at in bytes first; a frame that the core has no use for costs one dictionary look-up. Of the
others only the headers that are needed are read. A frame that should be ours and is not sound is counted and logged,
never raised: one bad event must not cost the next one. Header names as Asterisk 22 writes them
(``manager_channels.c``, ``manager_bridges.c``,
``app_queue.c``, ``devicestate.c``), checked against the recorded streams in ``tests/ami/recorded``.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from gateway.ami import wire
from gateway.core.messages import events as ev
from gateway.core.values.ids import ChannelState, ChannelUid, DeviceState, PressId, SeatId, SwitchboardId, TargetId

log = logging.getLogger(__name__)

CHANNEL_STATES = {
    b"0": ChannelState.DOWN, b"1": ChannelState.DOWN, b"2": ChannelState.DOWN, b"3": ChannelState.DOWN,
    b"4": ChannelState.RING, b"5": ChannelState.RINGING, b"6": ChannelState.UP, b"7": ChannelState.DOWN,
}  # fmt: skip
"""Down, reserved, off hook, dialling, ring, ringing, up, busy (``include/asterisk/channelstate.h``)."""

_N, _U, _F, _B = DeviceState.UNKNOWN, DeviceState.UNAVAILABLE, DeviceState.NOT_IN_USE, DeviceState.IN_USE
DEVICE_STATES = {
    b"0": _N, b"1": _F, b"2": _B, b"3": _B, b"4": _U, b"5": _U, b"6": _B, b"7": _B, b"8": _B,
    b"UNKNOWN": _N, b"NOT_INUSE": _F, b"INUSE": _B, b"BUSY": _B, b"INVALID": _U, b"UNAVAILABLE": _U,
    b"RINGING": _B, b"RINGINUSE": _B, b"ONHOLD": _B,
}  # fmt: skip
"""Numbers of ``QueueMemberStatus``, words of ``DeviceStateChange``. A phone that rings cannot be rung: it is in use."""

_NAMES_MAX = 500  # distinct event names counted; Asterisk has about 150, garbage has no end

Reader = Callable[[SwitchboardId, float, bytes], ev.AnyEvent | None]


class _Kind:
    """The events of one AMI name: how many have come, and what reads them (``None``: the core has no use for them)."""

    __slots__ = ("count", "name", "read")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.read = _READERS.get(name)
        self.count = 0


class Decoder:
    """Frames of one switchboard to events. ``seen`` counts by AMI name, ``decoded`` and ``malformed`` in all."""

    def __init__(self, switchboard: SwitchboardId, clock: Callable[[], float]) -> None:
        self.switchboard = switchboard
        self.decoded = 0
        self.malformed = 0
        self._clock = clock
        self._kinds: dict[bytes, _Kind] = {}
        """By what follows ``Event:``, as it came: the name's spaces are cut off once, not in every frame."""

    @property
    def seen(self) -> dict[str, int]:
        """How many events of each AMI name have come, uninteresting ones included."""
        seen: Counter[str] = Counter()
        for kind in self._kinds.values():
            seen[kind.name.decode("utf-8", "replace")] += kind.count
        return dict(seen)

    def decode(self, frame: bytes) -> ev.AnyEvent | None:
        """The event in this frame, ``None`` where the core has no use for it or it is malformed. Never raises.

        ``at`` is the frame's ``Timestamp`` (s since 1970, by Asterisk's clock), else our clock.
        """
        named = frame.partition(b"\r\n")[0][6:]
        kind = self._kinds.get(named) or self._new_kind(named)
        kind.count += 1
        if kind.read is None or wire.of_a_text(frame):
            return None
        at = wire.seconds(wire.raw(frame, b"\r\nTimestamp:"))
        try:
            event = kind.read(self.switchboard, self._clock() if at is None else at, frame)
        except wire.Malformed as fault:
            self.malformed += 1
            if self.malformed & (self.malformed - 1) == 0:  # 1st, 2nd, 4th, 8th …: a stream of rubbish fills no disk
                log.warning(
                    "malformed %s from %s: %s is missing or has characters it may not have (%d malformed so far)",
                    kind.name.decode("utf-8", "replace")[:40], self.switchboard, fault, self.malformed,
                )  # fmt: skip
            return None
        if event is not None:
            self.decoded += 1
        return event

    def _new_kind(self, named: bytes) -> _Kind:
        kind = _Kind(named.strip())
        if len(self._kinds) < _NAMES_MAX:
            self._kinds[named] = kind
        return kind


def seat_of(interface: bytes | None) -> SeatId | None:
    """``PJSIP/1001`` is seat ``1001``, and so is ``Local/1001@…``, which reaches it; every other kind of interface is no seat."""
    if interface is None or not interface.startswith((b"PJSIP/", b"Local/")):
        return None
    name = interface[6:].partition(b"@")[0].decode("utf-8", "replace")
    return SeatId(name) if wire.SEAT.fullmatch(name) else None


def of_phone(frame: bytes, interface: bytes) -> bool:
    """Whether the status of this queue member is a phone's. ``interface`` is the header that names the member's.

    It is the device state of the state interface, and that is the interface itself where none is set (``create_queue_member``,
    ``get_queue_member_status`` in ``app_queue.c``). A Local channel is in use while one is up and else not, as long as its
    extension exists, and invalid without (``local_devicestate`` in ``core_local.c``): the phone behind it may be dead.
    """
    return (wire.raw(frame, b"\r\nStateInterface:") or wire.raw(frame, interface) or b"").startswith(b"PJSIP/")


def _uid(f: bytes, marker: bytes = b"\r\nUniqueid:") -> ChannelUid:
    return ChannelUid(wire.need(f, marker, wire.UID))


def _uid_or_none(f: bytes, marker: bytes) -> ChannelUid:
    return ChannelUid(wire.may(f, marker, wire.UID))


def _state(f: bytes) -> ChannelState:
    state = CHANNEL_STATES.get(wire.raw(f, b"\r\nChannelState:") or b"")
    if state is None:
        raise wire.Malformed("ChannelState")
    return state


def _device(f: bytes, marker: bytes) -> DeviceState:
    state = DEVICE_STATES.get(wire.raw(f, marker) or b"")
    if state is None:
        raise wire.Malformed(marker[2:-1].decode())
    return state


def _queue(f: bytes) -> str:
    return wire.need(f, b"\r\nQueue:", wire.SEAT)


# --- channels and bridges -------------------------------------------------------------------------------------------


def _newchannel(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    name = wire.need(f, b"\r\nChannel:", wire.CHANNEL)
    number, called = wire.text(f, b"\r\nCallerIDNum:"), wire.text(f, b"\r\nCallerIDName:")
    exten, context = wire.text(f, b"\r\nExten:"), wire.text(f, b"\r\nContext:")
    return ev.ChannelCreated(
        s,
        at,
        uid=_uid(f),
        name=name,
        state=_state(f),
        caller_number=number,
        caller_name=called,
        linkedid=_uid(f, b"\r\nLinkedid:"),
        exten=exten,
        dialplan_context=context,
    )


def _newstate(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.ChannelStateChanged(s, at, _uid(f), _state(f))


def _rename(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.ChannelRenamed(s, at, _uid(f), wire.need(f, b"\r\nNewname:", wire.CHANNEL))


def _hangup(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.ChannelHungUp(s, at, _uid(f), wire.number(f, b"\r\nCause:"))


def _hold(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.HoldStarted(s, at, _uid(f))


def _unhold(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.HoldEnded(s, at, _uid(f))


def _bridge_enter(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.BridgeEntered(s, at, wire.need(f, b"\r\nBridgeUniqueid:", wire.BRIDGE), _uid(f))


def _bridge_leave(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.BridgeLeft(s, at, wire.need(f, b"\r\nBridgeUniqueid:", wire.BRIDGE), _uid(f))


def _blind_transfer(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    """Only a success is news; the transferee is empty where the bridge had more than two channels."""
    if wire.raw(f, b"\r\nResult:") != b"Success":
        return None
    transferee = _uid_or_none(f, b"\r\nTransfereeUniqueid:")
    return ev.BlindTransferred(s, at, _uid(f, b"\r\nTransfererUniqueid:"), transferee, wire.text(f, b"\r\nExtension:"))


def _attended_transfer(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    """Only one that put both into one bridge is news. Where the second call still rang (``DestType: App``), the dialplan has the caller, and
    says by a press of its own what it does for him (``from-seat``, ``onekey-sent``)."""
    if wire.raw(f, b"\r\nResult:") != b"Success" or wire.raw(f, b"\r\nDestType:") != b"Bridge":
        return None
    transferee, target = (_uid_or_none(f, b"\r\nTransfereeUniqueid:"), _uid_or_none(f, b"\r\nTransferTargetUniqueid:"))
    return ev.AttendedTransferred(s, at, _uid(f, b"\r\nOrigTransfererUniqueid:"), transferee, target)


# --- queues and seats -----------------------------------------------------------------------------------------------


def _queue_join(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    name, called = wire.need(f, b"\r\nChannel:", wire.CHANNEL), wire.text(f, b"\r\nCallerIDName:")
    return ev.QueueJoined(
        s,
        at,
        queue=_queue(f),
        channel=_uid(f),
        channel_name=name,
        caller_number=wire.text(f, b"\r\nCallerIDNum:"),
        caller_name=called,
    )


def _queue_leave(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.QueueLeft(s, at, _queue(f), _uid(f))


def _queue_abandon(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.QueueAbandoned(s, at, _queue(f), _uid(f))


def _agent_connect(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    if seat is None:
        return None
    wait_s, ring_s = wire.number(f, b"\r\nHoldTime:"), float(wire.number(f, b"\r\nRingTime:"))
    return ev.QueueAnswered(
        s,
        at,
        queue=_queue(f),
        channel=_uid(f),
        seat=seat,
        seat_channel=_uid(f, b"\r\nDestUniqueid:"),
        wait_s=wait_s,
        ring_s=ring_s,
    )


def _member(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    if seat is None:
        return None
    paused, reason = wire.number(f, b"\r\nPaused:") == 1, wire.text(f, b"\r\nPausedReason:")
    phone = of_phone(f, b"\r\nInterface:")
    return ev.MemberChanged(
        s,
        at,
        queue=_queue(f),
        seat=seat,
        device=_device(f, b"\r\nStatus:"),
        paused=paused,
        pause_reason=reason,
        of_phone=phone,
    )


def _member_removed(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    seat = seat_of(wire.raw(f, b"\r\nInterface:"))
    return None if seat is None else ev.MemberRemoved(s, at, _queue(f), seat)


def _device_state(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    device = wire.raw(f, b"\r\nDevice:")
    seat = seat_of(device) if device is not None and device.startswith(b"PJSIP/") else None
    return None if seat is None else ev.DeviceChanged(s, at, seat, _device(f, b"\r\nState:"))


# --- what our own dialplan says -------------------------------------------------------------------------------------


def _user_event(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent | None:
    """Asterisk puts the channel's own headers first; what the dialplan said begins behind ``UserEvent:``."""
    start = f.find(b"\r\nUserEvent: Onekey")
    if start < 0:
        return None
    said = f[start:]
    read = _SAID.get(said[13:].partition(b"\r\n")[0])
    return read(s, at, said) if read else None


def _press_id(f: bytes) -> PressId:
    return PressId(wire.need(f, b"\r\nPress:", wire.ID))


def _attempt(f: bytes) -> int:
    return wire.number(f, b"\r\nAttempt:")


def _said_press(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    press, target = PressId(wire.may(f, b"\r\nPress:", wire.ID)), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    presser, caller = wire.need(f, b"\r\nPresser:", wire.CHANNEL), wire.may(f, b"\r\nCaller:", wire.CHANNEL)
    caller_uid, origin = _uid_or_none(f, b"\r\nCallerId:"), _uid_or_none(f, b"\r\nOrigin:")
    presser_uid = _uid_or_none(f, b"\r\nUniqueid:")  # empty: the presser's phone has let go (REFER)
    mode, plan = wire.may(f, b"\r\nMode:", wire.WORD), wire.may(f, b"\r\nPlan:", wire.PLAN)
    return ev.KeyPressed(
        s,
        at,
        press=press,
        target=target,
        presser=presser_uid,
        presser_name=presser,
        caller=caller,
        caller_uid=caller_uid,
        origin=origin,
        mode=mode,
        plan=plan,
    )


def _said_plan_bad(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    place, target = wire.need(f, b"\r\nPlace:", wire.WORD), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    return ev.PlanRefused(s, at, _press_id(f), place, target, _uid(f, b"\r\nCallerId:"))


def _said_take_back(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    caller_uid, origin = _uid_or_none(f, b"\r\nCallerId:"), _uid_or_none(f, b"\r\nOrigin:")
    return ev.KeyTookBack(s, at, _uid(f), caller_uid, origin)


def _said_answer(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    answer = wire.need(f, b"\r\nAnswer:", wire.WORD)
    return ev.KeyAnswered(s, at, _uid(f), _uid_or_none(f, b"\r\nLeg:"), answer == "yes")  # no leg: none is asked


def _said_branch(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.LegBranched(s, at, _press_id(f), _uid(f), _uid(f, b"\r\nCallerId:"))


def _said_offered(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.LegOffered(s, at, _press_id(f), _uid(f))


def _said_declined(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.LegDeclined(s, at, _press_id(f), _uid(f), wire.need(f, b"\r\nReason:", wire.WORD))


def _said_called_back(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    task, status = PressId(wire.need(f, b"\r\nTask:", wire.ID)), wire.need(f, b"\r\nStatus:", wire.WORD)
    return ev.CallbackEnded(
        s, at, task, status, wire.may(f, b"\r\nCaller:", wire.CHANNEL), _uid_or_none(f, b"\r\nCallerId:")
    )


def _said_handed_over(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    seat, presser = SeatId(wire.need(f, b"\r\nTarget:", wire.SEAT)), wire.need(f, b"\r\nPresser:", wire.CHANNEL)
    caller_uid, taker = _uid(f, b"\r\nCallerId:"), _uid_or_none(f, b"\r\nUniqueid:")
    return ev.ColleagueHandedCaller(
        s,
        at,
        press=_press_id(f),
        seat=seat,
        presser_name=presser,
        caller_uid=caller_uid,
        taker=taker,
        cause=wire.number(f, b"\r\nCause:"),
    )


def _said_forwarded(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.PhoneForwards(s, at, SeatId(wire.need(f, b"\r\nSeat:", wire.SEAT)))


def _said_leg(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    by, target = wire.need(f, b"\r\nBy:", wire.WORD), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    name, caller = wire.need(f, b"\r\nChannel:", wire.CHANNEL), wire.need(f, b"\r\nCaller:", wire.CHANNEL)
    caller_uid = _uid(f, b"\r\nCallerId:")
    plan, wanted = wire.may(f, b"\r\nPlan:", wire.PLAN), TargetId(wire.may(f, b"\r\nWanted:", wire.ID))
    return ev.LegStarted(
        s,
        at,
        press=_press_id(f),
        attempt=_attempt(f),
        by=by,
        target=target,
        uid=_uid(f),
        name=name,
        caller=caller,
        caller_uid=caller_uid,
        plan=plan,
        wanted=wanted,
    )


def _said_fenced(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    by, taken = wire.need(f, b"\r\nBy:", wire.WORD), wire.may(f, b"\r\nTaken:", wire.WORD)
    return ev.LegFenced(
        s,
        at,
        press=_press_id(f),
        attempt=_attempt(f),
        by=by,
        taken=taken,
        uid=_uid(f),
        caller_uid=_uid(f, b"\r\nCallerId:"),
    )


def _said_leg_end(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    status, caller_uid = wire.need(f, b"\r\nStatus:", wire.WORD), _uid(f, b"\r\nCallerId:")
    by = wire.may(f, b"\r\nBy:", wire.WORD) or "gateway"
    return ev.LegEnded(s, at, press=_press_id(f), attempt=_attempt(f), status=status, caller_uid=caller_uid, by=by)


def _said_rung_failed(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.RungFailed(s, at, _press_id(f), _uid(f), wire.number(f, b"\r\nCause:"))


def _said_arrival(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    name, origin = wire.need(f, b"\r\nChannel:", wire.CHANNEL), _uid_or_none(f, b"\r\nOrigin:")
    return ev.TrunkArrived(s, at, _uid(f), name, origin, wire.may(f, b"\r\nUui:", wire.UUI))


def _said_caller(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.CallerArrived(s, at, _uid(f), wire.need(f, b"\r\nChannel:", wire.CHANNEL), _queue(f))


def _said_back(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.CallerBack(s, at, _uid(f))


def _said_home_answer(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.HomeAnswered(s, at, _press_id(f), wire.number(f, b"\r\nCause:"))


def _said_finished(s: SwitchboardId, at: float, f: bytes) -> ev.AnyEvent:
    return ev.CallerFinished(s, at, _uid(f))


_SAID: dict[bytes, Reader] = {
    b"OnekeyPress": _said_press, b"OnekeyLeg": _said_leg, b"OnekeyFenced": _said_fenced, b"OnekeyLegEnd": _said_leg_end,
    b"OnekeyArrival": _said_arrival, b"OnekeyBack": _said_back, b"OnekeyFinished": _said_finished,
    b"OnekeyTakeBack": _said_take_back, b"OnekeyAnswer": _said_answer, b"OnekeyBranch": _said_branch,
    b"OnekeyOffered": _said_offered, b"OnekeyDeclined": _said_declined, b"OnekeyCalledBack": _said_called_back,
    b"OnekeyHandedOver": _said_handed_over, b"OnekeyForwarded": _said_forwarded,
    b"OnekeyHomeAnswer": _said_home_answer, b"OnekeyPlanBad": _said_plan_bad, b"OnekeyRungFailed": _said_rung_failed, b"OnekeyCaller": _said_caller,
}  # fmt: skip

_READERS: dict[bytes, Reader] = {
    b"Newchannel": _newchannel, b"Newstate": _newstate, b"Rename": _rename, b"Hangup": _hangup, b"Hold": _hold,
    b"Unhold": _unhold, b"BridgeEnter": _bridge_enter, b"BridgeLeave": _bridge_leave, b"BlindTransfer": _blind_transfer, b"AttendedTransfer": _attended_transfer,
    b"QueueCallerJoin": _queue_join, b"QueueCallerLeave": _queue_leave, b"QueueCallerAbandon": _queue_abandon,
    b"AgentConnect": _agent_connect, b"QueueMemberAdded": _member, b"QueueMemberStatus": _member,
    b"QueueMemberPause": _member, b"QueueMemberRemoved": _member_removed, b"DeviceStateChange": _device_state,
    b"UserEvent": _user_event,
}  # fmt: skip
EVENT_NAMES = frozenset(name.decode() for name in _READERS)
"""The AMI events that become events of the core; all others may be filtered out at the source (``eventfilter``)."""
