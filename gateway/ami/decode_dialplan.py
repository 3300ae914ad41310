"""Frames that our own dialplan raises (``UserEvent``) to events."""

from __future__ import annotations

from gateway.ami import wire
from gateway.ami.headers import Reader, queue_of, uid_of, uid_or_none
from gateway.core.messages.dialplan_events import (
    CallbackEnded,
    CallerArrived,
    CallerBack,
    CallerFinished,
    ColleagueHandedCaller,
    HomeAnswered,
    KeyAnswered,
    KeyPressed,
    KeyTookBack,
    LegBranched,
    LegDeclined,
    LegEnded,
    LegFenced,
    LegOffered,
    LegStarted,
    PhoneForwards,
    PlanRefused,
    RungFailed,
    TrunkArrived,
)
from gateway.core.messages.events import AnyEvent
from gateway.core.values.ids import PressId, SeatId, SwitchboardId, TargetId


def user_event(s: SwitchboardId, at: float, f: bytes) -> AnyEvent | None:
    """Asterisk puts the channel's own headers first; what the dialplan said begins behind ``UserEvent:``."""
    start = f.find(b"\r\nUserEvent: Onekey")
    if start < 0:
        return None
    own = f[start:]
    read = _DIALPLAN_READERS.get(own[13:].partition(b"\r\n")[0])
    return read(s, at, own) if read else None


def _press_id(f: bytes) -> PressId:
    return PressId(wire.need(f, b"\r\nPress:", wire.ID))


def _attempt(f: bytes) -> int:
    return wire.number(f, b"\r\nAttempt:")


def _press(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    press, target = PressId(wire.may(f, b"\r\nPress:", wire.ID)), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    presser, caller = wire.need(f, b"\r\nPresser:", wire.CHANNEL), wire.may(f, b"\r\nCaller:", wire.CHANNEL)
    caller_uid, origin = uid_or_none(f, b"\r\nCallerId:"), uid_or_none(f, b"\r\nOrigin:")
    presser_uid = uid_or_none(f, b"\r\nUniqueid:")  # empty: the presser's phone has let go (REFER)
    mode, plan = wire.may(f, b"\r\nMode:", wire.WORD), wire.may(f, b"\r\nPlan:", wire.PLAN)
    return KeyPressed(
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


def _plan_bad(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    place, target = wire.need(f, b"\r\nPlace:", wire.WORD), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    return PlanRefused(s, at, press=_press_id(f), place=place, target=target, caller_uid=uid_of(f, b"\r\nCallerId:"))


def _take_back(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    caller_uid, origin = uid_or_none(f, b"\r\nCallerId:"), uid_or_none(f, b"\r\nOrigin:")
    return KeyTookBack(s, at, uid_of(f), caller_uid, origin)


def _answer(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    answer = wire.need(f, b"\r\nAnswer:", wire.WORD)
    return KeyAnswered(s, at, uid_of(f), uid_or_none(f, b"\r\nLeg:"), answer == "yes")  # no leg: none is asked


def _branch(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return LegBranched(s, at, _press_id(f), uid_of(f), uid_of(f, b"\r\nCallerId:"))


def _offered(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return LegOffered(s, at, _press_id(f), uid_of(f))


def _declined(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return LegDeclined(s, at, _press_id(f), uid_of(f), wire.need(f, b"\r\nReason:", wire.WORD))


def _called_back(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    task, status = PressId(wire.need(f, b"\r\nTask:", wire.ID)), wire.need(f, b"\r\nStatus:", wire.WORD)
    return CallbackEnded(
        s,
        at,
        task=task,
        status=status,
        caller=wire.may(f, b"\r\nCaller:", wire.CHANNEL),
        caller_uid=uid_or_none(f, b"\r\nCallerId:"),
    )


def _handed_over(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    seat, presser = SeatId(wire.need(f, b"\r\nTarget:", wire.SEAT)), wire.need(f, b"\r\nPresser:", wire.CHANNEL)
    caller_uid, taker = uid_of(f, b"\r\nCallerId:"), uid_or_none(f, b"\r\nUniqueid:")
    return ColleagueHandedCaller(
        s,
        at,
        press=_press_id(f),
        seat=seat,
        presser_name=presser,
        caller_uid=caller_uid,
        taker=taker,
        cause=wire.number(f, b"\r\nCause:"),
    )


def _forwarded(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return PhoneForwards(s, at, SeatId(wire.need(f, b"\r\nSeat:", wire.SEAT)))


def _leg(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    by, target = wire.need(f, b"\r\nBy:", wire.WORD), TargetId(wire.need(f, b"\r\nTarget:", wire.ID))
    name, caller = wire.need(f, b"\r\nChannel:", wire.CHANNEL), wire.need(f, b"\r\nCaller:", wire.CHANNEL)
    caller_uid = uid_of(f, b"\r\nCallerId:")
    plan, wanted = wire.may(f, b"\r\nPlan:", wire.PLAN), TargetId(wire.may(f, b"\r\nWanted:", wire.ID))
    return LegStarted(
        s,
        at,
        press=_press_id(f),
        attempt=_attempt(f),
        by=by,
        target=target,
        uid=uid_of(f),
        name=name,
        caller=caller,
        caller_uid=caller_uid,
        plan=plan,
        wanted=wanted,
    )


def _fenced(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    by, taken = wire.need(f, b"\r\nBy:", wire.WORD), wire.may(f, b"\r\nTaken:", wire.WORD)
    return LegFenced(
        s,
        at,
        press=_press_id(f),
        attempt=_attempt(f),
        by=by,
        taken=taken,
        uid=uid_of(f),
        caller_uid=uid_of(f, b"\r\nCallerId:"),
    )


def _leg_end(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    status, caller_uid = wire.need(f, b"\r\nStatus:", wire.WORD), uid_of(f, b"\r\nCallerId:")
    by = wire.may(f, b"\r\nBy:", wire.WORD) or "gateway"
    return LegEnded(s, at, press=_press_id(f), attempt=_attempt(f), status=status, caller_uid=caller_uid, by=by)


def _rung_failed(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return RungFailed(s, at, _press_id(f), uid_of(f), wire.number(f, b"\r\nCause:"))


def _arrival(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    name, origin = wire.need(f, b"\r\nChannel:", wire.CHANNEL), uid_or_none(f, b"\r\nOrigin:")
    return TrunkArrived(s, at, uid=uid_of(f), name=name, origin=origin, uui=wire.may(f, b"\r\nUui:", wire.UUI))


def _caller(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return CallerArrived(s, at, uid_of(f), wire.need(f, b"\r\nChannel:", wire.CHANNEL), queue_of(f))


def _back(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return CallerBack(s, at, uid_of(f))


def _home_answer(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return HomeAnswered(s, at, _press_id(f), wire.number(f, b"\r\nCause:"))


def _finished(s: SwitchboardId, at: float, f: bytes) -> AnyEvent:
    return CallerFinished(s, at, uid_of(f))


_DIALPLAN_READERS: dict[bytes, Reader] = {
    b"OnekeyPress": _press, b"OnekeyLeg": _leg, b"OnekeyFenced": _fenced, b"OnekeyLegEnd": _leg_end,
    b"OnekeyArrival": _arrival, b"OnekeyBack": _back, b"OnekeyFinished": _finished,
    b"OnekeyTakeBack": _take_back, b"OnekeyAnswer": _answer, b"OnekeyBranch": _branch,
    b"OnekeyOffered": _offered, b"OnekeyDeclined": _declined, b"OnekeyCalledBack": _called_back,
    b"OnekeyHandedOver": _handed_over, b"OnekeyForwarded": _forwarded,
    b"OnekeyHomeAnswer": _home_answer, b"OnekeyPlanBad": _plan_bad, b"OnekeyRungFailed": _rung_failed, b"OnekeyCaller": _caller,
}  # fmt: skip
